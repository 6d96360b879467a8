"""Statements of a load, run in a transaction of the warehouse."""

from __future__ import annotations

import sqlalchemy as sa

from blocks.warehouse import Transaction
from model.errors import WarehouseError
from model.load import Load
from sql.render import render, tagged


def run(transaction: Transaction, load: Load, statement: sa.ClauseElement) -> sa.CursorResult:
    return transaction.run(tagged(load, statement))


def changed_row_count(transaction: Transaction, load: Load, statement: sa.Delete) -> int:
    """Runs it and returns how many rows it deleted, as the warehouse says at its end.

    Raises: WarehouseError where the warehouse or its driver does not say.
    """
    count = run(transaction, load, statement).rowcount
    if count < 0:
        raise WarehouseError(
            f"Cannot count what '{render(statement).splitlines()[0]}' changed: the driver says {count} "
            "(expected a number of rows). Use redshift+redshift_connector or redshift+psycopg2 in the block."
        )
    return count
