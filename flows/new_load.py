"""The load of one table and day, by the flow run that is going on."""

from __future__ import annotations

from datetime import date

from prefect.runtime import flow_run

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import Load
from model.table_design import TableDesign


def new_load(flow: str, design: TableDesign, run_date: date, lake: Lake, warehouse: Warehouse) -> Load:
    """Outside a run (a dry run) the run's id is `dry-run`."""
    return Load(
        flow=flow,
        design=design,
        run_id=flow_run.id or "dry-run",
        run_date=run_date,
        bucket=lake.name,
        iam_role=warehouse.iam_role,
    )
