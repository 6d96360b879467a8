"""The declared checks of many tables, on what readers see now; nothing is loaded."""

from __future__ import annotations

from datetime import date

from prefect import flow

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.choose_tables import choose_tables
from model.errors import ConfigError, DataError, LoadError
from model.patience import Patience
from model.read_design import declared_names, read_any_design
from model.results import ChecksRun
from pipelines.new_load import PlannedLoad, new_load
from pipelines.patiently import patiently
from pipelines.run_dates import run_dates, run_name
from reports.checks import show_checks
from tasks.run_checks import run_checks
from tasks.wait import or_release
from tasks.wait_for_warehouse import wait_for_warehouse


@flow(flow_run_name=run_name)
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
    patient = patiently(patience)
    or_release(patient(wait_for_warehouse)(loads[0], warehouse, patience))
    states = [patient(run_checks)(load, warehouse, "target", return_state=True) for load in loads]
    results = [state.result(raise_on_failure=False) for state in states]
    done = [one for one in results if isinstance(one, ChecksRun)]
    show_checks(done)
    _refuse_failures([one for one in results if isinstance(one, BaseException)])
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


def _refuse_failures(errors: list[BaseException]) -> None:
    """Raises: of the first failure's class, where a check failed, or could not be run."""
    if errors:
        kind = next((type(error) for error in errors if isinstance(error, LoadError)), DataError)
        raise kind("\n".join(str(error) for error in errors)) from errors[0]
