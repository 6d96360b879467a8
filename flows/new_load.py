"""The load of one table and day, by the flow run that is going on."""

from __future__ import annotations

from datetime import date

from prefect.runtime import flow_run

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import Load
from model.table_design import TableDesign
from model.window import Window


def new_load(
    flow: str, design: TableDesign, run_date: date, lake: Lake, warehouse: Warehouse, is_full: bool = False
) -> Load:
    """Of the day `run_date`, or of the whole table. Outside a run (a dry run) the run's id is `dry-run`."""
    return Load(
        flow=flow,
        design=design,
        run_id=flow_run.id or "dry-run",
        run_date=run_date,
        window=None if is_full or design.load == "replace" else Window.of_day(run_date),
        bucket=lake.name,
        iam_role=warehouse.iam_role,
    )
