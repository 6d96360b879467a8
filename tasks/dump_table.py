"""Read a whole table into the lake; go on where an earlier run was interrupted."""

from __future__ import annotations

import time

from blocks.lake import Lake, aws_errors
from extract.apply_policy import Changes
from extract.read_source import read_source
from extract.write_parquet import write_parts
from model.dump import DumpFacts, DumpKeys, DumpManner, DumpPlan, DumpRange, RangeDone
from model.errors import TransientError
from model.load import Load
from model.results import Dumped, StagedFile
from tasks.extract_table import told_changes
from tasks.open_source import OpenSource
from tasks.plan_dump import plan_dump, range_extraction, standing_dump, standing_range
from tasks.verb import Report, report, told
from tasks.write_manifest import manifest_of


@told
def dump_table(load: Load, source: OpenSource, lake: Lake, keys: DumpKeys, manner: DumpManner) -> Dumped:
    """Returns what lies in the lake.

    Safe to run again: a range whose mark stands is not read again, nor is a table whose manifest does. A range is one
    statement, so one snapshot; a row belongs to one range only, by a key that does not change. No try writes over the
    files of another, and of two at once only the first to finish commits.
    Raises: SourceError, DataError, TransientError, ConfigError.
    """
    if standing := standing_dump(load, source, lake, keys, manner):
        return standing
    plan = plan_dump(load, source, lake, keys, manner)
    if plan.edges:
        lake.write_json(keys.plan, plan.model_dump(mode="json"))
    progress = _Progress(load)
    files: list[StagedFile] = []
    marks: list[str] = []
    for one in plan.ranges:
        ready = standing_range(lake, keys, plan, one) or _dump_range(load, source, lake, keys, plan, one, progress)
        mark, done = ready
        files += done.files
        marks.append(mark)
    _commit(load, lake, keys, plan, files)
    lake.delete_keys(keys.left_behind(plan, [file.key for file in files], marks))
    row_count, size_bytes = sum(file.row_count or 0 for file in files), sum(file.size_bytes for file in files)
    return Dumped(row_count=row_count, size_bytes=size_bytes, file_count=len(files), is_from_before=False)


def _commit(load: Load, lake: Lake, keys: DumpKeys, plan: DumpPlan, files: list[StagedFile]) -> None:
    """Writes the manifest, unless another run has written one meanwhile, which may have deleted files of this one.

    Raises: TransientError.
    """
    facts = DumpFacts(
        attempt=plan.attempt,
        fingerprint=plan.fingerprint,
        origin=plan.origin,
        row_count=sum(file.row_count or 0 for file in files),
        source_bound=plan.source_bound,
    )
    manifest = manifest_of(load, tuple(files)) | {"dump": facts.model_dump(mode="json")}
    if not lake.replace_json(keys.manifest, manifest, keys.present.get(keys.manifest)):
        if not plan.edges:  # else another may go on by them
            lake.delete_keys([file.key for file in files])
        raise TransientError(
            f"Cannot finish the dump '{load.uri(keys.manifest)}': another run has finished one since this one began. "
            "Run it again, or under a prefix of its own."
        )


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
    source: OpenSource,
    lake: Lake,
    keys: DumpKeys,
    plan: DumpPlan,
    one: DumpRange,
    progress: _Progress,
) -> tuple[str, RangeDone]:
    """Writes the mark last; not where the table is one range, for its manifest follows at once."""
    changes = Changes()
    prefix, mark = keys.files(plan, one), keys.mark(plan, one)
    with aws_errors(f"write '{load.uri(prefix)}'"):
        rows = read_source(source.block.address, range_extraction(load, source.block, one), changes, source.sessions)
        parts = write_parts(rows, lake.client, lake.name, prefix, on_progress=progress)
    files = tuple(StagedFile(key=part.key, size_bytes=part.size_bytes, row_count=part.row_count) for part in parts)
    done = RangeDone(files=files, changed_values=told_changes(load, changes))
    if plan.edges:
        lake.write_json(mark, done.model_dump(mode="json"))
    progress.add(files)
    return mark, done
