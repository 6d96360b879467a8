"""Tables as SQLAlchemy knows them: the target of a design, the staging table of a run; CREATE and DROP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateSchema, CreateTable, DropTable
from sqlalchemy.types import UserDefinedType

from model.file_source import FileSource
from model.load import STAGING_SCHEMA, Load
from model.table_design import TableDesign


class _RedshiftType(UserDefinedType):
    """A type that renders as the design names it."""

    cache_ok = True

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def get_col_spec(self, **_: object) -> str:
        return self.sql


def target_table(design: TableDesign) -> sa.Table:
    columns = [
        sa.Column(column.name, _RedshiftType(column.type.sql), nullable=not column.is_not_null)
        for column in design.columns
    ]
    if design.loaded_at:
        columns.append(sa.Column(design.loaded_at, sa.TIMESTAMP, server_default=sa.func.getdate()))
    return sa.Table(design.table_name, sa.MetaData(), *columns, schema=design.schema_name, **_distribution(design))


def staging_table(load: Load) -> sa.Table:
    """The target's shape without its defaults; NOT NULL only for text files, of which COPY names the bad line.

    What we extracted ourselves is looked through in staging, so that all bad rows are counted.
    """
    return _staged(load, load.staging_table, schema=STAGING_SCHEMA)


def deleted_keys_table(load: Load) -> sa.Table:
    """The keys of the rows that this run takes from the target, in the staging schema."""
    columns = [sa.Column(name, _RedshiftType(load.design.column(name).type.staged.sql)) for name in load.design.key]
    return sa.Table(load.deleted_keys_table, sa.MetaData(), *columns, schema=STAGING_SCHEMA)


def run_tables(load: Load) -> list[sa.Table]:
    """The tables in the staging schema that belong to this run."""
    return [staging_table(load), *([deleted_keys_table(load)] if load.has_deleted_keys else [])]


def kept_table(load: Load) -> sa.Table:
    """A temporary table of the staging table's shape."""
    return _staged(load, "kept", prefixes=["TEMPORARY"])


def _staged(load: Load, table_name: str, **options: Any) -> sa.Table:
    is_copied = not load.is_transformed
    types = {column.name: column.type.staged if is_copied else column.type for column in load.design.columns}
    source = load.design.source
    is_text = isinstance(source, FileSource) and source.format != "parquet"
    columns = [
        sa.Column(name, _RedshiftType(of_column.sql), nullable=not (is_text and load.design.column(name).is_not_null))
        for name, of_column in types.items()
    ]
    return sa.Table(table_name, sa.MetaData(), *columns, **_distribution(load.design), **options)


def _distribution(design: TableDesign) -> dict[str, Any]:
    """AUTO is what a table has that says nothing; the dialect does not know the word.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
    """
    options: dict[str, Any] = {"redshift_sortkey": list(design.sort)} if design.sort else {}
    if design.distribution == "auto":
        return options
    if design.distribution in ("even", "all"):
        return options | {"redshift_diststyle": design.distribution.upper()}
    return options | {"redshift_diststyle": "KEY", "redshift_distkey": design.distribution}


def create_schema(name: str) -> CreateSchema:
    return CreateSchema(name)


def create_table(table: sa.Table, if_not_exists: bool = False) -> CreateTable:
    return CreateTable(table, if_not_exists=if_not_exists)


def drop_table(schema: str | None, name: str) -> DropTable:
    return DropTable(sa.Table(name, sa.MetaData(), schema=schema), if_exists=True)


def existing_tables(schemas: Sequence[str], tables: Sequence[sa.Table]) -> sa.Select:
    """One row for each of the tables that exists: schema_name, table_name; (schema_name, NULL) for a schema that has
    none of them. Also of what the user may not read.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/c_join_PG.html
    """
    spaces = sa.table("pg_namespace", sa.column("oid"), sa.column("nspname"))
    relations = sa.table("pg_class", sa.column("relnamespace"), sa.column("relname"))
    names = [str(table.name) for table in tables]
    is_one = sa.and_(relations.c.relnamespace == spaces.c.oid, relations.c.relname.in_(names))
    return (
        sa.select(spaces.c.nspname.label("schema_name"), relations.c.relname.label("table_name"))
        .select_from(spaces.outerjoin(relations, is_one))
        .where(spaces.c.nspname.in_(list(dict.fromkeys(schemas))))
    )


def staging_tables() -> sa.Select:
    """The names of all tables in the staging schema."""
    tables = sa.table("svv_tables", sa.column("table_schema"), sa.column("table_name"))
    return sa.select(tables.c.table_name).where(tables.c.table_schema == STAGING_SCHEMA)


def staging_tables_of_all_runs(load: Load) -> sa.Select:
    tables = sa.table("svv_tables", sa.column("table_schema"), sa.column("table_name"))
    prefix = load.staging_prefix
    return sa.select(tables.c.table_name).where(
        tables.c.table_schema == STAGING_SCHEMA, sa.func.left(tables.c.table_name, len(prefix)) == prefix
    )
