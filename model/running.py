"""What this process has at work elsewhere, statements at sources and in the warehouse, so that it ends with the run.

A run that is cancelled, or interrupted by Ctrl-C, learns of it in its main thread only. That calls `end_all`; each
other thread gets the error of its statement, tidies up, and begins nothing new.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_changed = threading.Condition()
_ends: dict[object, Callable[[], object]] = {}
_ending: set[str | None] = set()
_this_thread = threading.local()


@contextmanager
def at_work(end: Callable[[], object]) -> Iterator[None]:
    """While the block works, `end` ends it, called by another thread."""
    if getattr(_this_thread, "is_spared", False):
        yield
        return
    mark = object()
    with _changed:
        _ends[mark] = end
    try:
        yield
    finally:
        with _changed:
            del _ends[mark]


@contextmanager
def spared() -> Iterator[None]:
    """What this thread does in the block is not ended: it tidies up."""
    _this_thread.is_spared = True
    try:
        yield
    finally:
        _this_thread.is_spared = False


def end_all(run_id: str | None) -> None:
    """Ends what is at work in this process; from here on `is_ending` says that the run begins nothing new."""
    with _changed:
        _ending.add(run_id)
        ends = list(_ends.values())
        _changed.notify_all()
    for end in ends:
        # It may have come to its end by itself.
        with contextlib.suppress(Exception):
            end()


def is_ending(run_id: str | None) -> bool:
    return run_id in _ending


def sleep(run_id: str | None, seconds: float) -> None:
    """Returns after `seconds`, or as soon as the run is ending."""
    with _changed:
        _changed.wait_for(lambda: run_id in _ending, seconds)
