"""ALTER TABLE as Redshift has it: one action a statement; a type by its length only, outside a transaction.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from model.column_type import ColumnType
from model.schema_difference import Difference
from model.table_design import TableDesign
from sql.tables import target_table


class AlterTable(Executable, sa.ClauseElement):
    """`actions` in words of which the first that holds {column} names it: ADD COLUMN {column} VARCHAR(20).

    >>> from sql.render import render
    >>> print(render(AlterTable(sa.Table("t", sa.MetaData(), schema="mart"), "DROP COLUMN {column}", "order")))
    ALTER TABLE mart.t DROP COLUMN "order"
    """

    inherit_cache = False

    def __init__(self, table: sa.Table, action: str, column: str) -> None:
        self.table = table
        self.action = action
        self.column = column


@compiles(AlterTable)
def _compile(alter: AlterTable, compiler: SQLCompiler, **_: object) -> str:
    action = alter.action.format(column=compiler.preparer.quote(alter.column))
    return f"ALTER TABLE {compiler.preparer.format_table(alter.table)} {action}"


def add_column(table: sa.Table, name: str, column_type: ColumnType) -> AlterTable:
    """Nullable, whatever the design says: the rows that are there have no value."""
    return AlterTable(table, f"ADD COLUMN {{column}} {column_type.sql}", name)


def widen_column(table: sa.Table, name: str, column_type: ColumnType) -> AlterTable:
    """To be run outside a transaction; refused for columns of encoding BYTEDICT, RUNLENGTH, TEXT255, TEXT32K."""
    return AlterTable(table, f"ALTER COLUMN {{column}} TYPE {column_type.sql}", name)


def growth(design: TableDesign, target: Mapping[str, ColumnType]) -> list[AlterTable]:
    """What makes a target of the columns `target` hold the rows of the design; empty where it does."""
    table, statements = target_table(design), []
    for column in design.columns:
        if column.name not in target:
            statements.append(add_column(table, column.name, column.type))
        elif column.type.name == "VARCHAR" and (target[column.name].length or 0) < (column.type.length or 0):
            statements.append(widen_column(table, column.name, column.type))
    return statements


def remedy(design: TableDesign, difference: Difference) -> Sequence[AlterTable | sa.Update]:
    """The statements by which a person brings the target in line; empty where nothing of the source can be loaded.

    Redshift changes no type in place: the values move to a new column that takes the name of the old.
    """
    table, name, needed = target_table(design), difference.column, difference.type
    if difference.kind == "vanished":
        return [AlterTable(table, "DROP COLUMN {column}", name)]
    if needed is None:
        return []
    if difference.kind == "added":
        return [add_column(table, name, needed)]
    if difference.kind == "widened":
        return [widen_column(table, name, needed)]
    beside = f"{name}_new"
    return [
        add_column(table, beside, needed),
        _copy_column(table, name, beside),
        AlterTable(table, "DROP COLUMN {column}", name),
        AlterTable(table, f"RENAME COLUMN {beside} TO {{column}}", name),
    ]


def _copy_column(table: sa.Table, name: str, beside: str) -> sa.Update:
    beside_it = sa.Table(table.name, sa.MetaData(), sa.Column(beside), schema=table.schema)
    return sa.update(beside_it).values({beside: sa.column(name)})
