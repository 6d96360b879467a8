"""A run as the terminal shows it: one line a step with rows, bytes and time, and a live line while rows move."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from model.results import (
    Altered,
    Built,
    Checked,
    ChecksRun,
    CleanedUp,
    Compared,
    Copied,
    CursorChecked,
    Deduplicated,
    DeletesFound,
    Delivered,
    Dumped,
    Extracted,
    FormerFetched,
    NotYet,
    Published,
    Result,
    ShadowReady,
    SourceDumped,
    Staged,
    Switched,
    TargetReady,
    Unloaded,
    Validated,
    ViewMade,
)
from tasks.verb import Report, listeners

_TABLE_WIDTH = 28
# What is worth a line of each table where many run side by side.
_TELLING = (ViewMade, Altered, DeletesFound, Dumped, Extracted, Built, ChecksRun, Published, Unloaded)

# Bars that move at one time share the lines of one console.
console = Console(highlight=False)


@contextmanager
def shown_steps(is_quiet: bool = False) -> Iterator[None]:
    """Shows the steps of the runs inside; plain lines where there is no terminal, nothing where `is_quiet`."""
    console.quiet = is_quiet
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description:20}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[facts]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        lines = _Lines(console, progress)
        listeners.append(lines)
        try:
            yield
        finally:
            listeners.remove(lines)


class _Lines:
    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._moving: dict[tuple[int, str], TaskID] = {}
        self._title = ""

    def __call__(self, said: Report) -> None:
        """Loads that run in threads of their own run side by side: then each line names its table."""
        key = (threading.get_ident(), said.step)
        is_alone = threading.current_thread() is threading.main_thread()
        table = said.load.table
        title = f"[bold]{said.load.flow}[/] {f'{table} ' if is_alone else ''}{said.load.run_date}"
        if title != self._title:
            self._console.print(f"\n{title}  [dim]run {said.load.run_id}[/]")
            self._title = title
        if said.result is not None:
            if key in self._moving:
                self._progress.remove_task(self._moving.pop(key))
            facts = described(said.result, said.seconds)
            if is_alone:
                self._console.print(f"  {said.step:20}{facts:50}[dim]{said.seconds:6.1f} s[/]")
            elif isinstance(said.result, _TELLING) and facts:
                line = f"  {table:{_TABLE_WIDTH}}{said.step:16}{facts}  [dim]{said.seconds:.1f} s[/]"
                self._console.print(line, soft_wrap=True)
        elif key not in self._moving:
            name = said.step if is_alone else f"{table} {said.step}"
            self._moving[key] = self._progress.add_task(f"  {name}", total=None, facts="")
        else:
            self._progress.update(self._moving[key], facts=_moved(said.row_count, said.size_bytes, said.seconds))


def described(result: Result, seconds: float) -> str:
    """What a step did, in words.

    >>> described(Copied(row_count=1200, size_bytes=0), 0.5)
    '1,200 rows · 2,400 rows/s'
    """
    match result:
        case Extracted(row_count=None):
            return f"{len(result.files)} files · {_size(result.size_bytes)}"
        case Extracted():
            changed = sum(values.value_count for values in result.changed_values)
            by_policy = f" · {changed:,} values changed by policy" if changed else ""
            return _moved(result.row_count or 0, result.size_bytes, seconds) + by_policy
        case Dumped(is_from_before=True):
            return f"{result.row_count:,} rows · stands, not read again"
        case Dumped():
            return _moved(result.row_count, result.size_bytes, seconds)
        case ViewMade(is_new=True):
            return "created"
        case ViewMade():
            return "replaced"
        case Switched():
            return f"{len(result.tables)} switched at once · former state of {len(result.kept)} kept"
        case ShadowReady():
            return ", ".join(result.schemas)
        case FormerFetched():
            return f"{len(result.columns)} tables"
        case SourceDumped():
            return f"{sum(one.is_done for one in result.outcomes)} of {len(result.outcomes)} tables"
        case Copied():
            return f"{result.row_count:,} rows · {result.row_count / max(seconds, 0.001):,.0f} rows/s"
        case Deduplicated():
            return f"{result.removed_row_count:,} duplicates removed"
        case Validated() | Built():
            return f"{result.row_count:,} rows passed"
        case Published():
            return (
                f"{result.inserted_row_count:,} inserted · {result.updated_row_count:,} updated · "
                f"{result.unchanged_row_count:,} unchanged"
            )
        case ChecksRun():
            counts = {state: len(result.of_state(state)) for state in ("passed", "warned", "failed")}
            return " · ".join(f"{count} checks {state}" for state, count in counts.items() if count)
        case Unloaded():
            return f"{result.row_count:,} rows · {len(result.files)} files"
        case Checked():
            return f"{result.row_count:,} rows, counted again"
        case TargetReady(created_schemas=names):
            return f"created schemas {', '.join(names)}" if names else "stands"
        case Staged(dropped_tables=names):
            return f"dropped {len(names)} of killed runs" if names else ""
        case Compared(left_columns=names):
            return f"leaves out {', '.join(names)}" if names else "fits"
        case Altered(statements=statements):
            return "; ".join(statements)
        case CursorChecked():
            return f"NULL in {result.null_count:,} rows" if result.null_count else ""
        case DeletesFound():
            return f"{result.row_count:,} rows deleted at the source"
        case Delivered():
            return f"{result.file_count:,} files are there"
        case NotYet():
            return f"not yet; looks again in {result.look_again_seconds:g} s"
        case CleanedUp():
            return f"{result.deleted_object_count} objects deleted"
        case _:
            return ", ".join(map(str, result.model_dump().values()))


def _moved(row_count: int, size_bytes: int, seconds: float) -> str:
    return f"{row_count:,} rows · {_size(size_bytes)} · {row_count / max(seconds, 0.001):,.0f} rows/s"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e5 else f"{size_bytes / 1e3:,.1f} kB"
