"""The loads of a flow run: planned from parameters, made when blocks are at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from prefect.runtime import flow_run

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import Load
from model.table_design import TableDesign
from model.window import Window


@dataclass(frozen=True)
class PlannedLoad:
    """What is to be loaded: a table and the date that names the load; `window` None is the whole table.

    `only_checks`: nothing is loaded, the target is checked. `defers_checks`: the flow checks the target later.
    """

    design: TableDesign
    run_date: date
    window: Window | None
    only_checks: bool = False
    defers_checks: bool = False

    @classmethod
    def of_day(cls, design: TableDesign, run_date: date, is_full: bool = False) -> PlannedLoad:
        is_whole = is_full or design.load == "replace"
        return cls(design, run_date, None if is_whole else Window.of_day(run_date))


def new_load(flow: str, planned: PlannedLoad, lake: Lake, warehouse: Warehouse | None) -> Load:
    """The load, by the flow run that is going on; outside a run (a dry run) its id is `dry-run`.

    `warehouse` is None where the run only reads a source.
    """
    return Load(
        flow=flow,
        design=planned.design,
        run_id=flow_run.id or "dry-run",
        run_date=planned.run_date,
        window=planned.window,
        only_checks=planned.only_checks,
        defers_checks=planned.defers_checks,
        bucket=lake.name,
        iam_role=warehouse.iam_role if warehouse else "default",
        slice_count=warehouse.slice_count if warehouse else 1,
        started_at=datetime.now(UTC).replace(tzinfo=None) if flow_run.id else None,
    )
