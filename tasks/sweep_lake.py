"""Delete the extracted files of dead runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from blocks.lake import Lake
from model.results import Swept
from model.work import Work
from tasks.run_state import is_going_on
from tasks.verb import verb

_EXTRACTED = "extracted/"


@verb
def sweep_lake(work: Work, lake: Lake, older_than_seconds: float, only_report: bool) -> Swept:
    """Returns the prefixes of runs that wrote nothing for so long and are not going on; those that were kept by a
    setting, too.

    Safe to run again: it then finds nothing. Files that somebody else delivered are never touched.
    """
    since = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
    old = [prefix for prefix, written in lake.list_runs(_EXTRACTED).items() if written <= since]
    dead = tuple(prefix for prefix in sorted(old) if not is_going_on(prefix.rstrip("/").rpartition("/")[2]))
    for prefix in dead if not only_report else ():
        lake.delete_prefix(prefix)
    return Swept(prefixes=dead)
