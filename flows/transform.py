"""The tables that the warehouse makes itself, in the order in which they read each other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, wait
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import PositiveInt

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.choose_tables import choose_tables
from model.dependencies import in_order
from model.load import Load
from model.outcome import Outcome
from model.patience import Patience
from model.read_design import read_transformation, transformation_names
from model.results import Loaded
from model.table_design import QuerySource
from pipelines.new_load import PlannedLoad, new_load
from pipelines.run_dates import run_dates, run_name
from pipelines.transform_table import transform_table
from reports.outcomes import refuse_failures, show_outcomes
from tasks.record_failure import cause_of


@flow(flow_run_name=run_name)
def transform(
    tables: tuple[str, ...] = ("mart.*",),
    run_date: date | None = None,
    time_zone: str = "UTC",
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Build the tables that are made by a .sql file, each one after those that it reads.

    Args:
        tables: Names or patterns of tables with a .sql file, such as mart.nps_*.
        run_date: Date that names the run in the ledger and in the exports; left out, the last complete day.
        time_zone: Zone in which the last complete day ends.
        max_parallel: Most tables that are built side by side.
        patience: How long to wait, how often to try again.
    """
    chosen = planned(tables, run_date, time_zone)
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    loads = [new_load("transform", one, lake, warehouse) for one in chosen]
    seconds: dict[str, float] = {}

    @task(task_run_name="transform {load.table}", cache_policy=NO_CACHE)
    def transform_one(load: Load, after: list[Loaded]) -> Loaded:
        started = time.monotonic()
        try:
            return transform_table(load, lake, warehouse, patience)
        finally:
            seconds[load.table] = time.monotonic() - started

    built: dict[str, PrefectFuture[Loaded]] = {}
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=max_parallel)
    with runner:
        for load in loads:
            # A table whose result is handed on comes first; where it fails, the table that waits for it is left out.
            after = [built[name] for name in sorted(_reads(load) & built.keys())]
            built[load.table] = runner.submit(transform_one, {"load": load, "after": after})
        # The end of the block would cancel what still waits.
        wait(list(built.values()))
    outcomes = [_outcome(load, built, seconds.get(load.table)) for load in loads]
    show_outcomes("transform", outcomes)
    refuse_failures("transform", outcomes)
    return [future.result() for future in built.values()]


def planned(tables: tuple[str, ...], run_date: date | None, time_zone: str, **_: object) -> list[PlannedLoad]:
    """The transformations of a run with these parameters, each one behind those that it reads.

    Raises: ConfigError for a pattern that matches none, a bad file, a cycle.
    """
    transformations = in_order(read_transformation(name) for name in choose_tables(tables, transformation_names()))
    [day] = run_dates(run_date, None, None, time_zone)
    return [PlannedLoad.of_day(transformation, day) for transformation in transformations]


def _reads(load: Load) -> frozenset[str]:
    assert isinstance(load.design.source, QuerySource)
    return load.design.source.tables


def _outcome(load: Load, built: Mapping[str, PrefectFuture[Loaded]], seconds: float | None) -> Outcome:
    """`seconds` is None where the table's turn never came."""
    if seconds is None:
        missing = [name for name in sorted(_reads(load) & built.keys()) if not built[name].state.is_completed()]
        return Outcome(load.table, "left out", None, 0.0, f"it reads {', '.join(missing)}, not built in this run")
    done = built[load.table].state.result(raise_on_failure=False)
    if isinstance(done, Loaded):
        return Outcome(load.table, "done", done.copied_row_count, seconds)
    return Outcome(load.table, "failed", None, seconds, cause_of(done))
