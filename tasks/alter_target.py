"""Give the target the columns and lengths that the run's rows need; remember what the source's columns are."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import Load
from model.results import Altered, Compared
from sql.alter_table import growth
from sql.render import render
from sql.schema_memory import remember
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.statements import run
from tasks.verb import verb


@verb
def alter_target(load: Load, warehouse: Warehouse, compared: Compared) -> Altered:
    """Returns the statements that were run; none where the target is as it must be.

    Views and grants stay as they are: columns are added at the end, and nothing is dropped or renamed.
    Safe to run again: it looks first at what is there.
    """
    statements = []
    if compared.is_growing:
        target, _ = columns_in_warehouse(load, warehouse)
        statements = growth(load.design, target)
    if statements:
        with warehouse.autocommit(f"alter '{load.table}'") as connection:
            for statement in statements:
                run(connection, load, statement)
    if compared.source_types:
        with warehouse.transaction(f"remember the source's columns of '{load.table}'") as transaction:
            for change in remember(load, compared.source_types):
                run(transaction, load, change)
    return Altered(statements=tuple(render(statement) for statement in statements))
