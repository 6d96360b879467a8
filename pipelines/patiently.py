"""Verbs that are tried again as the run's patience says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect.tasks import Task

from model.patience import Patience


def patiently(patience: Patience) -> Callable[[Task[..., Any]], Callable[..., Any]]:
    """Returns what gives a verb its retries."""

    def patient(verb: Task[..., Any]) -> Callable[..., Any]:
        return verb.with_options(retries=patience.retries, retry_delay_seconds=patience.retry_delay_seconds)

    return patient
