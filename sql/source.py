"""What is read of a source table: the condition on the cursor, in the source's own dialect."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from model.load import Load
from model.table_design import DatabaseSource
from model.window import Window

_DIALECTS = {"mysql": mysql.dialect(paramstyle="named"), "postgresql": postgresql.dialect(paramstyle="named")}


def window_condition(load: Load, window: Window, kind: str) -> str:
    """Half-open on the cursor, so that an index on it serves. `kind` is `mysql` or `postgresql`.

    >>> from datetime import date
    >>> from model.read_design import read_design
    >>> load = Load(flow="orders", design=read_design("mart.orders"), run_id="r", run_date=date(2025, 1, 2),
    ...             bucket="lake", iam_role="default")
    >>> print(window_condition(load, load.window, "mysql"))
    order_ts >= '2025-01-02 00:00:00' AND order_ts < '2025-01-03 00:00:00'
    """
    return _render(_condition(load, window), kind)


def select_window(load: Load, kind: str) -> str:
    """The SELECT of a dry run; the real one casts columns to text where only that keeps every digit."""
    source = load.design.source
    assert isinstance(source, DatabaseSource)
    schema, _, table = source.table.rpartition(".")
    rows = sa.table(table, *(sa.column(name) for name in load.design.column_names), schema=schema or None)
    return _render(sa.select(*rows.c).where(_condition(load, load.read_window)), kind)


def _condition(load: Load, window: Window) -> sa.ColumnElement[bool]:
    cursor: sa.ColumnClause = sa.column(load.design.cursor)
    return sa.and_(cursor >= sa.literal(window.since, sa.DateTime()), cursor < sa.literal(window.until, sa.DateTime()))


def _render(clause: sa.ClauseElement, kind: str) -> str:
    return str(clause.compile(dialect=_DIALECTS[kind], compile_kwargs={"literal_binds": True}))
