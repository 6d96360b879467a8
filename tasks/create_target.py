"""Create what is missing of schemas, target, ledger; take the lease on the table."""

from __future__ import annotations

from blocks.warehouse import Transaction, Warehouse
from model.errors import WarehouseError
from model.load import STAGING_SCHEMA, Load
from model.results import PastLoad, TargetReady
from sql.checks import check_results
from sql.ledger import LEDGER_SCHEMA, end_of_window_before, lease, leases, loads, loads_by_run, recent_loads, take_lease
from sql.schema_memory import source_columns
from sql.tables import target_table
from tasks.create_missing import create_missing
from tasks.statements import run
from tasks.verb import verb


@verb
def create_target(load: Load, warehouse: Warehouse) -> TargetReady:
    """Returns what was created, and how far the window before was read.

    From here on no earlier run can publish this table.

    Safe to run again: it creates only what is missing, and taking one's own lease again changes nothing.
    """
    needed = [load.design.schema_name, STAGING_SCHEMA, LEDGER_SCHEMA]
    tables = (target_table(load.design), loads, leases, source_columns, check_results)
    missing = create_missing(load, warehouse, needed, tables)
    with warehouse.transaction(f"look at the lease on '{load.table}'") as transaction:
        _check_not_lost(load, transaction)
        history = tuple(PastLoad(**row._mapping) for row in run(transaction, load, recent_loads(load)))
        read_until = None
        if load.window:
            read_until = run(transaction, load, end_of_window_before(load)).scalar()
    with warehouse.transaction(f"take the lease on '{load.table}'") as transaction:
        run(transaction, load, take_lease(load))
    return TargetReady(created_schemas=missing, read_until=read_until, history=history)


def _check_not_lost(load: Load, transaction: Transaction) -> None:
    """A run of several days that has lost the table between two of them must not take it back."""
    held = run(transaction, load, lease(load)).first()
    is_first = run(transaction, load, loads_by_run(load)).scalar_one() == 0
    if held and held.run_id != load.run_id and not held.is_released and not is_first:
        raise WarehouseError(
            f"Cannot go on with '{load.table}' for {load.run_date}: run {held.run_id} has taken the table over from "
            f"run {load.run_id}. What was loaded before stands. Run the dates that are left when it has ended."
        )
