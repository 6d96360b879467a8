"""Read a whole table into the lake; go on where an earlier run was interrupted."""

from __future__ import annotations

import time
from datetime import datetime

from blocks.lake import Lake, aws_errors
from blocks.source_database import SourceDatabase
from extract.apply_policy import Changes
from extract.read_source import read_source
from extract.write_parquet import write_parts
from model.dump import DumpFacts, DumpKeys, DumpManner, DumpPlan, DumpRange, RangeDone
from model.load import Load
from model.results import Dumped, StagedFile
from tasks.extract_table import told_changes
from tasks.plan_dump import plan_dump, range_extraction, standing_dump, standing_range
from tasks.verb import Report, report, told
from tasks.write_manifest import manifest_of


@told
def dump_table(
    load: Load,
    source: SourceDatabase,
    lake: Lake,
    keys: DumpKeys,
    row_count: int,
    bound: datetime,
    manner: DumpManner,
) -> Dumped:
    """Returns what lies in the lake. `row_count` is the source's estimate, `bound` the moment as of which it is read.

    Safe to run again: a range whose mark stands is not read again, nor is a table whose manifest does. A range is one
    statement, so one snapshot; a row belongs to one range only, by a key that does not change.
    Raises: SourceError, DataError, TransientError, ConfigError.
    """
    if standing := standing_dump(load, lake, keys, manner):
        return standing
    plan = plan_dump(load, source, lake, keys, row_count, bound, manner)
    if plan.edges:
        lake.write_json(keys.plan, plan.model_dump(mode="json"))
    progress = _Progress(load)
    files: list[StagedFile] = []
    for one in plan.ranges:
        done = standing_range(lake, keys, plan, one) or _dump_range(load, source, lake, keys, plan, one, progress)
        files += done.files
    facts = DumpFacts(
        attempt=plan.attempt,
        fingerprint=plan.fingerprint,
        row_count=sum(file.row_count or 0 for file in files),
        source_bound=plan.source_bound,
    )
    lake.write_json(keys.manifest, manifest_of(load, tuple(files)) | {"dump": facts.model_dump(mode="json")})
    lake.delete_keys(keys.left_behind(plan, files))
    size_bytes = sum(file.size_bytes for file in files)
    return Dumped(row_count=facts.row_count, size_bytes=size_bytes, file_count=len(files), is_from_before=False)


class _Progress:
    """Tells the rows of all ranges together."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._started = time.monotonic()
        self._rows_before, self._bytes_before = 0, 0

    def __call__(self, row_count: int, size_bytes: int) -> None:
        seconds = time.monotonic() - self._started
        rows, size = self._rows_before + row_count, self._bytes_before + size_bytes
        report(Report("dump_table", self._load, seconds, rows, size))

    def add(self, files: tuple[StagedFile, ...]) -> None:
        self._rows_before += sum(file.row_count or 0 for file in files)
        self._bytes_before += sum(file.size_bytes for file in files)


def _dump_range(
    load: Load,
    source: SourceDatabase,
    lake: Lake,
    keys: DumpKeys,
    plan: DumpPlan,
    one: DumpRange,
    progress: _Progress,
) -> RangeDone:
    """Writes the mark last; not where the table is one range, for its manifest follows at once."""
    changes = Changes()
    prefix = keys.files(plan.attempt, one)
    with aws_errors(f"write '{load.uri(prefix)}'"):
        rows = read_source(source.address, range_extraction(load, source, one), changes)
        parts = write_parts(rows, lake.client, lake.name, prefix, on_progress=progress)
    files = tuple(StagedFile(key=part.key, size_bytes=part.size_bytes, row_count=part.row_count) for part in parts)
    done = RangeDone(files=files, changed_values=told_changes(load, changes))
    if plan.edges:
        lake.write_json(keys.mark(plan.attempt, one), done.model_dump(mode="json"))
    progress.add(files)
    return done
