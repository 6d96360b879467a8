"""Drop the staging tables of dead runs, and give back their leases."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import STAGING_SCHEMA, Load
from model.results import Swept
from model.work import Work
from sql.ledger import existing_ledger, give_back, held_leases, runs_with_leases
from sql.render import render
from sql.tables import drop_table, staging_tables
from tasks.run_state import is_going_on
from tasks.verb import verb


@verb
def sweep_warehouse(work: Work, warehouse: Warehouse, older_than_seconds: float, only_report: bool) -> Swept:
    """Returns what runs have left that began longer ago than that, and are not going on by what Prefect knows.

    Safe to run again: it then finds nothing. A staging table whose run never took a lease is somebody else's.
    """
    tag = f"/* {work.name} */ "
    with warehouse.transaction("look for what dead runs have left") as transaction:
        if not transaction.run(tag + render(existing_ledger())).first():
            return Swept()
        ages = {row.run_id: row.age_seconds for row in transaction.run(tag + render(runs_with_leases()))}
        held = list(transaction.run(tag + render(held_leases())))
        staged = list(transaction.run(tag + render(staging_tables())).scalars())
    old = {run_id for run_id, age in ages.items() if age >= older_than_seconds}
    runs = {Load.run_digits(f"x$y${run_id.replace('-', '')[-12:]}"): run_id for run_id in old}
    owners = {name: runs.get(Load.run_digits(name)) for name in staged}
    suspects = {owner for owner in owners.values() if owner} | {row.run_id for row in held if row.run_id in old}
    dead = {run_id for run_id in suspects if not is_going_on(run_id)}
    left = tuple(sorted(name for name, owner in owners.items() if owner in dead))
    forgotten = [row for row in held if row.run_id in dead]
    if not only_report:
        with warehouse.transaction("clear what dead runs have left") as transaction:
            for name in left:
                transaction.run(tag + render(drop_table(STAGING_SCHEMA, name)))
            for row in forgotten:
                transaction.run(tag + render(give_back(row.table_name, row.run_id, row.flow)))
    warehouse.release()
    return Swept(staging_tables=left, leases=tuple(sorted(row.table_name for row in forgotten)))
