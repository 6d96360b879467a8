"""Create what is missing of schemas, target, ledger; take the lease on the table."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import STAGING_SCHEMA, Load
from model.results import TargetReady
from sql.ledger import LEDGER_SCHEMA, end_of_window_before, leases, loads, take_lease
from sql.tables import create_schema, create_table, existing_schemas, target_table
from tasks.statements import run
from tasks.verb import verb


@verb
def create_target(load: Load, warehouse: Warehouse) -> TargetReady:
    """Returns what was created, and how far the window before was read.

    From here on no earlier run can publish this table.

    Safe to run again: it creates only what is missing, and taking one's own lease again changes nothing.
    """
    needed = [load.design.schema_name, STAGING_SCHEMA, LEDGER_SCHEMA]
    with warehouse.transaction(f"create '{load.table}'") as transaction:
        existing = set(run(transaction, load, existing_schemas(needed)).scalars())
        missing = tuple(name for name in dict.fromkeys(needed) if name not in existing)
        for name in missing:
            run(transaction, load, create_schema(name))
        for table in (target_table(load.design), loads, leases):
            run(transaction, load, create_table(table, if_not_exists=True))
    with warehouse.transaction(f"take the lease on '{load.table}'") as transaction:
        for statement in take_lease(load):
            run(transaction, load, statement)
        read_until = None
        if load.window:
            read_until = run(transaction, load, end_of_window_before(load)).scalar()
    return TargetReady(created_schemas=missing, read_until=read_until)
