"""What all tasks have in common: timed, reported, named by table and date, retried only for causes that can pass."""

from __future__ import annotations

import functools
import inspect
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError
from prefect.tasks import Task

from model.errors import LoadError, TransientError
from model.load import Load
from model.masking import masked
from model.results import Result
from model.running import is_ending, spared
from model.work import Work

P = ParamSpec("P")
R = TypeVar("R", bound=Result)
A = ParamSpec("A")
V = TypeVar("V")
L = TypeVar("L", bound=Load | Work)

# What tidies up after a run that is ended.
_LAST = ("record_failure", "clean_up", "clear_shadow")


@dataclass(frozen=True)
class Report:
    """What a step tells while it works (`result` None) and when it is done."""

    step: str
    load: Load | Work
    seconds: float
    row_count: int = 0
    size_bytes: int = 0
    result: Result | None = None


listeners: list[Callable[[Report], None]] = []


def report(said: Report) -> None:
    for listen in listeners:
        listen(said)


def is_transient(_task: object, task_run: Any, state: Any) -> bool:
    """Whether a failed task may be tried again."""
    is_ended = is_ending(str(task_run.flow_run_id))
    return not is_ended and isinstance(state.result(raise_on_failure=False), TransientError)


def told(function: Callable[Concatenate[L, P], R]) -> Callable[Concatenate[L, P], R]:
    """The function, whose first argument is what it works on, timed and reported."""
    name = function.__name__

    @functools.wraps(function)
    def reported(load: L, *args: P.args, **kwargs: P.kwargs) -> R:
        started = time.monotonic()
        report(Report(name, load, 0.0))
        is_last = name in _LAST
        if is_ending(load.run_id) and not is_last:
            raise LoadError(f"Cannot begin {name} of '{load.table}': the run is ended from outside. Run it again.")
        with _masked_error(), spared() if is_last else nullcontext():
            result = function(load, *args, **kwargs)
        seconds = time.monotonic() - started
        report(Report(name, load, seconds, result=result))
        logger().info("%s %s %s: %s in %.1f s", name, load.table, load.window, result, seconds)
        return result

    return reported


@contextmanager
def _masked_error() -> Iterator[None]:
    """Raises: the error in other words, where its own hold a secret: Prefect keeps them as the state of the run."""
    try:
        yield
    except Exception as error:
        if (shown := masked(str(error))) == str(error):
            raise
        if isinstance(error, LoadError):
            raise type(error)(shown) from None
        raise LoadError(f"{type(error).__name__}: {shown}") from None


def masked_errors(function: Callable[A, V]) -> Callable[A, V]:
    """The function of a flow, which raises no error with a secret in its words; those of verbs are masked already."""

    @functools.wraps(function)
    def masking(*args: A.args, **kwargs: A.kwargs) -> V:
        with _masked_error():
            return function(*args, **kwargs)

    # Prefect would look for the types' names in this module.
    masking.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    return masking


def verb(function: Callable[Concatenate[L, P], R]) -> Task[Concatenate[L, P], R]:
    """A Prefect task of `function`, whose first argument is the load, or the work on several tables.

    Nothing is cached: each verb says itself why running it again is safe.
    """
    name, first = function.__name__, next(iter(inspect.signature(function).parameters))
    as_task = task(
        name=name,
        task_run_name=f"{name} {{{first}.table}} {{{first}.run_date}}",
        cache_policy=NO_CACHE,
        retry_condition_fn=is_transient,
    )
    return as_task(told(function))


def logger() -> logging.Logger | logging.LoggerAdapter:
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger(__name__)
