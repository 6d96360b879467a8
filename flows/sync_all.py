"""Many tables of warehouse/ side by side; one that fails stops none of the others."""

from __future__ import annotations

from datetime import date

from prefect import flow
from pydantic import PositiveInt

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.task_runner import task_runner_of_environment
from blocks.warehouse import Warehouse
from model.choose_tables import choose_tables, without_other_flows
from model.patience import Patience
from model.read_design import read_design, table_names
from model.results import Loaded
from pipelines.new_load import PlannedLoad, new_load
from pipelines.run_dates import run_dates, run_name
from pipelines.tables_in_order import build_in_order
from pipelines.turn import take_turn
from pipelines.wait_first import wait_first
from reports.outcomes import refuse_failures, show_outcomes
from reports.run_report import show_in_prefect
from tasks.verb import masked_errors


@flow(flow_run_name=run_name, task_runner=task_runner_of_environment)
@masked_errors
def sync_all(
    tables: tuple[str, ...] = ("*",),
    run_date: date | None = None,
    full_refresh: bool = False,
    time_zone: str = "UTC",
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Load all tables that match a pattern, as warehouse/<schema>/<table>.yaml says of each.

    Args:
        tables: Names or patterns of tables, such as shop.*; those with a flow of their own only by name.
        run_date: Day whose rows are loaded; left out, the last complete day before the scheduled time.
        full_refresh: Whether all rows of the sources replace the targets, whatever the designs' methods are.
        time_zone: Zone in which the last complete day ends.
        max_parallel: Most tables that are loaded side by side.
        patience: How long to wait, how often to try again.
    """
    show_in_prefect()
    take_turn(patience)
    chosen = planned(tables, run_date, full_refresh, time_zone)
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    loads = [new_load("sync_all", one, lake, warehouse) for one in chosen]
    wait_first(loads, warehouse, patience)
    outcomes, loaded = build_in_order(loads, lake, warehouse, patience, max_parallel)
    show_outcomes("sync_all", outcomes)
    refuse_failures("sync_all", outcomes)
    return loaded


def planned(
    tables: tuple[str, ...], run_date: date | None, full_refresh: bool, time_zone: str, **_: object
) -> list[PlannedLoad]:
    """The loads of a run with these parameters.

    Raises: ConfigError for a pattern that matches nothing, with near matches, or any bad design.
    """
    designs = without_other_flows([read_design(name) for name in choose_tables(tables, table_names())], tables)
    [day] = run_dates(run_date, None, None, time_zone)
    return [PlannedLoad.of_day(design, day, is_full=full_refresh) for design in designs]
