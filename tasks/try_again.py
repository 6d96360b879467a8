"""Try again what can pass, for many small pieces of work inside one task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from prefect.runtime import flow_run

from model.errors import TransientError
from model.patience import Patience
from model.running import is_ending, sleep
from tasks.verb import logger

Done = TypeVar("Done")


def try_again(work: Callable[[int], Done], patience: Patience) -> Done:
    """What `work` returns; it gets the number of the try, from 0 on.

    Raises: what `work` raises, TransientError only after the last try.
    """
    for number in range(patience.retries):
        try:
            return work(number)
        except TransientError as error:
            if is_ending(flow_run.id):
                raise
            logger().warning("%s Try %d of %d follows.", error, number + 2, patience.retries + 1)
            sleep(flow_run.id, patience.retry_delay_seconds)
    return work(patience.retries)
