"""Loads that do not wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from model.errors import LoadError
from model.load import Load
from model.results import Loaded
from pipelines.wait_for_all import wait_for_all


def side_by_side(name: str, work: Callable[[Load], Loaded], loads: Sequence[Load]) -> list[Loaded]:
    """What each load did, in their order. One that fails stops none of the others.

    Raises: an error of the first failure's class, with all causes.
    """

    @task(name=name, task_run_name=name + " {load.table}", cache_policy=NO_CACHE)
    def one(load: Load) -> Loaded:
        return work(load)

    if not loads:
        return []
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=len(loads))
    with runner:
        futures: list[PrefectFuture[Loaded]] = [runner.submit(one, {"load": load}) for load in loads]
        # The end of the block would cancel what still waits.
        wait_for_all(futures)
    done = [future.state.result(raise_on_failure=False) for future in futures]
    raise_failures([one for one in done if isinstance(one, BaseException)])
    return [one for one in done if isinstance(one, Loaded)]


def raise_failures(errors: Sequence[BaseException]) -> None:
    """Raises: an error of the first one's class, with the texts of all; nothing where there is none.

    An error that this project does not word is raised as it is.
    """
    for error in errors:
        if not isinstance(error, LoadError):
            raise error
    if errors:
        raise type(errors[0])("\n".join(map(str, errors))) from errors[0]
