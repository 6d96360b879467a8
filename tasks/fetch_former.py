"""Bring the former state into the shadow schemas."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.results import FormerFetched
from model.shadow import of_former
from model.work import Work
from sql.ledger import state_before_switch
from sql.switch import fetch_former as statements_of
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.statements import run
from tasks.verb import verb


@verb
def fetch_former(work: Work, warehouse: Warehouse) -> FormerFetched:
    """Returns the columns that the rows have, and the moment as of which they are, by table.

    Safe to run again: it starts from nothing each time.
    """
    columns, moments = {}, {}
    for load in (one for one in work.loads if not one.design.view):
        found, _ = columns_in_warehouse(of_former(load), warehouse)
        columns[load.table] = tuple(found)
        with warehouse.transaction(f"bring the former '{load.table}'") as transaction:
            for statement in statements_of(load):
                run(transaction, load, statement)
            moments[load.table] = run(transaction, load, state_before_switch(load)).scalar()
    return FormerFetched(columns=columns, moments=moments)
