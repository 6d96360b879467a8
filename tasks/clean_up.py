"""Drop the run's staging table, delete its files, give its lease back."""

from __future__ import annotations

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import STAGING_SCHEMA, Load
from model.results import CleanedUp
from sql.ledger import existing_ledger, lease_holder, release_lease
from sql.tables import drop_table, run_tables
from tasks.statements import run
from tasks.verb import verb


@verb
def clean_up(load: Load, lake: Lake, warehouse: Warehouse, keep_files: bool) -> CleanedUp:
    """Returns what was removed: with the run's own files those of killed runs of that date.

    A run that has lost its lease removes its own only: the run that took it may be reading files of the same date.
    Safe to run again: it then finds nothing. Files that somebody else delivered are never touched.
    """
    with warehouse.transaction(f"drop '{STAGING_SCHEMA}.{load.staging_table}'") as transaction:
        has_ledger = run(transaction, load, existing_ledger()).first() is not None
        is_holder = has_ledger and run(transaction, load, lease_holder(load)).scalar() == load.run_id
        for table in run_tables(load):
            run(transaction, load, drop_table(STAGING_SCHEMA, table.name))
    prefix = load.extracted_date_prefix if is_holder else load.extracted_prefix
    deleted = 0 if keep_files else lake.delete_prefix(prefix)
    if is_holder:
        with warehouse.transaction(f"release the lease on '{load.table}'") as transaction:
            run(transaction, load, release_lease(load))
    warehouse.release()
    dropped = tuple(str(table) for table in run_tables(load))
    return CleanedUp(dropped_tables=dropped, deleted_object_count=deleted)
