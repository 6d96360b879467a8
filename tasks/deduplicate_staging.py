"""Leave one staged row a key: the newest."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.errors import DataError
from model.load import Load
from model.results import Copied, Deduplicated
from sql.staging import deduplicate, key_counts
from tasks.statements import run
from tasks.verb import verb


@verb
def deduplicate_staging(load: Load, warehouse: Warehouse, copied: Copied) -> Deduplicated:
    """Returns what stays and what went. Safe to run again: it then finds nothing to remove.

    Raises: DataError for text keys that end with a blank: the warehouse cannot tell them from those without.
    """
    with warehouse.transaction(f"deduplicate staging of '{load.table}'") as transaction:
        padded, removed = run(transaction, load, key_counts(load)).one()
        if padded:
            raise DataError(
                f"Cannot load '{load.table}' for {load.run_date}: in {padded} rows the key "
                f"({', '.join(load.design.key)}) ends with a blank, which the warehouse does not see. "
                "The target is unchanged. Mend the keys in the source, or choose another key in the design."
            )
        if removed:
            for statement in deduplicate(load):
                run(transaction, load, statement)
    return Deduplicated(row_count=copied.row_count - removed, removed_row_count=removed)
