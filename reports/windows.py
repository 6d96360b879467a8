"""A backfill as people see it: a bar while it runs, a table of its windows in the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from model.window import Window
from pipelines.backfill_table import WindowOutcome
from reports.console import console
from tasks.artifacts import begin_progress, keep_table, move_progress


@contextmanager
def shown_progress(title: str, total: int, outcomes: list[WindowOutcome]) -> Iterator[Callable[[WindowOutcome], None]]:
    """Gives a function that takes each outcome; it moves the bar in the terminal and the artifact in Prefect."""
    artifact = begin_progress("backfill-progress", 0.0, title)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("windows"))
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)
    lock = threading.Lock()
    with bar:
        line = bar.add_task(title, total=total)

        def keep(outcome: WindowOutcome) -> None:
            with lock:
                outcomes.append(outcome)
                bar.update(line, completed=len(outcomes))
                move_progress(artifact, round(100 * len(outcomes) / total, 1))

        yield keep


def show_windows(outcomes: Sequence[WindowOutcome]) -> None:
    """Prints the table of windows, and keeps it as an artifact of the run."""
    names = ("table", "window", "state", "rows", "seconds", "cause")
    rows = [
        (
            one.table,
            days_of(one.window),
            one.state,
            "" if one.row_count is None else f"{one.row_count:,}",
            "" if one.seconds is None else f"{one.seconds:.1f}",
            str(one.error or "").partition("\n")[0],
        )
        for one in outcomes
    ]
    shown = Table(*names, box=None, header_style="dim")
    for row in rows:
        shown.add_row(*row)
    console.print()
    console.print(shown, markup=False)
    keep_table("backfill", [dict(zip(names, row, strict=True)) for row in rows], "backfill: a line a window")


def days_of(window: Window) -> str:
    """First and last day, both of the window."""
    first, last = window.since.date(), window.until.date() - timedelta(days=1)
    return str(first) if first == last else f"{first} to {last}"
