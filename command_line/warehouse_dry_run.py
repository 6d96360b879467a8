"""What a run about many tables would do, step by step, built by the functions that its steps themselves use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from command_line.dry_run import PlannedStep, planned_steps, print_steps
from model.dump import DumpKeys, DumpManner
from model.load import Load
from model.table_design import DatabaseSource
from pipelines.warehouse_works import dump_works, load_works, update_works
from tasks.plan_dump import listed_tables, plan_dump, present_keys, range_statement, standing_dump, standing_range


def shown_later(steps: Callable[..., Iterable[PlannedStep]]) -> Callable[[dict[str, Any]], Callable[[], None]]:
    """For flows that look at sources and lake while they plan: nothing is looked at before a dry run is asked for."""
    return lambda parameters: lambda: print_steps(steps(**parameters))


def dump_steps(
    patterns: tuple[str, ...], prefix: str, force: bool, designs: str, rows_per_range: int, **_: object
) -> Iterator[PlannedStep]:
    """One a table. It reads what the sources say of their tables, and the marks in the lake; no row."""
    lake, works = dump_works(patterns, prefix, designs)
    manner = DumpManner(max_parallel=1, rows_per_range=rows_per_range, is_forced=force)
    for work in works:
        source = load_block(SourceDatabase, work.name)
        listed = listed_tables(source)
        present = present_keys(lake, work.loads)
        for load in work.loads:
            yield _dump_step(load, source, lake, DumpKeys(load, present), manner, listed)


def _dump_step(
    load: Load, source: SourceDatabase, lake: Lake, keys: DumpKeys, manner: DumpManner, listed: Mapping[str, Any]
) -> PlannedStep:
    name = f"dump {load.table}"
    if done := standing_dump(load, lake, keys, manner):
        return PlannedStep(name, objects=(load.uri(keys.manifest),), note=f"stands: {done.row_count:,} rows")
    assert isinstance(load.design.source, DatabaseSource)
    found = listed.get(load.design.source.table)
    plan = plan_dump(load, source, lake, keys, found.row_count if found else 0, datetime.now(UTC), manner)
    due = [one for one in plan.ranges if not standing_range(lake, keys, plan, one)]
    objects = [keys.plan] if plan.edges else []
    for one in due:
        objects.append(keys.files(plan.attempt, one) + "part-*.parquet")
        objects += [keys.mark(plan.attempt, one)] if plan.edges else []
    size = f"about {found.row_count:,} rows, {found.size_bytes:,} bytes in the source" if found else ""
    stand = f"{len(plan.ranges) - len(due)} of {len(plan.ranges)} ranges stand" if len(due) < len(plan.ranges) else ""
    return PlannedStep(
        name,
        tuple(range_statement(load, source, one) for one in due),
        tuple(map(load.uri, (*objects, keys.manifest))),
        "; ".join(filter(None, [size, stand])),
    )


def load_steps(patterns: tuple[str, ...], prefix: str, designs: str, **_: object) -> Iterator[PlannedStep]:
    return of_loads(load_works(patterns, prefix, designs, load_block(Warehouse, "warehouse"))[1])


def update_steps(
    patterns: tuple[str, ...], only: bool, from_table: str, designs: str, **_: object
) -> Iterator[PlannedStep]:
    return of_loads(update_works(patterns, only, from_table, designs, load_block(Warehouse, "warehouse"))[1])


def of_loads(loads: Iterable[Load]) -> Iterator[PlannedStep]:
    """The steps of each table, which name it."""
    for load in loads:
        for step in planned_steps(load, "files", keep_files=True):
            yield replace(step, name=f"{load.table} {step.name}")
