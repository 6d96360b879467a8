"""Take the rows that the source marks as deleted out of staging; keep their keys for the publish."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import Load
from model.results import DeletesFound
from sql.staging import marked_count, set_aside_marked
from tasks.statements import run
from tasks.verb import verb


@verb
def set_aside_deleted(load: Load, warehouse: Warehouse) -> DeletesFound:
    """Returns how many staged rows were marked. Safe to run again: it then finds none.

    It comes after the deduplication: the newest version of a row says whether it is deleted.
    """
    with warehouse.transaction(f"set deleted rows of '{load.table}' aside") as transaction:
        found = run(transaction, load, marked_count(load)).scalar_one()
        if found:
            for statement in set_aside_marked(load):
                run(transaction, load, statement)
    return DeletesFound(row_count=found)
