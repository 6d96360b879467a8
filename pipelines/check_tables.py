"""The checks of tables that are there; one that fails stops none of the others."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.warehouse import Warehouse
from model.load import Load
from model.patience import Patience
from model.results import ChecksRun
from pipelines.patiently import patiently
from tasks.run_checks import run_checks


def check_tables(
    loads: Sequence[Load], warehouse: Warehouse, patience: Patience
) -> tuple[list[ChecksRun], list[BaseException]]:
    """What the checks of each target found, and the errors of those that failed or could not be run."""
    states = [patiently(patience)(run_checks)(load, warehouse, "target", return_state=True) for load in loads]
    done = [state.result(raise_on_failure=False) for state in states]
    failures = [one for one in done if isinstance(one, BaseException)]
    return [one for one in done if isinstance(one, ChecksRun)], failures
