"""Which of a source's tables have a dump that stands, and in which ranges the others are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from extract.extraction import Extraction
from extract.planned_statement import planned_statement
from extract.query_source import query_source
from model.dump import (
    DumpFacts,
    DumpKeys,
    DumpManner,
    DumpPlan,
    DumpRange,
    RangeDone,
    edges_between,
    fingerprint,
    whole_number_key,
)
from model.load import Load
from model.results import Dumped
from model.table_design import DatabaseSource
from sql.source import key_limits, range_condition
from tasks.extract_table import extraction_of
from tasks.name_as_in_source import name_as_in_source
from tasks.open_source import OpenSource

ATTEMPT_DIGITS = 12  # of the run's id: the random ones


def present_files(lake: Lake, loads: Sequence[Load]) -> dict[str, str]:
    """The ETag of each object of the loads' dumps by its key; one listing of what they have in common."""
    prefixes = [load.dump_prefix or "" for load in loads]
    first, last = min(prefixes), max(prefixes)
    common = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return lake.list_tags(first[:common])


def standing_dump(load: Load, source: OpenSource, lake: Lake, keys: DumpKeys, manner: DumpManner) -> Dumped | None:
    """The dump that need not be made: whole, of the design and the server as they are and, where it is read again, of
    this very run.

    Where a later one was interrupted there is none: that one goes on.
    """
    if not keys.has(keys.manifest):
        return None
    manifest = lake.read_json(keys.manifest)
    facts = DumpFacts.model_validate(manifest["dump"])
    if not _is_of(facts, load, source, manner):
        return None
    is_whole = all(keys.has(entry["url"].removeprefix(load.uri(""))) for entry in manifest["entries"])
    later = _interrupted(load, source, lake, keys, manner)
    if not is_whole or (later and later.attempt != facts.attempt):
        return None
    sizes = [entry["meta"]["content_length"] for entry in manifest["entries"]]
    return Dumped(row_count=facts.row_count, size_bytes=sum(sizes), file_count=len(sizes), is_from_before=True)


def standing_range(lake: Lake, keys: DumpKeys, plan: DumpPlan, one: DumpRange) -> tuple[str, RangeDone] | None:
    """The range that need not be read, and its mark: that is there, and all files that it names."""
    for mark in keys.marks(plan, one):
        done = RangeDone.model_validate(lake.read_json(mark))
        if all(keys.has(file.key) for file in done.files):
            return mark, done
    return None


def plan_dump(load: Load, source: OpenSource, lake: Lake, keys: DumpKeys, manner: DumpManner) -> DumpPlan:
    """The plan of an interrupted dump, or a new one."""
    if interrupted := _interrupted(load, source, lake, keys, manner):
        return interrupted
    edges: tuple[int, ...] = ()
    key, row_count = whole_number_key(load.design), source.row_count(load)
    if key and row_count > manner.rows_per_range:
        assert isinstance(load.design.source, DatabaseSource)
        statement = key_limits(name_as_in_source(load, source.block), key, source.block.kind)
        [(lowest, highest)] = query_source(source.block.address, load.design.source.table, statement)
        if lowest is not None:
            edges = edges_between(int(lowest), int(highest), row_count, manner.rows_per_range)
    return DumpPlan(
        attempt=attempt_of(load),
        fingerprint=fingerprint(load.design),
        origin=source.block.address.origin,
        source_bound=source.bound,
        edges=edges,
    )


def _interrupted(load: Load, source: OpenSource, lake: Lake, keys: DumpKeys, manner: DumpManner) -> DumpPlan | None:
    """The plan of a dump that did not come to its end, and on which this run may go on."""
    if not keys.has(keys.plan):
        return None
    plan = DumpPlan.model_validate(lake.read_json(keys.plan))
    return plan if _is_of(plan, load, source, manner) else None


def _is_of(made: DumpFacts | DumpPlan, load: Load, source: OpenSource, manner: DumpManner) -> bool:
    is_ours = made.attempt == attempt_of(load) or not manner.is_forced
    return is_ours and (made.fingerprint, made.origin) == (fingerprint(load.design), source.block.address.origin)


def range_extraction(load: Load, source: SourceDatabase, within: DumpRange) -> Extraction:
    extraction = extraction_of(load, source.kind)
    key = whole_number_key(load.design)
    if key is None or (within.first is None and within.before is None):
        return extraction
    name = name_as_in_source(load, source).design.column(key).source_name
    inside = range_condition(name, within, source.kind)
    return replace(extraction, where=f"({extraction.where}) AND ({inside})" if extraction.where else inside)


def range_statement(load: Load, source: SourceDatabase, within: DumpRange) -> str:
    """The statement that reads the range, for those who only want to see it; it reads no row."""
    return planned_statement(source.address, range_extraction(load, source, within))


def attempt_of(load: Load) -> str:
    return load.run_id.replace("-", "")[-ATTEMPT_DIGITS:]
