"""How rows that were built beside the live tables take their place, all in one transaction.

In Redshift others see a RENAME before it commits, of a table and of a schema: a reader would find no table for a
moment, or one of the old and one of the new. DELETE and INSERT are seen at COMMIT only, and the tables stay: with their
grants, and the views on them. The price is that each row is written once more, and once for the former state.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DropSchema
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from model.load import Load
from model.shadow import former_schema, shadow_schema
from sql.tables import create_table, drop_table, target_table


class CreateTableLike(Executable, sa.ClauseElement):
    """Names, types, NOT NULL, distribution and sort key of another table.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html (LIKE)

    >>> from sql.render import render
    >>> print(render(CreateTableLike(sa.table("a", schema="x"), sa.table("a", schema="y"))))
    CREATE TABLE x.a (LIKE y.a INCLUDING DEFAULTS)
    """

    inherit_cache = False

    def __init__(self, table: sa.TableClause, model: sa.TableClause) -> None:
        self.table = table
        self.model = model


class CopyRows(Executable, sa.ClauseElement):
    """All rows of a table into another of the same columns in the same order.

    >>> from sql.render import render
    >>> print(render(CopyRows(sa.table("a", schema="x"), sa.table("a", schema="y"))))
    INSERT INTO x.a SELECT * FROM y.a
    """

    inherit_cache = False

    def __init__(self, into: sa.TableClause, rows: sa.TableClause) -> None:
        self.into = into
        self.rows = rows


@compiles(CreateTableLike)
def _compile_like(create: CreateTableLike, compiler: SQLCompiler, **_: object) -> str:
    table, model = (compiler.process(one, asfrom=True) for one in (create.table, create.model))
    return f"CREATE TABLE {table} (LIKE {model} INCLUDING DEFAULTS)"


@compiles(CopyRows)
def _compile_copy(copy: CopyRows, compiler: SQLCompiler, **_: object) -> str:
    into, rows = (compiler.process(one, asfrom=True) for one in (copy.into, copy.rows))
    return f"INSERT INTO {into} SELECT * FROM {rows}"


def live(load: Load, columns: Sequence[str] = ()) -> sa.TableClause:
    return _table(load, load.design.schema_name, columns)


def shadow(load: Load, columns: Sequence[str] = ()) -> sa.TableClause:
    return _table(load, shadow_schema(load.design.schema_name), columns)


def former(load: Load) -> sa.TableClause:
    return _table(load, former_schema(load.design.schema_name), ())


def keep_former(load: Load) -> list[sa.ClauseElement]:
    """Puts the live rows aside, in place of those that were put aside before."""
    return [_drop(former(load)), CreateTableLike(former(load), live(load)), CopyRows(former(load), live(load))]


def fetch_former(load: Load) -> list[sa.ClauseElement]:
    """Puts the rows that were put aside into the shadow."""
    return [_drop(shadow(load)), CreateTableLike(shadow(load), former(load)), CopyRows(shadow(load), former(load))]


def exchange(load: Load, columns: Sequence[str]) -> list[sa.ClauseElement]:
    """Lets the rows of the shadow take the place of the live ones."""
    into, rows = live(load, columns), shadow(load, columns)
    return [sa.delete(into), sa.insert(into).from_select(list(columns), sa.select(*rows.c))]


def create_live(load: Load) -> sa.ClauseElement:
    """For a table that is new: it is there as soon as its rows are."""
    return create_table(target_table(load.design))


def count_shadow_and_live(load: Load, is_live_there: bool) -> sa.Select:
    """One row: shadow_row_count, live_row_count; the latter 0 where there is no live table yet."""
    of_live = sa.select(sa.func.count()).select_from(live(load)).scalar_subquery() if is_live_there else sa.literal(0)
    of_shadow = sa.select(sa.func.count()).select_from(shadow(load)).scalar_subquery()
    return sa.select(of_shadow.label("shadow_row_count"), of_live.label("live_row_count"))


def tables_of_schemas(schemas: Sequence[str]) -> sa.Select:
    """One row per table or view in the schemas: table_schema, table_name."""
    tables = sa.table("svv_tables", sa.column("table_schema"), sa.column("table_name"))
    return sa.select(tables.c.table_schema, tables.c.table_name).where(tables.c.table_schema.in_(list(schemas)))


def drop_schema(name: str) -> DropSchema:
    return DropSchema(name, cascade=True, if_exists=True)


def _table(load: Load, schema: str, columns: Sequence[str]) -> sa.TableClause:
    return sa.table(load.design.table_name, *(sa.column(name) for name in columns), schema=schema)


def _drop(table: sa.TableClause) -> sa.ClauseElement:
    return drop_table(table.schema, table.name)
