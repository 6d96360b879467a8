"""Order after accidents: runs that are lost, and what killed runs have left in the warehouse and in the lake."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import flow
from prefect.runtime import flow_run
from pydantic import NonNegativeFloat, PositiveInt

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.results import Swept
from model.work import Work
from pipelines.new_load import PlannedLoad
from reports.sweep import show_sweep
from tasks.crash_silent_runs import crash_silent_runs
from tasks.sweep_lake import sweep_lake
from tasks.sweep_warehouse import sweep_warehouse
from tasks.verb import masked_errors


@flow
@masked_errors
def maintenance(
    silent_seconds: PositiveInt = 300, older_than_hours: NonNegativeFloat = 24, only_report: bool = False
) -> Swept:
    """Crash flow runs whose machine is lost; clear staging tables, leases and files of dead runs.

    Args:
        silent_seconds: After so many seconds without a heartbeat a run is taken for lost.
        older_than_hours: What dead runs have left is cleared when it is older; extracted files that were kept, too.
        only_report: Whether all stays as it is, and is only told.
    """
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    work = Work(
        name="maintenance", flow="maintenance", run_id=flow_run.id or "", run_date=datetime.now(UTC).date(), loads=()
    )
    older_than_seconds = older_than_hours * 3600
    # First the runs: what Prefect takes for running keeps its tables and files.
    crashed = crash_silent_runs(work, silent_seconds, only_report)
    in_warehouse = sweep_warehouse(work, warehouse, older_than_seconds, only_report)
    in_lake = sweep_lake(work, lake, older_than_seconds, only_report)
    swept = in_warehouse.model_copy(update={"prefixes": in_lake.prefixes})
    show_sweep(crashed, swept, only_report)
    return swept


def planned(**_: object) -> list[PlannedLoad]:
    """It loads nothing; `only_report` is its dry run."""
    return []
