"""What declared checks found, a line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from model.results import ChecksRun
from reports.console import console


def show_checks(done: Sequence[ChecksRun]) -> None:
    shown = Table("table", "check", "state", "expected", "found", box=None, header_style="dim")
    for one in done:
        for result in one.results:
            texts = (one.table, result.check, result.state, result.expected, result.found)
            shown.add_row(*map(Text, texts))
    console.print()
    console.print(shown)
