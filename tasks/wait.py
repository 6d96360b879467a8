"""Waiting: look, sleep, look again; nothing is held between two looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], poll_seconds: float, timeout_seconds: float) -> Found | None:
    """What `look` returns as soon as that is not None; None when `timeout_seconds` have passed."""
    deadline = time.monotonic() + timeout_seconds
    while (found := look()) is None:
        if time.monotonic() + poll_seconds > deadline:
            return None
        time.sleep(poll_seconds)
    return found
