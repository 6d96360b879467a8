"""Drop the run's staging table, delete its files."""

from __future__ import annotations

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import STAGING_SCHEMA, Load
from model.results import CleanedUp
from sql.tables import drop_table
from tasks.statements import run
from tasks.verb import verb


@verb
def clean_up(load: Load, lake: Lake, warehouse: Warehouse, keep_files: bool) -> CleanedUp:
    """Returns what was removed: with the run's own files those of killed runs of that date.

    Safe to run again: it then finds nothing. Files that somebody else delivered are never touched.
    """
    with warehouse.transaction(f"drop '{STAGING_SCHEMA}.{load.staging_table}'") as transaction:
        run(transaction, load, drop_table(STAGING_SCHEMA, load.staging_table))
    warehouse.release()
    deleted = 0 if keep_files else lake.delete_prefix(load.extracted_date_prefix)
    return CleanedUp(dropped_tables=(f"{STAGING_SCHEMA}.{load.staging_table}",), deleted_object_count=deleted)
