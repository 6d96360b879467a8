"""What is read of a source table: the condition on the cursor, in the source's own dialect."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from model.load import Load
from model.table_design import DatabaseSource

_DIALECTS = {"mysql": mysql.dialect(paramstyle="named"), "postgresql": postgresql.dialect(paramstyle="named")}


def window_condition(load: Load, kind: str) -> str | None:
    """Half-open on the cursor, so that an index on it serves; None: every row. `kind` is mysql or postgresql.

    >>> from datetime import date
    >>> from model.read_design import read_design
    >>> from model.window import Window
    >>> load = Load(flow="orders", design=read_design("mart.orders"), run_id="r", run_date=date(2025, 1, 2),
    ...             window=Window.of_day(date(2025, 1, 2)), bucket="lake", iam_role="default")
    >>> print(window_condition(load, "mysql"))
    order_ts >= '2025-01-01 00:00:00' AND order_ts < '2025-01-03 00:00:00'
    """
    condition = _condition(load)
    return None if condition is None else _render(condition, kind)


def select_window(load: Load, kind: str) -> str:
    """The SELECT of a dry run; the real one casts columns to text where only that keeps every digit."""
    source = load.design.source
    assert isinstance(source, DatabaseSource)
    schema, _, table = source.table.rpartition(".")
    rows = sa.table(table, *(sa.column(name) for name in load.design.column_names), schema=schema or None)
    condition = _condition(load)
    return _render(sa.select(*rows.c).where(*([] if condition is None else [condition])), kind)


def _condition(load: Load) -> sa.ColumnElement[bool] | None:
    window = load.read_window
    if window is None or load.design.cursor is None:
        return None
    cursor: sa.ColumnClause = sa.column(load.design.cursor)
    since, until = (sa.literal(moment, sa.DateTime()) for moment in (window.since, window.until))
    return sa.and_(cursor >= since, cursor < until)


def _render(clause: sa.ClauseElement, kind: str) -> str:
    return str(clause.compile(dialect=_DIALECTS[kind], compile_kwargs={"literal_binds": True}))
