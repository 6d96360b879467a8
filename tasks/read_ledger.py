"""Read the ledger of loads; for those who ask about loads without making one."""

from __future__ import annotations

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from sql.ledger import existing_ledger
from sql.render import render


def read_ledger(warehouse: Warehouse, statement: sa.Select) -> list[sa.Row]:
    """The rows; none where nothing was ever loaded, so that there is no ledger.

    Raises: what Warehouse.transaction raises.
    """
    with warehouse.transaction("read the ledger of loads") as transaction:
        rows: list[sa.Row] = []
        if transaction.run(render(existing_ledger())).first():
            rows = list(transaction.run(f"/* ledger */ {render(statement)}"))
    warehouse.release()
    return rows
