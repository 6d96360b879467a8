"""Read tables of one source into the lake, several side by side."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from extract.list_tables import ListedTable
from extract.safe_bound import safe_bound
from model.dump import DumpKeys, DumpManner
from model.load import Load
from model.outcome import Outcome
from model.patience import Patience
from model.results import Dumped, SourceDumped
from model.table_design import DatabaseSource
from model.work import Work
from tasks.dump_table import dump_table
from tasks.plan_dump import listed_tables, present_keys
from tasks.record_failure import cause_of
from tasks.try_again import try_again
from tasks.verb import logger, verb


@verb
def dump_source(work: Work, source: SourceDatabase, lake: Lake, manner: DumpManner, patience: Patience) -> SourceDumped:
    """Returns what became of each table; one that fails stops none of the others.

    The largest come first, so that small ones are read beside them. Safe to run again: what stands is not read again.
    Raises: SourceError, TransientError where the source itself cannot be reached.
    """
    listed = listed_tables(source)
    bound = safe_bound(source.address)
    present = present_keys(lake, work.loads)
    started: dict[str, float] = {}

    def dump_one(load: Load) -> Outcome:
        started[load.table] = time.monotonic()
        done = try_again(lambda number: _dump(load, number), patience)
        return Outcome(
            load.table,
            "done before" if done.is_from_before else "done",
            done.row_count,
            time.monotonic() - started[load.table],
        )

    def _dump(load: Load, number: int) -> Dumped:
        keys = DumpKeys(load, present if number == 0 else present_keys(lake, [load]))
        return dump_table(load, source, lake, keys, _row_count(load, listed), bound, manner)

    largest_first = sorted(work.loads, key=lambda load: -_row_count(load, listed))
    with ThreadPoolExecutor(manner.max_parallel, thread_name_prefix="dump") as pool:
        # Each thread logs in the name of the run.
        futures = {load.table: pool.submit(copy_context().run, dump_one, load) for load in largest_first}
    outcomes = []
    for load in work.loads:
        if error := futures[load.table].exception():
            logger().error("%s", cause_of(error), exc_info=error)
            seconds = time.monotonic() - started[load.table]
            outcomes.append(Outcome(load.table, "failed", None, seconds, cause_of(error)))
        else:
            outcomes.append(futures[load.table].result())
    return SourceDumped(outcomes=tuple(outcomes))


def _row_count(load: Load, listed: dict[str, ListedTable]) -> int:
    """The source's estimate; 0 of a table that it does not have, which then fails by itself."""
    assert isinstance(load.design.source, DatabaseSource)
    found = listed.get(load.design.source.table)
    return found.row_count if found else 0
