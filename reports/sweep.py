"""What maintenance found: lines in the terminal, a table in Prefect."""

from __future__ import annotations

from model.results import Crashed, Swept
from reports.console import console
from tasks.artifacts import keep_table


def show_sweep(crashed: Crashed, swept: Swept, only_report: bool) -> None:
    """Prints a line a finding, and keeps them as an artifact of the run."""
    found = [
        *(("lost run", name, "marked as crashed") for name in crashed.runs),
        *(("staging table", name, "dropped") for name in swept.staging_tables),
        *(("lease", table, "given back") for table in swept.leases),
        *(("files", prefix, "deleted") for prefix in swept.prefixes),
    ]
    rows = [
        {"what": what, "name": name, "done": "nothing: only_report" if only_report else done}
        for what, name, done in found
    ]
    for row in rows:
        console.print("  {what:14}{name}  [dim]{done}[/]".format(**row), soft_wrap=True)
    if not rows:
        console.print("  Nothing is left of dead runs.")
    keep_table("maintenance", rows, "maintenance: a line a finding")
