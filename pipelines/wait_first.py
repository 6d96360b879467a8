"""What a run of many tables waits for before anything is at work in it, so that it can wait without its process."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import Load
from model.patience import Patience
from model.table_design import FileSource
from pipelines.patiently import patiently
from tasks.wait import deployment_id, or_release
from tasks.wait_for_files import look_for_files
from tasks.wait_for_warehouse import wait_for_warehouse


def wait_first(loads: Sequence[Load], warehouse: Warehouse, patience: Patience) -> None:
    """Returns when the warehouse takes statements."""
    or_release(patiently(patience)(wait_for_warehouse)(loads[0], warehouse, patience))


def wait_for_delivery(loads: Sequence[Load], lake: Lake, patience: Patience) -> None:
    """Returns when there are files for each load that takes some, or the time for it is over; its own step says so.

    A run that is no deployment's waits in that step, once.
    """
    if deployment_id() is None:
        return
    for load in loads:
        if isinstance(load.design.source, FileSource):
            or_release(patiently(patience)(look_for_files)(load, lake, patience))
