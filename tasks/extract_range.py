"""Read one range of a table's key out of the source and write it to the lake."""

from __future__ import annotations

import time
from dataclasses import replace

from blocks.lake import Lake, aws_errors
from blocks.source_database import SourceDatabase
from extract.apply_policy import Changes
from extract.read_source import read_source
from extract.write_parquet import write_parts
from model.dump import DumpRange
from model.load import Load
from model.results import Extracted, StagedFile
from tasks.extract_table import told_changes
from tasks.place_at_source import place_at_source
from tasks.plan_dump import range_extraction
from tasks.verb import Report, report, verb


@verb
def extract_range(load: Load, source: SourceDatabase, lake: Lake, within: DumpRange, snapshot: str | None) -> Extracted:
    """Returns the Parquet parts of the range; the manifest comes when all ranges are there.

    Safe to run again: the same keys are written. It may run on another machine, as the flow's task runner has it.
    """
    started, changes = time.monotonic(), Changes()

    def on_progress(row_count: int, size_bytes: int) -> None:
        report(Report("extract_range", load, time.monotonic() - started, row_count, size_bytes))

    prefix = f"{load.extracted_prefix}range-{within.number:02}/"
    extraction = replace(range_extraction(load, source, within), snapshot=snapshot)
    with place_at_source(load), aws_errors(f"write '{load.uri(prefix)}'"):
        parts = write_parts(
            read_source(source.address, extraction, changes),
            *(lake.client, lake.name, prefix),
            on_progress=on_progress,
            slice_count=load.slice_count,
        )
    return Extracted(
        files=tuple(StagedFile(key=part.key, size_bytes=part.size_bytes, row_count=part.row_count) for part in parts),
        manifest_key=None,
        row_count=sum(part.row_count for part in parts),
        size_bytes=sum(part.size_bytes for part in parts),
        changed_values=told_changes(load, changes),
    )
