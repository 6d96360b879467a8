"""What became of several tables of one run: a table in the terminal and in Prefect, an error where one failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from prefect.artifacts import create_table_artifact
from rich.table import Table
from rich.text import Text

from model.errors import LoadError
from reports.console import console


@dataclass(frozen=True)
class Outcome:
    """`row_count` counts the rows that were copied or built, None where the table is not done; `cause` says why."""

    table: str
    state: Literal["done", "failed", "left out"]
    row_count: int | None
    seconds: float
    cause: str = ""


def show_outcomes(flow: str, outcomes: Sequence[Outcome]) -> None:
    """Prints them, and keeps them as an artifact of the run, under the flow's name."""
    shown = Table("table", "state", "rows", "seconds", "cause", box=None, header_style="dim")
    for one in outcomes:
        rows = "" if one.row_count is None else f"{one.row_count:,}"
        shown.add_row(one.table, one.state, rows, f"{one.seconds:.1f}", Text(one.cause))
    console.print()
    console.print(shown)
    kept = [asdict(one) | {"seconds": round(one.seconds, 1)} for one in outcomes]
    create_table_artifact(kept, key=flow.replace("_", "-"), description=f"{flow}: a line a table")


def refuse_failures(flow: str, outcomes: Sequence[Outcome]) -> None:
    """Raises: LoadError where one is not done, with the causes."""
    failed = [one for one in outcomes if one.state != "done"]
    if failed:
        causes = "\n".join(f"  {one.table}: {one.cause}" for one in failed)
        raise LoadError(
            f"Cannot {flow} {len(failed)} of {len(outcomes)} tables:\n{causes}\n"
            "What is not named here is done. Mend the causes, then run these tables again."
        )
