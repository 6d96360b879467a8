"""What Prefect knows of other flow runs."""

from __future__ import annotations

from uuid import UUID

from prefect import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound


def is_going_on(run_id: str) -> bool:
    """Whether Prefect knows the flow run, and that it has not ended."""
    state = _state(run_id)
    return state is not None and not state.is_final()


def has_ended(run_id: str) -> bool:
    """Whether Prefect knows the flow run, and that it is no longer going on."""
    state = _state(run_id)
    return state is not None and state.is_final()


def _state(run_id: str) -> State | None:
    try:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(UUID(run_id)).state
    except (ObjectNotFound, ValueError):
        return None
