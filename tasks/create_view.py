"""Create a view, or let it show another SELECT."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import Load
from model.results import ViewMade
from sql.create_view import first_row, make_view
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.create_missing import create_missing
from tasks.statements import run
from tasks.verb import verb


@verb
def create_view(load: Load, warehouse: Warehouse) -> ViewMade:
    """Returns whether it had to be created anew: CREATE OR REPLACE takes the same columns only.

    It is read once, of no row, before it commits: what it cannot show, no reader gets to see.
    Safe to run again: it replaces the view by the same.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
    Raises: WarehouseError for a SELECT that the warehouse refuses, or where a table has the view's name.
    """
    found, _ = columns_in_warehouse(load, warehouse)
    statements = make_view(load, found)
    create_missing(load, warehouse, [load.design.schema_name], ())
    with warehouse.transaction(f"create view '{load.table}'") as transaction:
        for statement in statements:
            run(transaction, load, statement)
        run(transaction, load, first_row(load))
    return ViewMade(is_new=not found or len(statements) > 1)
