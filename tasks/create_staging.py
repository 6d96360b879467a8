"""Create this run's staging table; drop what runs before it left behind."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import STAGING_SCHEMA, Load
from model.results import Staged
from sql.tables import create_table, drop_table, run_tables, staging_tables_of_all_runs
from tasks.statements import run
from tasks.verb import verb


@verb
def create_staging(load: Load, warehouse: Warehouse) -> Staged:
    """Returns the name of the empty staging table.

    Safe to run again: it starts from nothing each time. Staging tables of other runs belong to runs that were
    killed or that lost their lease: none of them can publish any more.
    """
    with warehouse.transaction(f"create '{STAGING_SCHEMA}.{load.staging_table}'") as transaction:
        found = list(run(transaction, load, staging_tables_of_all_runs(load)).scalars())
        for name in found:
            run(transaction, load, drop_table(STAGING_SCHEMA, name))
        for table in run_tables(load):
            run(transaction, load, create_table(table))
    left_behind = tuple(name for name in found if not name.startswith(load.staging_table))
    return Staged(table=f"{STAGING_SCHEMA}.{load.staging_table}", dropped_tables=left_behind)
