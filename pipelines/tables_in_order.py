"""Many tables of one run: side by side, each one behind those that it reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.check import References
from model.load import Load
from model.outcome import Outcome
from model.patience import Patience
from model.results import Loaded
from model.table_design import QuerySource
from pipelines.load_table import load_table
from pipelines.transform_table import transform_table
from pipelines.wait_for_all import wait_for_all
from tasks.record_failure import cause_of


def run_in_order(
    loads: Sequence[Load],
    work: Callable[[Load], Loaded],
    max_parallel: int,
    after: Callable[[Load], frozenset[str]] | None = None,
) -> tuple[list[Outcome], list[Loaded]]:
    """What became of each, and the results of those that are done, in the order of `loads`.

    `loads` are in an order in which each comes behind those that it reads. One that fails stops none but those that
    read it, which are left out. `after` names, in place of what a load reads, the tables that it waits for.
    """
    waits_for = after or reads
    seconds: dict[str, float] = {}

    @task(task_run_name="{load.flow} {load.table}", cache_policy=NO_CACHE)
    def run_one(load: Load, behind: list[Loaded]) -> Loaded:
        started = time.monotonic()
        try:
            return work(load)
        finally:
            seconds[load.table] = time.monotonic() - started

    futures: dict[str, PrefectFuture[Loaded]] = {}
    # Tasks, not flows: a flow inside a flow costs a second each.
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=max_parallel)
    with runner:
        for load in loads:
            # A table whose result is handed on comes first; where it fails, the table that waits for it is left out.
            behind = [futures[name] for name in sorted(waits_for(load) & futures.keys())]
            futures[load.table] = runner.submit(run_one, {"load": load, "behind": behind})
        # The end of the block would cancel what still waits.
        wait_for_all(list(futures.values()))
    outcomes = [_outcome(load, futures, seconds.get(load.table)) for load in loads]
    # One whose turn never came has no result, not even an error.
    done = [future.state.result(raise_on_failure=False) for name, future in futures.items() if name in seconds]
    return outcomes, [one for one in done if isinstance(one, Loaded)]


def build_in_order(
    loads: Sequence[Load], lake: Lake, warehouse: Warehouse, patience: Patience, max_parallel: int
) -> tuple[list[Outcome], list[Loaded]]:
    """Tables loaded, of a source or its dump, and those made of what they read; as `run_in_order` says."""

    def build(load: Load) -> Loaded:
        if load.is_transformed:
            return transform_table(load, lake, warehouse, patience)
        return load_table(load, lake, warehouse, patience, keep_files=load.dump_prefix is not None)

    return run_in_order(loads, build, max_parallel)


def reads(load: Load) -> frozenset[str]:
    """The tables of the warehouse that it reads, or that its rows have to refer to."""
    source = load.design.source
    referred = frozenset(check.table for check in load.design.checks if isinstance(check, References))
    return referred | (source.tables if isinstance(source, QuerySource) else frozenset())


def _outcome(load: Load, futures: Mapping[str, PrefectFuture[Loaded]], seconds: float | None) -> Outcome:
    """`seconds` is None where the table's turn never came."""
    if seconds is None:
        missing = [name for name in sorted(reads(load) & futures.keys()) if not futures[name].state.is_completed()]
        return Outcome(load.table, "left out", None, 0.0, f"it reads {', '.join(missing)}, not built in this run")
    done = futures[load.table].state.result(raise_on_failure=False)
    if isinstance(done, Loaded):
        return Outcome(load.table, "done", _row_count(load, done), seconds)
    return Outcome(load.table, "failed", None, seconds, cause_of(done))


def _row_count(load: Load, done: Loaded) -> int | None:
    if done.exported_row_count and not done.copied_row_count:
        return done.exported_row_count
    return None if load.design.view else done.copied_row_count
