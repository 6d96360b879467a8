"""Wait for work in other threads; what it has at work ends with the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect.futures import PrefectFuture, wait
from prefect.runtime import flow_run

from model.running import end_all

_LOOK_SECONDS = 1.0


def wait_for_all(futures: Sequence[PrefectFuture[Any]]) -> None:
    """Returns when all are done, well or not.

    A run that is cancelled ends their statements, and lets them tidy up before it goes: Prefect would end this thread
    alone, and the process half a minute later.
    """
    pending = list(futures)
    try:
        wait(pending)
    except Exception:
        raise
    except BaseException:
        while pending:
            # Again and again: one may just have begun a statement.
            end_all(flow_run.id)
            pending = list(wait(pending, timeout=_LOOK_SECONDS).not_done)
        raise
