"""What a run shows in Prefect: a live line while rows move, a report of each load, and the assets that it wrote."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from prefect.context import TaskRunContext
from prefect.events import emit_event

from model.load import Load
from model.results import ChecksRun, PastLoad, Published, Result, TargetReady, Unloaded
from model.table_design import DatabaseSource, FileSource, QuerySource
from reports.console import described
from tasks.artifacts import artifact_key, begin_progress, keep_markdown, move_progress
from tasks.verb import Report, listeners

_LIVE_SECONDS = 3.0
_BAR_WIDTH = 20
_LAST_STEP = "clean_up"


def show_in_prefect() -> None:
    """From here on, the loads of this process show in Prefect what they do; once is enough."""
    if not any(isinstance(one, _Shown) for one in listeners):
        listeners.append(_Shown())


@dataclass
class _Told:
    """What one load has told so far."""

    steps: list[tuple[str, Result, float]] = field(default_factory=list)
    history: tuple[PastLoad, ...] = ()
    progress: UUID | None = None
    shown_at: float = 0.0


class _Shown:
    def __init__(self) -> None:
        self._told: dict[tuple[str, str], _Told] = defaultdict(_Told)
        self._lock = threading.Lock()

    def __call__(self, said: Report) -> None:
        """Outside a task run there is nobody to show it to."""
        if not isinstance(said.load, Load) or TaskRunContext.get() is None:
            return
        key = (said.load.table, str(said.load.window or said.load.run_date))
        with self._lock:
            told = self._told[key]
        if said.result is None:
            if said.row_count:
                _show_progress(told, said)
            return
        told.steps.append((said.step, said.result, said.seconds))
        if isinstance(said.result, TargetReady):
            told.history = said.result.history
        if told.progress and said.step == "extract_table":
            move_progress(told.progress, 100.0, _words(said))
        emit_assets(said.load, said.result)
        if said.step == _LAST_STEP:
            text = markdown(said.load, told.steps, told.history)
            keep_markdown(artifact_key("load", said.load.table), text, f"{said.load.table} {said.load.run_date}")
            with self._lock:
                del self._told[key]


def _show_progress(told: _Told, said: Report) -> None:
    """Rows, bytes, rate, and the rest as the load before lets it be expected."""
    if time.monotonic() - told.shown_at < _LIVE_SECONDS:
        return
    told.shown_at = time.monotonic()
    expected = told.history[0].copied_row_count if told.history else 0
    share = min(99.0, 100 * said.row_count / expected) if expected else 0.0
    rest = ""
    if expected > said.row_count:
        rest = f" · about {(expected - said.row_count) * said.seconds / said.row_count:.0f} s to go"
    if told.progress is None:
        told.progress = begin_progress(artifact_key("reads", said.load.table), share, _words(said) + rest)
    else:
        move_progress(told.progress, share, _words(said) + rest)


def _words(said: Report) -> str:
    rate = said.row_count / max(said.seconds, 0.001)
    if said.result:
        return f"{said.load.table} {said.load.run_date}: {described(said.result, said.seconds)}"
    size = said.size_bytes / 1e6
    return f"{said.load.table} {said.load.run_date}: {said.row_count:,} rows · {size:,.1f} MB · {rate:,.0f} rows/s"


def markdown(load: Load, steps: Sequence[tuple[str, Result, float]], history: Sequence[PastLoad]) -> str:
    """The report of one load: its way step by step, checks, exported files, and the loads before it."""
    published = next((result for _, result, _ in steps if isinstance(result, Published)), None)
    parts = [
        f"# {load.table} {load.run_date}: {'published' if published else 'failed, nothing published'}",
        f"{load.method}, {load.window or 'the whole table'}, by {load.flow}",
        _table(
            ("step", "what it did", "seconds"),
            [(step, described(result, seconds), f"{seconds:.1f}") for step, result, seconds in steps],
        ),
        *([_changes(published, history[0])] if published and history else []),
        *(_checks(result) for _, result, _ in steps if isinstance(result, ChecksRun)),
        *(_files(load, result) for _, result, _ in steps if isinstance(result, Unloaded) and result.files),
        *([_history(history)] if history else []),
    ]
    return "\n\n".join(parts) + "\n"


def _changes(published: Published, before: PastLoad) -> str:
    names = ("inserted", "updated", "deleted", "target")
    rows = [
        (name, f"{now:,}", f"{then:,}", f"{now - then:+,}")
        for name in names
        for now, then in [(getattr(published, f"{name}_row_count"), getattr(before, f"{name}_row_count"))]
    ]
    return f"## Against the load before ({before.run_date})\n\n" + _table(("rows", "now", "before", "change"), rows)


def _checks(run: ChecksRun) -> str:
    rows = [(one.check, one.state, one.expected, one.found) for one in run.results]
    return "## Checks\n\n" + _table(("check", "state", "expected", "found"), rows)


def _files(load: Load, unloaded: Unloaded) -> str:
    links = [
        f"- [s3://{load.bucket}/{prefix}](https://s3.console.aws.amazon.com/s3/buckets/{load.bucket}?prefix={prefix})"
        for prefix in unloaded.prefixes
    ]
    return f"## Exported: {unloaded.row_count:,} rows in {len(unloaded.files)} files\n\n" + "\n".join(links)


def _history(history: Sequence[PastLoad]) -> str:
    """A chart of bars, oldest load first."""
    most_rows = max(one.copied_row_count for one in history)
    most_seconds = max(one.seconds or 0 for one in history)
    rows = [
        (
            str(one.run_date),
            f"`{_bar(one.copied_row_count, most_rows)}` {one.copied_row_count:,}",
            f"`{_bar(one.seconds or 0, most_seconds)}` {'' if one.seconds is None else one.seconds}",
        )
        for one in reversed(history)
    ]
    return "## The last loads\n\n" + _table(("date", "rows copied", "seconds"), rows)


def _bar(value: int, most: int) -> str:
    """
    >>> _bar(5, 10)
    '██████████          '
    """
    return ("█" * round(_BAR_WIDTH * value / most if most else 0)).ljust(_BAR_WIDTH)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


def emit_assets(load: Load, result: Result) -> None:
    """Says which asset was written out of which, as an event with its counts: Prefect draws lineage from them."""
    table = f"redshift://{load.table.replace('.', '/')}"
    if isinstance(result, Published):
        _emit(table, _sources(load), result.model_dump(mode="json"))
    if isinstance(result, Unloaded):
        for prefix in result.prefixes:
            _emit(f"s3://{load.bucket}/{prefix}", [table], {"row_count": result.row_count, "files": len(result.files)})


def _sources(load: Load) -> list[str]:
    match load.design.source:
        case DatabaseSource(database=database, table=source):
            return [f"database://{database}/{source}"]
        case FileSource():
            return [f"s3://{load.bucket}/{load.input_prefix}"]
        case QuerySource(tables=tables):
            return [f"redshift://{name.replace('.', '/')}" for name in sorted(tables)]
        case _:
            return []


def _emit(asset: str, upstream: list[str], metadata: dict[str, object]) -> None:
    for source in upstream:
        emit_event(event="prefect.asset.referenced", resource={"prefect.resource.id": source}, related=[])
    emit_event(
        event="prefect.asset.materialization.succeeded",
        resource={"prefect.resource.id": asset},
        related=[{"prefect.resource.id": source, "prefect.resource.role": "asset"} for source in upstream],
        payload=metadata,
    )
