"""Waiting: look, sleep, look again; nothing is held between two looks.

A deployed run that waits gives its process and its slot back: it looks once, and is begun again for the next look.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from prefect import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import Abort
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry

from model.errors import LoadError
from model.results import NotYet
from model.running import is_ending, sleep

Found = TypeVar("Found")

# A worker takes up what is due in the next ten seconds, and to begin a run anew takes some seconds itself.
_WORTH_RELEASING_SECONDS = 20


def wait_for(look: Callable[[], Found | None], poll_seconds: float, timeout_seconds: float) -> Found | None:
    """What `look` returns as soon as that is not None; None when `timeout_seconds` have passed."""
    deadline = time.monotonic() + timeout_seconds
    while (found := look()) is None:
        if time.monotonic() + poll_seconds > deadline:
            return None
        sleep(flow_run.id, poll_seconds)
        if is_ending(flow_run.id):
            raise LoadError("Cannot wait any longer: the run is ended from outside.")
    return found


def look_or_wait(
    what: str, look: Callable[[], Found | None], poll_seconds: float, timeout_seconds: float
) -> Found | NotYet | None:
    """As `wait_for`; but of a run that can be begun again, what it waits for (`or_release` then ends it for a while).

    Such a run is a deployment's, so that a worker begins it again, and nothing else is at work in it: not where tables
    are loaded side by side, in threads.

    The time-out counts from the first look for `what`, in whichever process or thread that was.
    """
    if deployment_id() is None:
        return wait_for(look, poll_seconds, timeout_seconds)
    if (found := look()) is not None:
        return found
    rest_seconds = timeout_seconds - (datetime.now(UTC) - _first_look(what)).total_seconds()
    if poll_seconds < _WORTH_RELEASING_SECONDS or threading.current_thread() is not threading.main_thread():
        return wait_for(look, poll_seconds, rest_seconds)
    return NotYet(what=what, look_again_seconds=poll_seconds) if poll_seconds <= rest_seconds else None


def or_release(found: Found | NotYet) -> Found:
    """What was found.

    Raises: Abort, which ends the process and not the run: Prefect begins that again when it is time for the next look.
    """
    if isinstance(found, NotYet):
        release(found)
    return found  # type: ignore[return-value]


def release(not_yet: NotYet) -> None:
    """Raises: Abort, always."""
    when = datetime.now(UTC) + timedelta(seconds=not_yet.look_again_seconds)
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(flow_run.id), AwaitingRetry(scheduled_time=when, message=not_yet.what))
    raise Abort(f"{not_yet.what}; looks again at {when:%H:%M:%S} UTC")


def deployment_id() -> UUID | None:
    """Of the run that is going on; None without one. `prefect.runtime` asks the server each time where it is None."""
    context = FlowRunContext.get()
    return context.flow_run.deployment_id if context and context.flow_run else None


def _first_look(what: str) -> datetime:
    """When the run was first released for `what`; now, where it never was."""
    with get_client(sync_client=True) as client:
        states = client.read_flow_run_states(UUID(flow_run.id))
    return min((one.timestamp for one in states if one.message == what), default=datetime.now(UTC))
