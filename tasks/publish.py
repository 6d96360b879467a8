"""Bring the staged rows into the target, and the row that speaks of them into the ledger, in one transaction."""

from __future__ import annotations

from blocks.warehouse import Transaction, Warehouse
from model.errors import WarehouseError
from model.load import Load
from model.results import Copied, Extracted, Published
from sql.ledger import insert_ledger_row, lease_holder, published_by_run
from sql.publish import arrival, count_arriving, delete_unchanged, is_merged, removals
from sql.unload import target_row_count
from tasks.statements import changed_row_count, run
from tasks.verb import verb


@verb
def publish(load: Load, warehouse: Warehouse, extracted: Extracted, copied: Copied) -> Published:
    """Returns what changed in the target.

    Safe to run again: a run that stands in the ledger has published, and is not published twice.
    Raises: WarehouseError where a later run has taken the lease on the table.
    """
    # In a transaction of its own: one that reads the ledger and adds to it conflicts with those of other tables.
    with warehouse.transaction(f"look whether '{load.table}' is published") as transaction:
        if done := run(transaction, load, published_by_run(load)).mappings().first():
            return Published(**done)
    with warehouse.transaction(f"publish '{load.table}' for {load.run_date}") as transaction:
        _check_lease(load, transaction)
        deleted = sum(changed_row_count(transaction, load, removal) for removal in removals(load))
        unchanged = changed_row_count(transaction, load, delete_unchanged(load)) if is_merged(load) else 0
        staged, met = run(transaction, load, count_arriving(load)).one()
        run(transaction, load, arrival(load))
        published = Published(
            inserted_row_count=staged - met,
            updated_row_count=met,
            unchanged_row_count=unchanged,
            deleted_row_count=deleted,
            target_row_count=run(transaction, load, target_row_count(load)).scalar_one(),
        )
        facts = published.model_dump() | {
            "manifest": extracted.manifest_key and load.uri(extracted.manifest_key),
            "extracted_row_count": extracted.row_count,
            "extracted_size_bytes": copied.size_bytes,
            "copied_row_count": copied.row_count,
            "checks": load.checks,
        }
        run(transaction, load, insert_ledger_row(load, facts))
    return published


def _check_lease(load: Load, transaction: Transaction) -> None:
    holder = run(transaction, load, lease_holder(load)).scalar()
    if holder != load.run_id:
        raise WarehouseError(
            f"Cannot publish '{load.table}' for {load.run_date}: run {holder} has taken the table over from run "
            f"{load.run_id}. Nothing was published. Run that date again when no other run works on this table."
        )
