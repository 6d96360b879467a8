"""The declared checks of many tables, on what readers see now; nothing is loaded."""

from __future__ import annotations

from datetime import date

from prefect import flow

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.choose_tables import choose_tables
from model.errors import ConfigError
from model.patience import Patience
from model.read_design import declared_names, read_any_design
from model.results import ChecksRun
from pipelines.check_tables import check_tables
from pipelines.new_load import PlannedLoad, new_load
from pipelines.patiently import patiently
from pipelines.run_dates import run_dates, run_name
from pipelines.side_by_side import raise_failures
from reports.checks import show_checks
from tasks.verb import masked_errors
from tasks.wait import or_release
from tasks.wait_for_warehouse import wait_for_warehouse


@flow(flow_run_name=run_name)
@masked_errors
def check(
    tables: tuple[str, ...] = ("*",),
    run_date: date | None = None,
    time_zone: str = "UTC",
    patience: Patience = Patience(),
) -> list[ChecksRun]:
    """Run the declared checks of tables alone, on all rows that they hold.

    Args:
        tables: Names or patterns of tables, such as mart.*; those without checks are left out.
        run_date: Date that names the run among the results; left out, the last complete day.
        time_zone: Zone in which the last complete day ends.
        patience: How long to wait, how often to try again.
    """
    lake, warehouse = load_block(Lake, "lake"), load_block(Warehouse, "warehouse")
    loads = [new_load("check", one, lake, warehouse) for one in planned(tables, run_date, time_zone)]
    or_release(patiently(patience)(wait_for_warehouse)(loads[0], warehouse, patience))
    done, failures = check_tables(loads, warehouse, patience)
    show_checks(done)
    raise_failures(failures)
    return done


def planned(tables: tuple[str, ...], run_date: date | None, time_zone: str, **_: object) -> list[PlannedLoad]:
    """The tables that match and declare checks.

    Raises: ConfigError for a pattern that matches nothing, a bad design, or where none declares a check.
    """
    [day] = run_dates(run_date, None, None, time_zone)
    designs = [read_any_design(name) for name in choose_tables(tables, declared_names())]
    checked = [PlannedLoad(design, day, None, only_checks=True) for design in designs if design.checks]
    if not checked:
        raise ConfigError(
            f"Cannot check '{' '.join(tables)}': none of {len(designs)} tables declares checks (expected checks: in "
            "one of the designs)."
        )
    return checked
