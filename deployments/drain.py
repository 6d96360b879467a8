"""Stop work in order: nothing new begins, what runs comes to its end."""

from __future__ import annotations

import time

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import StateType

from deployments.prefect_file import PrefectFile

_POLL_SECONDS = 2
_AT_WORK = FlowRunFilter(
    state=FlowRunFilterState(
        type=FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    )
)


def drain(client: SyncPrefectClient, file: PrefectFile) -> None:
    """Pauses the file's work pools; returns when none of their runs is at work."""
    pause(client, file, is_paused=True)
    of_pools = WorkPoolFilter(name=WorkPoolFilterName(any_=list(file.used_pools)))
    shown = None
    while running := client.read_flow_runs(flow_run_filter=_AT_WORK, work_pool_filter=of_pools):
        if shown != (shown := sorted(str(run.name) for run in running)):
            print(f"Waits for {', '.join(shown)}", flush=True)
        time.sleep(_POLL_SECONDS)


def pause(client: SyncPrefectClient, file: PrefectFile, is_paused: bool) -> None:
    for name in file.used_pools:
        client.update_work_pool(name, WorkPoolUpdate(is_paused=is_paused))
