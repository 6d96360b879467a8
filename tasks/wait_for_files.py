"""Wait until somebody else has put files under the run date's prefix."""

from __future__ import annotations

from blocks.lake import Lake
from model.errors import SourceError
from model.load import Load
from model.patience import Patience
from model.results import Extracted, NotYet
from tasks.verb import verb
from tasks.wait import look_or_wait
from tasks.write_manifest import write_manifest


@verb
def wait_for_files(load: Load, lake: Lake, patience: Patience) -> Extracted | NotYet:
    """Returns the files and a manifest of them, so that COPY reads just these, whatever arrives meanwhile.

    Safe to run again: it takes the files that are there then.
    Raises: SourceError where none came in time.
    """
    prefix = load.input_prefix
    found = look_or_wait(
        f"waits for files of {load.table} {load.run_date}",
        lambda: lake.list_files(prefix) or None,
        patience.source_poll_seconds,
        patience.source_timeout_seconds,
    )
    if isinstance(found, NotYet):
        return found
    if found is None:
        raise SourceError(
            f"Cannot load '{load.table}' for {load.run_date}: no file under '{load.uri(prefix)}' "
            f"after {patience.source_timeout_seconds:g} s. Ask who delivers them, then run that date again."
        )
    return write_manifest(load, lake, found, row_count=None)
