"""Wait until somebody else has put files under the run date's prefix."""

from __future__ import annotations

from blocks.lake import Lake
from model.errors import SourceError
from model.load import Load
from model.patience import Patience
from model.results import Extracted
from tasks.verb import verb
from tasks.wait import wait_for
from tasks.write_manifest import write_manifest


@verb
def wait_for_files(load: Load, lake: Lake, patience: Patience) -> Extracted:
    """Returns the files and a manifest of them, so that COPY reads just these, whatever arrives meanwhile.

    Safe to run again: it takes the files that are there then.
    Raises: SourceError where none came in time.
    """
    prefix = load.input_prefix
    found = wait_for(
        lambda: lake.list_files(prefix) or None, patience.source_poll_seconds, patience.source_timeout_seconds
    )
    if found is None:
        raise SourceError(
            f"Cannot load '{load.table}' for {load.run_date}: no file under '{load.uri(prefix)}' "
            f"after {patience.source_timeout_seconds:g} s. Ask who delivers them, then run that date again."
        )
    return write_manifest(load, lake, found, row_count=None)
