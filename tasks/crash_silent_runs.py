"""Mark flow runs as crashed that Prefect takes for running, although their machine is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter
from prefect.states import Crashed as CrashedState

from model.results import Crashed
from model.work import Work
from tasks.verb import verb

# A run says so twice a minute (prefect.yaml); one that has no process yet says nothing.
_HEARTBEAT = "prefect.flow-run.heartbeat"
_START_SECONDS = 900
_TAG = "redshift-flows"


@verb
def crash_silent_runs(work: Work, silent_seconds: int, only_report: bool) -> Crashed:
    """Returns the runs of our deployments of which nothing was heard for `silent_seconds`; then their slots are free.

    Safe to run again: it then finds none. One that lives on without being heard cannot publish any more once another
    run has taken its table.
    """
    with get_client(sync_client=True) as client:
        silent = [run for run in _running(client, work) if _is_silent(client, run, silent_seconds)]
        for run in silent if not only_report else ():
            message = f"Nothing was heard of this run for {silent_seconds} s: its machine is lost. Run it again."
            client.set_flow_run_state(run.id, CrashedState(message=message), force=True)
    return Crashed(runs=tuple(run.name for run in silent))


def _running(client: SyncPrefectClient, work: Work) -> list[FlowRun]:
    states = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    of_ours = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)), tags=FlowRunFilterTags(all_=[_TAG])
    )
    return [run for run in client.read_flow_runs(flow_run_filter=of_ours) if str(run.id) != work.run_id]


def _is_silent(client: SyncPrefectClient, run: FlowRun, silent_seconds: int) -> bool:
    assert run.state
    patience_seconds = max(silent_seconds, _START_SECONDS) if run.state.is_pending() else silent_seconds
    since: Any = datetime.now(UTC) - timedelta(seconds=patience_seconds)
    if run.state.timestamp > since:
        return False
    heard = EventFilter(
        event=EventNameFilter(name=[_HEARTBEAT]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
        occurred=EventOccurredFilter(since=since),
    )
    return not client.read_events(filter=heard, limit=1).events
