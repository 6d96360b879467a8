"""The shop's orders, every night: MySQL → S3 → mart.orders → Parquet for the analysts."""

from __future__ import annotations

from datetime import date

from prefect import flow

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.task_runner import task_runner_of_environment
from blocks.warehouse import Warehouse
from model.patience import Patience
from model.read_design import read_design
from model.results import Loaded
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load
from pipelines.run_dates import run_dates, run_name
from pipelines.turn import take_turn
from reports.run_report import show_in_prefect
from tasks.verb import masked_errors


@flow(flow_run_name=run_name, task_runner=task_runner_of_environment)
@masked_errors
def orders(
    run_date: date | None = None,
    since: date | None = None,
    until: date | None = None,
    time_zone: str = "UTC",
    keep_files: bool = False,
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Load the shop's orders of a day into mart.orders and export them as Parquet.

    Args:
        run_date: Day whose orders are loaded; left out, the last complete day before the scheduled time.
        since: First day of several, loaded one after the other; with until, instead of run_date.
        until: Day after the last of several.
        time_zone: Zone in which the last complete day ends.
        keep_files: Whether the extracted files stay in the lake.
        patience: How long to wait, how often to try again.
    """
    show_in_prefect()
    take_turn(patience)
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    return [
        load_table(new_load("orders", one, lake, warehouse), lake, warehouse, patience, keep_files)
        for one in planned(run_date, since, until, time_zone)
    ]


def planned(
    run_date: date | None, since: date | None, until: date | None, time_zone: str, **_: object
) -> list[PlannedLoad]:
    """The loads of a run with these parameters.

    Raises: ConfigError for parameters that contradict each other, or a bad design.
    """
    design = read_design("mart.orders")
    return [PlannedLoad.of_day(design, day) for day in run_dates(run_date, since, until, time_zone)]
