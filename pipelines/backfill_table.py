"""The windows of one table, one after the other: which are due by the ledger, and what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.errors import LoadError, WarehouseError
from model.load import Load
from model.patience import Patience
from model.results import Loaded
from model.window import Window, is_covered
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load
from sql.ledger import FAILED, LOADED, REBUILD, RESTORE, loads_between
from tasks.read_ledger import read_ledger
from tasks.wait import or_release
from tasks.wait_for_lease import lease_of, wait_for_lease
from tasks.wait_for_warehouse import wait_for_warehouse

Reprocess = Literal["missing", "failed", "all"]

_MOST_YIELDS = 10


@dataclass(frozen=True)
class WindowOutcome:
    """What became of a window. `row_count` are the rows copied; `error` is what ended a failed one."""

    table: str
    window: Window
    state: str
    row_count: int | None = None
    seconds: float | None = None
    error: LoadError | None = None


@dataclass(frozen=True)
class Backfill:
    """What the tables of one backfill have in common; `keep` takes the outcome of each window when it is there."""

    lake: Lake
    warehouse: Warehouse
    patience: Patience
    keep_files: bool
    reprocess: Reprocess
    stop_on_failure: bool
    keep: Callable[[WindowOutcome], None]

    def run(self, planned: Sequence[PlannedLoad]) -> None:
        """Loads the windows of one table that are due, in the order given."""
        load = new_load("backfill", planned[0], self.lake, self.warehouse)
        or_release(wait_for_warehouse(load, self.warehouse, self.patience))
        for one in planned:
            outcome = self._outcome(one)
            self.keep(outcome)
            if outcome.error and self.stop_on_failure:
                return

    def _outcome(self, planned: PlannedLoad) -> WindowOutcome:
        load = new_load("backfill", planned, self.lake, self.warehouse)
        assert load.window
        started = time.monotonic()
        try:
            loaded = self._load(load)
        except LoadError as error:
            return WindowOutcome(load.table, load.window, FAILED, None, time.monotonic() - started, error)
        if loaded is None:
            return WindowOutcome(load.table, load.window, "loaded before")
        if loaded.is_skipped:
            return WindowOutcome(load.table, load.window, "no files")
        is_whole = loaded.read_until is None or loaded.read_until >= load.window.until
        state = LOADED if is_whole else f"{LOADED} to {loaded.read_until}"
        return WindowOutcome(load.table, load.window, state, loaded.copied_row_count, time.monotonic() - started)

    def _load(self, load: Load) -> Loaded | None:
        """The window loaded, or None where it is not due; begun anew where another flow took the table meanwhile."""
        for _ in range(_MOST_YIELDS):
            if not self._is_due(load):
                return None
            if wait_for_lease(load, self.warehouse, self.patience).holder:
                # What was waited for may have loaded this very window.
                continue
            began = time.monotonic()
            try:
                return load_table(load, self.lake, self.warehouse, self.patience, self.keep_files)
            except LoadError:
                if not self._was_taken_since(load, time.monotonic() - began):
                    raise
        raise WarehouseError(
            f"Cannot load '{load.table}' for {load.run_date}: other runs came first {_MOST_YIELDS} times. "
            "Run it at a quieter time."
        )

    def _is_due(self, load: Load) -> bool:
        assert load.window
        past = read_ledger(self.warehouse, loads_between(load.table, load.window.since, load.window.until))
        return is_due(load, past, self.reprocess)

    def _was_taken_since(self, load: Load, seconds: float) -> bool:
        """Whether another flow took the lease less than `seconds` ago; that of a newer backfill is not contested."""
        held = lease_of(load, self.warehouse)
        return held is not None and held.flow != load.flow and held.age_seconds <= seconds + 1


def is_due(load: Load, past: Sequence[Any], reprocess: Reprocess) -> bool:
    """Whether a window is to be loaded, by the rows of the ledger that speak of it, oldest first.

    A load counts for what of its window was read. With 'all', only what this very run has loaded is left out: it was
    killed, and started again. With 'failed', a failure counts unless a later load made it good.
    """
    assert load.window
    window, past = load.window, in_table(past)
    if reprocess == "failed":
        return any(
            row.state == FAILED and not is_covered(_shared(row, window), _read(past[number:]))
            for number, row in enumerate(past)
        )
    own = [row for row in past if row.run_id == load.run_id] if reprocess == "all" else past
    return not is_covered(window, _read(own))


def in_table(past: Sequence[Any]) -> list[Any]:
    """Of the ledger's rows, oldest first, the windows whose rows the table holds now.

    A restore brings back what was there before the switch that came before it, and puts aside what came since.
    """
    now: list[Any] = []
    aside: list[Any] = []
    for row in past:
        if row.flow == RESTORE:
            now, aside = aside, now
        elif row.flow == REBUILD:
            aside = list(now)
        else:
            now.append(row)
    return now


def _read(past: Sequence[Any]) -> list[Window]:
    """What of their windows the loads have read that succeeded, unless their run failed afterwards (the export)."""
    return [
        Window(since=row.since, until=min(row.until, row.read_until))
        for number, row in enumerate(past)
        if row.state == LOADED and row.read_until > row.since and not _fails_later(row, past[number + 1 :])
    ]


def _fails_later(loaded: Any, later: Sequence[Any]) -> bool:
    return any(row.state == FAILED and (row.run_id, row.since) == (loaded.run_id, loaded.since) for row in later)


def _shared(row: Any, window: Window) -> Window:
    return Window(since=max(row.since, window.since), until=min(row.until, window.until))
