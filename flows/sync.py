"""Any table of warehouse/, any day: from its source through S3 into the warehouse, as its design says."""

from __future__ import annotations

from datetime import date

from prefect import flow
from prefect.runtime import flow_run

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


def _run_name() -> str:
    return run_name().replace("sync", f"sync {flow_run.parameters.get('table')}", 1)


@flow(flow_run_name=_run_name, task_runner=task_runner_of_environment)
@masked_errors
def sync(
    table: str,
    run_date: date | None = None,
    full_refresh: bool = False,
    time_zone: str = "UTC",
    keep_files: bool = False,
    patience: Patience = Patience(),
) -> Loaded:
    """Load one table, as warehouse/<schema>/<table>.yaml says.

    Args:
        table: The table in the warehouse, as schema.table.
        run_date: Day whose rows are loaded; left out, the last complete day before the scheduled time.
        full_refresh: Whether all rows of the source replace the target, whatever the design's method is.
        time_zone: Zone in which the last complete day ends.
        keep_files: Whether the extracted files stay in the lake.
        patience: How long to wait, how often to try again.
    """
    show_in_prefect()
    take_turn(patience)
    [one] = planned(table, run_date, full_refresh, time_zone)
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    return load_table(new_load("sync", one, lake, warehouse), lake, warehouse, patience, keep_files)


def planned(table: str, run_date: date | None, full_refresh: bool, time_zone: str, **_: object) -> list[PlannedLoad]:
    """The load of a run with these parameters.

    Raises: ConfigError for an unknown table, with near matches, or a bad design.
    """
    design = read_design(table)
    [day] = run_dates(run_date, None, None, time_zone)
    return [PlannedLoad.of_day(design, day, is_full=full_refresh)]
