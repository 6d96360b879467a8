"""What is read of a source table: the condition on the cursor, in the source's own dialect."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from model.dump import DumpRange
from model.load import Load
from model.table_design import Column, DatabaseSource

_POSTGRES = postgresql.dialect(paramstyle="named")
_POSTGRES._backslash_escapes = False  # standard_conforming_strings
_DIALECTS = {"mysql": mysql.dialect(paramstyle="named"), "postgresql": _POSTGRES}


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
    return None if condition is None else render_for(condition, kind)


def select_window(load: Load, kind: str) -> str:
    """The SELECT of a dry run; the real one casts columns to text where only that keeps every digit."""
    rows = source_rows(load)
    condition = _condition(load)
    return render_for(sa.select(*rows.c).where(*([] if condition is None else [condition])), kind)


def _condition(load: Load) -> sa.ColumnElement[bool] | None:
    window = load.read_window
    if window is None or load.design.cursor is None:
        return None
    cursor = _named(load.design.column(load.design.cursor))
    since, until = (sa.literal(moment, sa.DateTime()) for moment in (window.since, window.until))
    is_inside = sa.and_(cursor >= since, cursor < until)
    return sa.or_(is_inside, cursor.is_(None)) if load.reads_null_cursor else is_inside


def null_cursor_count(load: Load, kind: str) -> str:
    """One row: the rows of the source whose cursor is NULL; an index on it serves."""
    assert load.design.cursor
    cursor = _named(load.design.column(load.design.cursor))
    return render_for(sa.select(sa.func.count()).select_from(source_rows(load)).where(cursor.is_(None)), kind)


def key_limits(load: Load, key: str, kind: str) -> str:
    """One row: the lowest and the highest key of the rows that the load reads; an index serves where that is all."""
    rows, condition = source_rows(load), _condition(load)
    limits = sa.select(sa.func.min(rows.c[key]), sa.func.max(rows.c[key]))
    return render_for(limits if condition is None else limits.where(condition), kind)


def range_condition(key: str, within: DumpRange, kind: str) -> str | None:
    """The rows of a range, for which an index on the key serves, as the source names it; None: all rows.

    A key that is NULL belongs to the first range: what is wrong with it is told where the rows are validated.

    >>> range_condition("id", DumpRange(number=1, first=10, before=20), "mysql")
    'id >= 10 AND id < 20'
    >>> range_condition("id", DumpRange(number=0, first=None, before=10), "mysql")
    'id < 10 OR id IS NULL'
    """
    column: sa.ColumnClause = sa.column(key)
    limits = [] if within.first is None else [column >= within.first]
    limits += [] if within.before is None else [column < within.before]
    if not limits:
        return None
    return render_for(sa.and_(*limits) if within.first is not None else sa.or_(*limits, column.is_(None)), kind)


def source_rows(load: Load) -> sa.TableClause:
    """The source's table with the columns of the design: found by its names for them, written as the source's."""
    source = load.design.source
    assert isinstance(source, DatabaseSource)
    schema, _, table = source.table.rpartition(".")
    return sa.table(table, *map(_named, load.design.columns), schema=schema or None)


def _named(column: Column) -> sa.ColumnClause:
    """Written as the source has it: PostgreSQL folds a name without quotes, MySQL does not care for case."""
    named: sa.ColumnClause = sa.column(column.source_name)
    named.key = column.name
    return named


def render_for(clause: sa.ClauseElement, kind: str) -> str:
    """The statement as a source of that kind gets it, literals in place."""
    return str(clause.compile(dialect=_DIALECTS[kind], compile_kwargs={"literal_binds": True}))
