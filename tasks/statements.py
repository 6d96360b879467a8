"""Statements of a load, run in a transaction of the warehouse."""

from __future__ import annotations

import sqlalchemy as sa

from blocks.warehouse import Transaction
from model.load import Load
from sql.render import tagged


def run(transaction: Transaction, load: Load, statement: sa.ClauseElement) -> sa.CursorResult:
    return transaction.run(tagged(load, statement))
