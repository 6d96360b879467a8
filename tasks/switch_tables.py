"""Let what stands in the shadow schemas take the place of the live tables, all at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from blocks.warehouse import Transaction, Warehouse
from model.errors import DataError, WarehouseError
from model.load import Load
from model.results import Extracted, Switched
from model.work import Work
from sql.alter_table import growth
from sql.create_view import make_view
from sql.ledger import insert_ledger_row, lease_holder, published_by_run
from sql.switch import count_shadow_and_live, create_live, exchange, keep_former, tables_of_schemas
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.former_views import former_views
from tasks.statements import run
from tasks.verb import verb


@verb
def switch_tables(
    work: Work,
    warehouse: Warehouse,
    columns: Mapping[str, Sequence[str]],
    extracted: Mapping[str, Extracted],
    most_shrink_percent: float,
) -> Switched:
    """Returns the tables that have their rows from the shadow now, and those whose former state is kept.

    `columns` are those that the shadow's rows have, by table; `extracted` is what was read of a source, for the ledger.
    One transaction: a reader sees all of the former state, then all of the new, and at no moment anything else.
    Safe to run again: a run that stands in the ledger has switched, and does not put aside its own rows.
    Raises: WarehouseError where a later run has taken a lease; DataError where a table would lose more of its rows.
    """
    first = work.loads[0]
    with warehouse.transaction("look whether the tables are switched") as transaction:
        if run(transaction, _tables(work)[0], published_by_run(_tables(work)[0])).first():
            return Switched(tables=tuple(load.table for load in work.loads), kept=())
    _grow_live(work, warehouse)
    views = [(load, columns_in_warehouse(load, warehouse)[0]) for load in work.loads if load.design.view]
    views = [(view, columns_in_warehouse(view, warehouse)[0]) for view in former_views(work, warehouse)] + views
    schemas = sorted({load.design.schema_name for load in work.loads})
    with warehouse.transaction("switch the tables") as transaction:
        existing = {tuple(row) for row in run(transaction, first, tables_of_schemas(schemas))}
        there = {load.table for load in work.loads if (load.design.schema_name, load.design.table_name) in existing}
        for load in work.loads:
            _check_lease(load, transaction)
        counts = {load.table: _counts(load, transaction, load.table in there) for load in _tables(work)}
        _check_counts(counts, most_shrink_percent)
        for load in _tables(work):
            if load.table in there:
                for statement in keep_former(load):
                    run(transaction, load, statement)
            else:
                run(transaction, load, create_live(load))
            for statement in exchange(load, columns[load.table]):
                run(transaction, load, statement)
            source = extracted.get(load.table)
            dated = load.model_copy(update={"source_bound": source.source_bound}) if source else load
            run(transaction, load, insert_ledger_row(dated, ledger_facts(load, source, *counts[load.table])))
        for load, found in views:
            for statement in make_view(load, found):
                run(transaction, load, statement)
    kept = tuple(load.table for load in _tables(work) if load.table in there)
    return Switched(tables=tuple(load.table for load in work.loads), kept=kept)


def _tables(work: Work) -> list[Load]:
    return [load for load in work.loads if not load.design.view]


def _grow_live(work: Work, warehouse: Warehouse) -> None:
    """Columns that only the new rows have come before the switch: readers see them empty."""
    for load in _tables(work):
        target, _ = columns_in_warehouse(load, warehouse)
        if target and (statements := growth(load.design, target)):
            with warehouse.autocommit(f"alter '{load.table}'") as connection:
                for statement in statements:
                    run(connection, load, statement)


def _check_lease(load: Load, transaction: Transaction) -> None:
    holder = run(transaction, load, lease_holder(load)).scalar()
    if holder != load.run_id:
        raise WarehouseError(
            f"Cannot switch '{load.table}': run {holder} has taken the table over from run {load.run_id}, and what it "
            "loaded would be undone. Nothing was switched. Pause the schedules of these tables, and rebuild again."
        )


def _counts(load: Load, transaction: Transaction, is_live_there: bool) -> tuple[int, int]:
    in_shadow, in_live = run(transaction, load, count_shadow_and_live(load, is_live_there)).one()
    return int(in_shadow), int(in_live)


def _check_counts(counts: Mapping[str, tuple[int, int]], most_shrink_percent: float) -> None:
    shrunk = [
        f"{table} from {in_live} to {in_shadow} rows"
        for table, (in_shadow, in_live) in counts.items()
        if in_shadow * 100 < in_live * (100 - most_shrink_percent)
    ]
    if shrunk:
        raise DataError(
            f"Cannot switch: {', '.join(shrunk)} would shrink by more than {most_shrink_percent:g} % (expected less). "
            "Nothing was switched; the new rows stand in the shadow schemas. Look at them, or allow it by "
            "--most-shrink-percent."
        )


def ledger_facts(load: Load, extracted: Extracted | None, in_shadow: int, in_live: int) -> dict[str, Any]:
    return {
        "manifest": extracted and extracted.manifest_key and load.uri(extracted.manifest_key),
        "extracted_row_count": extracted and extracted.row_count,
        "extracted_size_bytes": extracted.size_bytes if extracted else 0,
        "copied_row_count": in_shadow,
        "inserted_row_count": in_shadow,
        "updated_row_count": 0,
        "unchanged_row_count": 0,
        "deleted_row_count": in_live,
        "target_row_count": in_shadow,
        "checks": load.checks,
    }
