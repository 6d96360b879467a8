"""What the columns of a target are, and what its source's were when it was last loaded."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from model.load import Load
from sql.ledger import LEDGER_SCHEMA

_MAX_TYPE_CHARACTERS = 255

# One row per column of a table that is loaded from a database: its type there.
source_columns = sa.Table(
    "source_columns",
    sa.MetaData(schema=LEDGER_SCHEMA),
    sa.Column("table_name", sa.VARCHAR(255), nullable=False),
    sa.Column("column_name", sa.VARCHAR(127), nullable=False),
    sa.Column("source_type", sa.VARCHAR(4 * _MAX_TYPE_CHARACTERS), nullable=False),
    redshift_diststyle="ALL",
)


def existing_columns(load: Load) -> sa.Select:
    """The columns of the target, in their order, and of `source_columns`; none of a table that does not exist.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_COLUMNS.html
    """
    names = ("column_name", "data_type", "character_maximum_length", "numeric_precision", "numeric_scale")
    columns = sa.table(
        "svv_columns", *(sa.column(name) for name in ("table_schema", "table_name", "ordinal_position", *names))
    )
    of_target = _is(columns, load.design.schema_name, load.design.table_name)
    of_memory = _is(columns, LEDGER_SCHEMA, str(source_columns.name))
    return (
        sa.select(columns.c.table_schema, columns.c.table_name, *(columns.c[name] for name in names))
        .where(sa.or_(of_target, of_memory))
        .order_by(columns.c.ordinal_position)
    )


def remembered_columns(load: Load) -> sa.Select:
    return sa.select(source_columns.c.column_name, source_columns.c.source_type).where(
        source_columns.c.table_name == load.table
    )


def remember(load: Load, types: Mapping[str, str]) -> list[sa.ClauseElement]:
    """To be run in one transaction. Columns that are not in `types` stay remembered."""
    rows = [
        {"table_name": load.table, "column_name": name, "source_type": shortened(source_type)}
        for name, source_type in types.items()
    ]
    return [
        sa.delete(source_columns).where(
            source_columns.c.table_name == load.table, source_columns.c.column_name.in_(list(types))
        ),
        sa.insert(source_columns).values(rows),
    ]


def shortened(source_type: str) -> str:
    """The type as it is remembered: an ENUM may be long."""
    return source_type[:_MAX_TYPE_CHARACTERS]


def _is(columns: sa.TableClause, schema: str, table: str) -> sa.ColumnElement[bool]:
    return sa.and_(columns.c.table_schema == schema, columns.c.table_name == table)
