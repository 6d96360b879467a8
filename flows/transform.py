"""The tables that the warehouse makes itself, in the order in which they read each other."""

from __future__ import annotations

from datetime import date

from prefect import flow
from pydantic import PositiveInt

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.choose_tables import choose_tables, without_other_flows
from model.dependencies import in_order
from model.patience import Patience
from model.read_design import read_transformation, transformation_names
from model.results import Loaded
from pipelines.new_load import PlannedLoad, new_load
from pipelines.run_dates import run_dates, run_name
from pipelines.tables_in_order import build_in_order
from pipelines.turn import take_turn
from pipelines.wait_first import wait_first
from reports.outcomes import refuse_failures, show_outcomes
from reports.run_report import show_in_prefect
from tasks.verb import masked_errors


@flow(flow_run_name=run_name)
@masked_errors
def transform(
    tables: tuple[str, ...] = ("mart.*",),
    run_date: date | None = None,
    time_zone: str = "UTC",
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Build the tables that are made by a .sql file, each one after those that it reads.

    Args:
        tables: Names or patterns of tables with a .sql file; those with a flow of their own only by name.
        run_date: Date that names the run in the ledger and in the exports; left out, the last complete day.
        time_zone: Zone in which the last complete day ends.
        max_parallel: Most tables that are built side by side.
        patience: How long to wait, how often to try again.
    """
    show_in_prefect()
    take_turn(patience)
    chosen = planned(tables, run_date, time_zone)
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    loads = [new_load("transform", one, lake, warehouse) for one in chosen]
    wait_first(loads, warehouse, patience)
    outcomes, built = build_in_order(loads, lake, warehouse, patience, max_parallel)
    show_outcomes("transform", outcomes)
    refuse_failures("transform", outcomes)
    return built


def planned(tables: tuple[str, ...], run_date: date | None, time_zone: str, **_: object) -> list[PlannedLoad]:
    """The transformations of a run with these parameters, each one behind those that it reads.

    Raises: ConfigError for a pattern that matches none, a bad file, a cycle.
    """
    chosen = [read_transformation(name) for name in choose_tables(tables, transformation_names())]
    transformations = in_order(without_other_flows(chosen, tables))
    [day] = run_dates(run_date, None, None, time_zone)
    return [PlannedLoad.of_day(transformation, day) for transformation in transformations]
