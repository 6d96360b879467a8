"""Program: loads tables again and again, and ends each run by SIGKILL when the next of the table's steps has ended.

    python -m tests.flows.killed_steps FOLDER DAY mart.item:create_target,publish mart.total:build_table

The tables of FOLDER go side by side. No Prefect around the steps: that a run is gone it learns from nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from flows import sync, transform
from model.patience import Patience
from pipelines import extract_rows, load_table, transform_table
from pipelines.new_load import new_load
from tasks.verb import Report, listeners
from tests.flows.declared import declare


def in_child(work: Callable[[], None]) -> int:
    """The pid of a process that does the work."""
    if pid := os.fork():
        return pid
    try:
        work()
    finally:
        os._exit(1)


def load(table: str, day: date, last_step: str) -> None:
    def die(said: Report) -> None:
        if said.step == last_step and said.result is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    listeners.append(die)
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    is_made = table in transform.transformation_names()
    planned = transform.planned((table,), day, "UTC") if is_made else sync.planned(table, day, False, "UTC")
    run = {"run_id": str(uuid4()), "started_at": datetime.now(UTC).replace(tzinfo=None)}
    one = new_load("sync", planned[0], lake, warehouse).model_copy(update=run)
    if is_made:
        transform_table.transform_table(one, lake, warehouse, Patience())
    else:
        load_table.load_table(one, lake, warehouse, Patience(), keep_files=False)


def load_to_each(table: str, day: date, steps: list[str]) -> None:
    for step in steps:
        _, status = os.waitpid(in_child(lambda step=step: load(table, day, step)), 0)
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            print(f"{table} was not killed after {step}", file=sys.stderr, flush=True)
            os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    folder, run_date = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
    patch = pytest.MonkeyPatch()
    declare(folder, patch)
    for pipeline in (load_table, extract_rows, transform_table):
        patch.setattr(pipeline, "patiently", lambda _: lambda verb: verb.fn)
    patch.setattr("tasks.run_checks.keep_table", lambda *_, **__: None)
    children = []
    for argument in sys.argv[3:]:
        name, _, listed = argument.partition(":")
        children.append(in_child(lambda name=name, listed=listed: load_to_each(name, run_date, listed.split(","))))
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
