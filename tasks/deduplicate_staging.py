"""Leave one staged row a key: the newest."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import Load
from model.results import Copied, Deduplicated
from sql.staging import deduplicate, duplicate_count
from tasks.statements import run
from tasks.verb import verb


@verb
def deduplicate_staging(load: Load, warehouse: Warehouse, copied: Copied) -> Deduplicated:
    """Returns what stays and what went. Safe to run again: it then finds nothing to remove."""
    with warehouse.transaction(f"deduplicate staging of '{load.table}'") as transaction:
        removed = run(transaction, load, duplicate_count(load)).scalar_one()
        if removed:
            for statement in deduplicate(load):
                run(transaction, load, statement)
    return Deduplicated(row_count=copied.row_count - removed, removed_row_count=removed)
