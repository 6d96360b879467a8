"""Read the window's rows out of the source and write them to the lake."""

from __future__ import annotations

import time

from blocks.lake import Lake, aws_errors
from blocks.source_database import SourceDatabase
from extract.apply_policy import Changes
from extract.extraction import ExtractColumn, Extraction
from extract.read_source import read_source
from extract.safe_bound import safe_bound
from extract.write_parquet import write_parts
from model.load import Load
from model.results import ChangedValues, Extracted, StagedFile
from model.table_design import DatabaseSource
from sql.source import window_condition
from tasks.place_at_source import place_at_source
from tasks.verb import Report, logger, report, verb
from tasks.write_manifest import write_manifest


@verb
def extract_table(load: Load, source: SourceDatabase, lake: Lake) -> Extracted:
    """Returns the Parquet parts, and the manifest that commits them.

    The window ends where the oldest transaction that is still open at the source began, as its clock said before
    the first row was read: what commits later belongs to a later run.
    Safe to run again: the same keys are written, the manifest last, and COPY reads only what it names.
    """
    bound = safe_bound(source.address)
    load = load.model_copy(update={"source_bound": bound})
    started = time.monotonic()

    def on_progress(row_count: int, size_bytes: int) -> None:
        report(Report("extract_table", load, time.monotonic() - started, row_count, size_bytes))

    changes = Changes()
    rows = read_source(source.address, extraction_of(load, source.kind), changes)
    with place_at_source(load), aws_errors(f"write '{load.uri(load.extracted_prefix)}'"):
        parts = write_parts(
            rows, lake.client, lake.name, load.extracted_prefix, on_progress=on_progress, slice_count=load.slice_count
        )
    files = tuple(StagedFile(key=part.key, size_bytes=part.size_bytes, row_count=part.row_count) for part in parts)
    changed_values = told_changes(load, changes)
    row_count = sum(part.row_count for part in parts)
    return write_manifest(load, lake, files, row_count, bound, changed_values)


def told_changes(load: Load, changes: Changes) -> tuple[ChangedValues, ...]:
    """What the policies changed, which the log says too."""
    changed_values = tuple(
        ChangedValues(column=column, policy=policy, value_count=count)
        for (column, policy), count in sorted(changes.items())
    )
    for changed in changed_values:
        logger().warning(
            "%s: %d values of %s were changed by its policy %s",
            *(load.table, changed.value_count, changed.column, changed.policy),
        )
    return changed_values


def extraction_of(load: Load, kind: str) -> Extraction:
    """What of the source this load reads."""
    assert isinstance(load.design.source, DatabaseSource)
    return Extraction(
        table=load.design.source.table,
        columns=tuple(
            ExtractColumn(column.name, column.type, column.source, column.policy) for column in load.design.columns
        ),
        key=load.design.key,
        where=window_condition(load, kind),
    )
