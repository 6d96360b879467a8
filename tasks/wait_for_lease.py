"""Wait until no run of another flow is at work on the table; for a backfill, which has time."""

from __future__ import annotations

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from model.errors import WarehouseError
from model.load import Load
from model.patience import Patience
from model.results import LeaseFree
from sql.ledger import lease
from tasks.read_ledger import read_ledger
from tasks.run_state import has_ended
from tasks.verb import verb
from tasks.wait import wait_for


@verb
def wait_for_lease(load: Load, warehouse: Warehouse, patience: Patience) -> LeaseFree:
    """Returns when the lease is given back, or its holder is of this flow, has ended by what Prefect knows, or took
    it longer than `lease_timeout_seconds` ago. Safe to run again: it only looks.

    A holder that was killed with its worker's host stays running to Prefect: for it the time-out is there. One that
    lives on although Prefect thinks it dead cannot publish any more.
    Raises: WarehouseError where runs hand the table to each other for twice that time.
    """
    waited_for = ""

    def look() -> LeaseFree | None:
        nonlocal waited_for
        held = lease_of(load, warehouse)
        if held is None or held.is_released or held.run_id == load.run_id or held.flow == load.flow:
            return LeaseFree(holder=waited_for)
        if held.age_seconds >= patience.lease_timeout_seconds or has_ended(held.run_id):
            return LeaseFree(holder=waited_for)
        waited_for = held.run_id
        return None

    # The age ends the wait, unless runs hand the table to each other without end.
    found = wait_for(look, patience.lease_poll_seconds, 2 * patience.lease_timeout_seconds)
    if found is None:
        raise WarehouseError(
            f"Cannot load '{load.table}' for {load.run_date}: run {waited_for} holds the table, others did before "
            f"(expected a free table within {2 * patience.lease_timeout_seconds:g} s). Run it at a quieter time."
        )
    return found


def lease_of(load: Load, warehouse: Warehouse) -> sa.Row | None:
    """The last lease on the table: run_id, flow, age_seconds, is_released; None where there never was one."""
    return next(iter(read_ledger(warehouse, lease(load))), None)
