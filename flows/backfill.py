"""A stretch of the past, window by window: for tables that are new, or were loaded wrongly or not at all."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from importlib.util import find_spec
from itertools import groupby
from typing import Any

from prefect import flow as prefect_flow
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import PositiveInt

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.errors import ConfigError, LoadError
from model.patience import Patience
from model.read_design import table_names
from model.table_design import TableDesign
from model.window import windows_between
from pipelines.backfill_table import Backfill, Reprocess, WindowOutcome
from pipelines.new_load import PlannedLoad
from pipelines.run_dates import run_dates
from pipelines.wait_for_all import wait_for_all
from reports.run_report import show_in_prefect
from reports.windows import days_of, show_windows, shown_progress
from tasks.verb import masked_errors


def _run_name() -> str:
    chosen = flow_run.parameters
    return f"backfill {chosen.get('table')} from {chosen.get('since')}"


@prefect_flow(flow_run_name=_run_name)
@masked_errors
def backfill(
    table: str,
    since: date,
    until: date | None = None,
    step: str = "1d",
    reprocess: Reprocess = "missing",
    stop_on_failure: bool = True,
    newest_first: bool = False,
    parallel: PositiveInt = 1,
    flow: str = "sync",
    time_zone: str = "UTC",
    keep_files: bool = False,
    patience: Patience = Patience(),
) -> list[str]:
    """Load a table's past window by window, and go on where an earlier backfill stopped; returns the states.

    What is done is known from the ledger. Beside a schedule it gives way: it waits for a run that works on the
    table, and does a window again that such a run interrupted. A design that replaces the whole table has no windows.

    Args:
        table: Name of the table, or a pattern such as mart.*.
        since: First day.
        until: Day after the last; left out, the days up to the last complete one.
        step: Length of a window, in whole days or months, such as 1d, 7d, 1m.
        reprocess: Which windows: missing (not loaded), failed (loaded last without success), or all.
        stop_on_failure: Whether a failed window ends the backfill of its table.
        newest_first: Whether the newest window comes first.
        parallel: Most tables at work side by side; the windows of one table go one after the other.
        flow: Flow that loads the table by day, and so knows its design.
        time_zone: Zone in which the last complete day ends.
        keep_files: Whether the extracted files stay in the lake.
        patience: How long to wait, how often to try again.
    """
    show_in_prefect()
    loads = planned(table, since, until, step, newest_first, parallel, flow, time_zone)
    by_table = [list(group) for _, group in groupby(loads, key=lambda one: one.design.name)]
    outcomes: list[WindowOutcome] = []
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    try:
        with shown_progress(f"backfill {table}", len(loads), outcomes) as keep:
            work = Backfill(lake, warehouse, patience, keep_files, reprocess, stop_on_failure, keep)
            _run_tables(work, by_table, parallel)
    finally:
        reached = {(one.table, one.window): one for one in outcomes}
        everyone = [
            reached.get((one.design.name, one.window), WindowOutcome(one.design.name, one.window, "not run"))
            for one in loads
            if one.window
        ]
        show_windows(everyone)
    _refuse_failures(table, everyone)
    return [one.state for one in everyone]


def planned(
    table: str,
    since: date,
    until: date | None,
    step: str,
    newest_first: bool,
    parallel: int,
    flow: str,
    time_zone: str,
    **_: object,
) -> list[PlannedLoad]:
    """Every window of the tables in its turn, also those that the ledger will leave out.

    Raises: ConfigError for a table that has no windows, days that are not over, or a bad parameter.
    """
    end = run_dates(None, None, None, time_zone)[0] + timedelta(days=1)
    if until and until > end:
        raise ConfigError(
            f"Cannot backfill '{table}': until {until} lies after the last complete day, {end - timedelta(days=1)} in "
            f"{time_zone} (expected at most {end}, which is not loaded itself). What comes then is for the schedule."
        )
    windows = windows_between(since, until or end, step)
    tables = [name for name in table_names() if fnmatchcase(name, table)] or [table]
    if parallel > 1 and len(tables) == 1:
        raise ConfigError(
            f"Cannot backfill '{table}' with parallel {parallel}: the windows of one table overlap by the lookback and "
            "hand on what they could not read yet, so that they go one after the other (expected a pattern of several "
            "tables, such as mart.*). Leave parallel out."
        )
    return [
        PlannedLoad(design, window.since.date(), window)
        for design in [_design(name, flow, newest_first, since) for name in tables]
        for window in (reversed(windows) if newest_first else windows)
    ]


def _design(table: str, flow: str, newest_first: bool, day: date) -> TableDesign:
    """The design by which `flow` loads `table`.

    Raises: ConfigError where that is not known, or its windows cannot be loaded so.
    """
    module = importlib.import_module(f"flows.{flow}") if flow.isidentifier() and find_spec(f"flows.{flow}") else None
    asked = {"table": table, "run_date": day, "since": None, "until": None, "full_refresh": False, "time_zone": "UTC"}
    try:
        bound = inspect.signature(module.planned).bind(**asked)  # type: ignore[union-attr]
    except (AttributeError, TypeError) as error:
        raise ConfigError(
            f"Cannot backfill '{table}' by flow '{flow}': it loads no table by day (expected sync, or a flow like it)."
        ) from error
    design: TableDesign = module.planned(*bound.args, **bound.kwargs)[0].design  # type: ignore[union-attr]
    if design.name != table:
        raise ConfigError(f"Cannot backfill '{table}' by flow '{flow}': it loads '{design.name}'. Name the right one.")
    if reason := _obstacle(design, newest_first):
        raise ConfigError(f"Cannot backfill '{table}': {reason}")
    return design


def _obstacle(design: TableDesign, newest_first: bool) -> str | None:
    if design.load == "replace":
        return (
            "its design replaces the whole table with what the source holds now, so that no window of the past can be "
            f"loaded by itself (expected merge or append). Run python -m flows sync --table {design.name}"
        )
    if newest_first and design.load == "merge" and design.newest_first:
        return (
            f"its source holds several versions of a row, told apart by {', '.join(design.newest_first)}: from the "
            "newest window to the oldest, old versions would be merged over new ones. Leave newest_first out."
        )
    return None


def _run_tables(work: Backfill, by_table: Sequence[Sequence[PlannedLoad]], parallel: int) -> None:
    if parallel == 1:
        for loads in by_table:
            work.run(loads)
        return

    @task(name="backfill_table", task_run_name="backfill {table}", cache_policy=NO_CACHE)
    def run_one(table: str, planned: Sequence[PlannedLoad]) -> None:
        work.run(planned)

    with ThreadPoolTaskRunner[Any](max_workers=parallel) as runner:
        begun = [runner.submit(run_one, {"table": one[0].design.name, "planned": one}) for one in by_table]
        wait_for_all(begun)
        for done in begun:
            done.result()


def _refuse_failures(table: str, outcomes: Sequence[WindowOutcome]) -> None:
    """Raises: an error of the first failed window's class, where one failed."""
    failed = [one for one in outcomes if one.error]
    if failed:
        first = failed[0]
        raise type(first.error or LoadError())(
            f"Cannot backfill '{table}': {len(failed)} of {len(outcomes)} windows failed, the first for "
            f"{days_of(first.window)}: {first.error} Then run the backfill again: it goes on where this one stopped."
        ) from first.error
