"""Wait until somebody else has put the files of the run's days into the lake."""

from __future__ import annotations

from blocks.lake import Lake
from model.errors import ConfigError, SourceError
from model.file_source import FileSource
from model.load import Load
from model.patience import Patience
from model.results import Delivered, Extracted, NotYet, StagedFile
from tasks.delivered_files import delivered_files, delivery_timeout_seconds
from tasks.verb import verb
from tasks.wait import look_or_wait
from tasks.write_manifest import write_manifest


@verb
def wait_for_files(load: Load, lake: Lake, patience: Patience) -> Extracted | NotYet:
    """Returns the files and a manifest of them, so that COPY reads just these, whatever arrives meanwhile.

    No files where there are none and the design says skip; of several days, those that are there.
    Safe to run again: it takes the files that are there then.
    Raises: SourceError where a day had none in time; ConfigError for a jsonpaths file that COPY would misread.
    """
    source = load.design.source
    assert isinstance(source, FileSource)
    _check_jsonpaths(load, source, lake)
    found = _look(load, lake, patience)
    if isinstance(found, NotYet):
        return found
    if found is None:
        _, missing = delivered_files(load, lake)
        timeout_seconds = delivery_timeout_seconds(load, patience)
        more = f" and for {len(missing) - 1} more days" if len(missing) > 1 else ""
        raise SourceError(
            f"Cannot load '{load.table}' for {load.run_date}: no file under '{load.uri(missing[0])}'{more} "
            f"after {timeout_seconds:g} s. Ask who delivers them, then run that date again."
        )
    return write_manifest(load, lake, found, row_count=None)


@verb
def look_for_files(load: Load, lake: Lake, patience: Patience) -> Delivered | NotYet:
    """Returns how many files are there, 0 where none came in time. Safe to run again: it only looks."""
    found = _look(load, lake, patience)
    return found if isinstance(found, NotYet) else Delivered(file_count=len(found or ()))


def _look(load: Load, lake: Lake, patience: Patience) -> tuple[StagedFile, ...] | NotYet | None:
    source = load.design.source
    assert isinstance(source, FileSource)

    def look() -> tuple[StagedFile, ...] | None:
        files, missing = delivered_files(load, lake)
        return files if not missing or source.missing == "skip" else None

    what = f"waits for files of {load.table} {load.run_date}"
    return look_or_wait(what, look, patience.source_poll_seconds, delivery_timeout_seconds(load, patience))


def _check_jsonpaths(load: Load, source: FileSource, lake: Lake) -> None:
    """COPY takes the file for 'auto' where its key is not exactly jsonpaths: each column would be NULL.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
    """
    if source.jsonpaths is None:
        return
    content = lake.read_json(source.jsonpaths)
    paths = content.get("jsonpaths") if isinstance(content, dict) else None
    if not isinstance(paths, list) or len(paths) != len(load.design.columns):
        found = f"{len(paths)} paths" if isinstance(paths, list) else "no list 'jsonpaths'"
        raise ConfigError(
            f"Cannot load '{load.table}' by '{load.uri(source.jsonpaths)}': found {found} (expected "
            f"{len(load.design.columns)}, one for each column in its order). Correct that file."
        )
