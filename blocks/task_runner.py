"""Where the ranges of a table are read: TASK_RUNNER is threads:4 (the default), dask[:4], or tcp://host:8786."""

from __future__ import annotations

import os
import re
from typing import Any, cast

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from model.errors import ConfigError

_DEFAULT = "threads:4"


class _ChosenTaskRunner(ThreadPoolTaskRunner[Any]):
    """Looks at TASK_RUNNER when a run begins, not when the flow's file is read."""

    def duplicate(self) -> Any:
        return chosen_task_runner(os.environ.get("TASK_RUNNER") or _DEFAULT)


# What flows are declared with.
task_runner_of_environment: TaskRunner[Any] = cast(Any, _ChosenTaskRunner())


def chosen_task_runner(choice: str) -> TaskRunner[Any]:
    """The runner of that name: `threads:N` of this process, `dask:N` processes of this machine, or a Dask scheduler.

    >>> chosen_task_runner("threads:2")._max_workers
    2

    Raises: ConfigError for another choice, or where Dask is not installed.
    """
    if threads := re.fullmatch(r"threads(?::(\d+))?", choice):
        return ThreadPoolTaskRunner(max_workers=int(threads[1] or 4))
    cluster = re.fullmatch(r"dask(?::(\d+))?", choice)
    if not cluster and not re.match(r"(tcp|tls)://[^/:]+:\d+$", choice):
        raise ConfigError(
            f"Cannot choose a task runner: TASK_RUNNER is '{choice}' "
            "(expected threads:4, dask, dask:4 or tcp://host:8786). Correct it, or leave it out."
        )
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise ConfigError(
            f"Cannot choose a task runner: TASK_RUNNER is '{choice}', and prefect-dask is not installed. "
            "Run: pip install 'prefect-dask==0.3.7'"
        ) from error
    if not cluster:
        return DaskTaskRunner(address=choice)
    workers = {"n_workers": int(cluster[1])} if cluster[1] else {}
    return DaskTaskRunner(cluster_kwargs={**workers, "threads_per_worker": 1, "dashboard_address": None})
