"""Whose turn it is, where a worker was down for some nights and several runs of a deployment are due at once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import Abort
from prefect.runtime import flow_run
from prefect.states import Cancelled

from model.patience import Patience
from model.results import NotYet
from tasks.wait import deployment_id, release

_LOOK_AGAIN_SECONDS = 10
_MOST_RUNS = 200
_TO_COME = (StateType.SCHEDULED, StateType.PENDING)
_IN_VAIN = (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)


def take_turn(patience: Patience) -> None:
    """Returns when the run may begin; one that was given its date by hand, or is no deployment's, always may.

    Prefect begins late runs in any order. With `missed_dates` each, one whose elder is still to come gives way to it;
    with newest, one that has a younger is cancelled.
    Raises: Abort, which ends the process; the run is begun again, or cancelled.
    """
    deployed_as = deployment_id()
    if deployed_as is None or flow_run.parameters.get("run_date") is not None:
        return
    with get_client(sync_client=True) as client:
        of_deployment = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployed_as]))
        others = [run for run in client.read_flow_runs(flow_run_filter=of_deployment, limit=_MOST_RUNS) if _counts(run)]
        mine = flow_run.scheduled_start_time
        if patience.missed_dates == "each":
            elders = [run for run in others if run.expected_start_time < mine and _type(run) in _TO_COME]
            if elders:
                release(NotYet(what=f"waits for {len(elders)} earlier runs", look_again_seconds=_LOOK_AGAIN_SECONDS))
            return
        younger = [run for run in others if run.expected_start_time > mine and _type(run) not in _IN_VAIN]
        if younger:
            reason = f"left out: a run of a later date is due, {younger[0].name} (missed_dates is newest)"
            client.set_flow_run_state(UUID(flow_run.id), Cancelled(message=reason))
            raise Abort(reason)


def _counts(run: FlowRun) -> bool:
    """Whether a run is due, and takes its date from its schedule."""
    is_due = run.expected_start_time is not None and run.expected_start_time <= datetime.now(UTC)
    return is_due and str(run.id) != flow_run.id and not run.parameters.get("run_date")


def _type(run: FlowRun) -> StateType | None:
    return run.state.type if run.state else None
