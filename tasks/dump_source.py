"""Read tables of one source into the lake, several side by side."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from secrets import token_hex

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from model.dump import DumpKeys, DumpManner
from model.load import Load
from model.outcome import Outcome
from model.patience import Patience
from model.results import Dumped, SourceDumped
from model.work import Work
from tasks.dump_table import dump_table
from tasks.open_source import OpenSource, open_source
from tasks.plan_dump import present_files
from tasks.record_failure import cause_of
from tasks.try_again import try_again
from tasks.verb import logger, verb

TRY_BYTES = 6


@verb
def dump_source(work: Work, lake: Lake, manner: DumpManner, patience: Patience) -> SourceDumped:
    """Returns what became of each table; one that fails stops none of the others.

    The work has the name of the source's block. The largest come first, so that small ones are read beside them. Safe
    to run again: what stands is not read again.
    Raises: ConfigError where there is no such block, SourceError, TransientError where it cannot be reached.
    """
    with open_source(load_block(SourceDatabase, work.name)) as opened:
        return SourceDumped(outcomes=tuple(_dump_all(work, opened, lake, manner, patience)))


def _dump_all(work: Work, source: OpenSource, lake: Lake, manner: DumpManner, patience: Patience) -> Iterator[Outcome]:
    present = present_files(lake, work.loads)
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
        keys = DumpKeys(load, present if number == 0 else present_files(lake, [load]), token_hex(TRY_BYTES))
        return dump_table(load, source, lake, keys, manner)

    largest_first = sorted(work.loads, key=source.row_count, reverse=True)
    with ThreadPoolExecutor(manner.max_parallel, thread_name_prefix="dump") as pool:
        # Each thread logs in the name of the run.
        futures = {load.table: pool.submit(copy_context().run, dump_one, load) for load in largest_first}
    for load in work.loads:
        if error := futures[load.table].exception():
            logger().error("%s", cause_of(error), exc_info=error)
            seconds = time.monotonic() - started[load.table]
            yield Outcome(load.table, "failed", None, seconds, cause_of(error))
        else:
            yield futures[load.table].result()
