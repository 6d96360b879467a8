"""What became of several tables of one run: a table in the terminal and in Prefect, an error where one failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from prefect.futures import PrefectFuture
from rich.table import Table
from rich.text import Text

from model.errors import LoadError
from model.outcome import Outcome
from model.results import SourceDumped
from model.work import Work
from reports.console import console
from tasks.artifacts import keep_table
from tasks.record_failure import cause_of


def show_outcomes(flow: str, outcomes: Sequence[Outcome]) -> None:
    """Prints them, and keeps them as an artifact of the run, under the flow's name."""
    shown = Table("table", "state", "rows", "seconds", "cause", box=None, header_style="dim")
    for one in outcomes:
        rows = "" if one.row_count is None else f"{one.row_count:,}"
        shown.add_row(one.table, one.state, rows, f"{one.seconds:.1f}", Text(one.cause))
    console.print()
    console.print(shown)
    kept = [asdict(one) | {"seconds": round(one.seconds, 1)} for one in outcomes]
    keep_table(flow.replace("_", "-"), kept, f"{flow}: a line a table")


def refuse_failures(flow: str, outcomes: Sequence[Outcome]) -> None:
    """Raises: LoadError where one is not done, with the causes."""
    failed = [one for one in outcomes if not one.is_done]
    if failed:
        causes = "\n".join(f"  {one.table}: {one.cause}" for one in failed)
        raise LoadError(
            f"Cannot {flow} {len(failed)} of {len(outcomes)} tables:\n{causes}\n"
            "What is not named here is done. Mend the causes, then run these tables again."
        )


def outcomes_of(works: Sequence[Work], futures: Sequence[PrefectFuture[SourceDumped]]) -> list[Outcome]:
    """An outcome a table, also where the whole work failed; by name."""
    found: list[Outcome] = []
    for work, future in zip(works, futures, strict=True):
        done = future.state.result(raise_on_failure=False)
        if isinstance(done, SourceDumped):
            found += done.outcomes
        else:
            found += [Outcome(load.table, "failed", None, 0.0, cause_of(done)) for load in work.loads]
    return sorted(found, key=lambda one: one.table)
