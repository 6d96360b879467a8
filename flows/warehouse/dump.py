"""Whole tables of the sources into the lake, several side by side; an interrupted run goes on where it was."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import PositiveInt

from model.dump import DumpManner
from model.outcome import Outcome
from model.patience import Patience
from model.results import SourceDumped
from model.sources import read_sources
from pipelines.wait_for_all import wait_for_all
from pipelines.warehouse_works import designs_folder, dump_works
from reports.outcomes import outcomes_of, refuse_failures, show_outcomes
from tasks.dump_source import dump_source
from tasks.verb import masked_errors

ROWS_PER_RANGE = 1_000_000


@flow(flow_run_name="dump {patterns}")
@masked_errors
def dump(
    patterns: tuple[str, ...] = ("*",),
    prefix: str = "",
    force: bool = False,
    designs: str = "",
    rows_per_range: PositiveInt = ROWS_PER_RANGE,
    patience: Patience = Patience(),
) -> list[Outcome]:
    """Read source tables into the lake; what stands there already is not read again.

    Args:
        patterns: Names or patterns of tables in the warehouse, such as shop.* or mart.orders.
        prefix: Prefix of the lake, of each user or environment its own; left out, that of sources.yaml.
        force: Whether tables are read again whose dump stands.
        designs: Folder of designs and sources.yaml; left out, the repository's; lake: sync-sql's.
        rows_per_range: Larger tables are read in ranges of their key of about that many rows; whole ones are kept.
        patience: How long to wait, how often to try again.
    """
    lake, works = dump_works(patterns, prefix, designs)
    sources = read_sources(designs_folder(designs, prefix))
    patient = dump_source.with_options(retries=patience.retries, retry_delay_seconds=patience.retry_delay_seconds)
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=len(works))
    with runner:
        # A source without its block, or out of reach, fails in its task: here it would end those that have begun.
        futures: list[PrefectFuture[SourceDumped]] = [
            runner.submit(
                patient,
                {
                    "work": work,
                    "lake": lake,
                    "manner": DumpManner(
                        max_parallel=sources.max_parallel(work.name), rows_per_range=rows_per_range, is_forced=force
                    ),
                    "patience": patience,
                },
            )
            for work in works
        ]
        # The end of the block would cancel what still waits.
        wait_for_all(futures)
    outcomes = outcomes_of(works, futures)
    show_outcomes("dump", outcomes)
    refuse_failures("dump", outcomes)
    return outcomes
