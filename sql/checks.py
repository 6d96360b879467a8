"""Declared checks as statements: what they find, the rows that break them, and where their results are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from model.check import (
    AcceptedValues,
    Check,
    Freshness,
    NotNull,
    Range,
    References,
    RowCount,
    Sql,
    Stage,
    Unique,
)
from model.load import Load
from model.query import columns_that_show
from model.results import CheckResult
from sql.ledger import FAILED, LEDGER_SCHEMA, LOADED, loads
from sql.staging import is_read
from sql.tables import staging_table, target_table

MASK = "***"
_MOST_ROWS = 5
_NUMBERS = ("SMALLINT", "INTEGER", "BIGINT", "DECIMAL", "REAL", "DOUBLE PRECISION")
_SHORT, _LONG = 1024, 16_384

# One row per check of a run; at is UTC by the clock of the warehouse.
check_results = sa.Table(
    "check_results",
    sa.MetaData(schema=LEDGER_SCHEMA),
    sa.Column("table_name", sa.VARCHAR(255), nullable=False),
    sa.Column("run_id", sa.VARCHAR(64), nullable=False),
    sa.Column("flow", sa.VARCHAR(127), nullable=False),
    sa.Column("run_date", sa.DATE, nullable=False),
    sa.Column("check_name", sa.VARCHAR(_SHORT), nullable=False),
    sa.Column("kind", sa.VARCHAR(32), nullable=False),
    sa.Column("severity", sa.VARCHAR(8), nullable=False),
    # staged: the run's rows before the publish; target: the table after it.
    sa.Column("stage", sa.VARCHAR(8), nullable=False),
    sa.Column("state", sa.VARCHAR(8), nullable=False),
    sa.Column("expected", sa.VARCHAR(_SHORT), nullable=False),
    sa.Column("found", sa.VARCHAR(_SHORT), nullable=False),
    sa.Column("statement", sa.VARCHAR(_LONG), nullable=False),
    # Up to five that break the check: a JSON list of objects.
    sa.Column("offending_rows", sa.VARCHAR(_LONG), nullable=False),
    sa.Column("at", sa.TIMESTAMP, nullable=False),
    redshift_diststyle="ALL",
    redshift_sortkey=["table_name", "at"],
)


class RowsOf(Executable, sa.ClauseElement):
    """The first rows of a SELECT that people wrote; or, with `most` None, all of them: its text as it is.

    >>> from sql.render import render
    >>> print(render(RowsOf("SELECT '5 % :x' AS a -- note", 5)))
    SELECT * FROM (
    SELECT '5 % :x' AS a -- note
    ) AS found LIMIT 5
    """

    inherit_cache = False

    def __init__(self, query: str, most: int | None) -> None:
        self.query = query
        self.most = most


@compiles(RowsOf)
def _compile(rows: RowsOf, _compiler: SQLCompiler, **_: object) -> str:
    return rows.query if rows.most is None else f"SELECT * FROM (\n{rows.query}\n) AS found LIMIT {rows.most}"


def findings(load: Load, checks: Sequence[Check], stage: Stage) -> sa.Select:
    """One row: row_count, what each check found, as found_1 …, and what the last load left, as before_1 …

    Not for checks that are SQL: those are statements of their own.
    """
    table = _table(load, stage)
    columns: list[sa.ColumnElement] = [sa.func.count().label("row_count")]
    for number, check in enumerate(checks, start=1):
        columns.append(_finding(load, check, stage, table).label(f"found_{number}"))
        if isinstance(check, RowCount) and check.max_change_percent:
            columns.append(_row_count_before(load).label(f"before_{number}"))
    return sa.select(*columns).select_from(table).where(*_within(load, stage, table))


def finding_of_sql(check: Sql) -> RowsOf:
    return RowsOf(check.sql, most=None)


def offending_rows(load: Load, check: Check, stage: Stage) -> sa.ClauseElement | None:
    """Up to five rows that break the check, by key and the columns that it reads; None where no row alone does."""
    table = _table(load, stage)
    within = _within(load, stage, table)
    names = list(dict.fromkeys([*load.design.key, *check.columns_read]))
    shown = [_shown(load, table, name) for name in names]
    match check:
        case NotNull() | AcceptedValues() | Range():
            found = sa.select(*shown).where(_breaks(load, check, table), *within)
        case References():
            there = _counterparts(check)
            found = (
                sa.select(*shown)
                .select_from(_joined(check, table, there))
                .where(*_is_orphan(check, table, there), *within)
            )
        case Unique():
            repeated = _repeated(check, table).subquery("repeated")
            same = sa.and_(*(table.c[name] == repeated.c[name] for name in check.columns))
            found = sa.select(*shown).select_from(table.join(repeated, same))
        case Sql(rows=str(query)):
            return RowsOf(query, _MOST_ROWS)
        case _:
            return None
    return found.order_by(*(table.c[name] for name in names)).limit(_MOST_ROWS)


def insert_results(load: Load, results: Sequence[CheckResult]) -> sa.Insert:
    """Rows are only added, so that no run waits for another's checks."""
    return sa.insert(check_results).values([_result_row(load, one) for one in results])


def _result_row(load: Load, one: CheckResult) -> dict[str, object]:
    rows = list(one.rows)
    while len(json.dumps(rows, ensure_ascii=False).encode()) > _LONG:
        rows.pop()
    return {
        "table_name": load.table,
        "run_id": load.run_id,
        "flow": load.flow,
        "run_date": load.run_date,
        "check_name": _cut(one.check, _SHORT),
        "kind": one.kind,
        "severity": one.severity,
        "stage": one.stage,
        "state": one.state,
        "expected": _cut(one.expected, _SHORT),
        "found": _cut(one.found, _SHORT),
        "statement": _cut(one.statement, _LONG),
        "offending_rows": json.dumps(rows, ensure_ascii=False),
        "at": sa.func.getdate(),
    }


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _table(load: Load, stage: Stage) -> sa.Table:
    return staging_table(load) if stage == "staged" else target_table(load.design)


def _within(load: Load, stage: Stage, table: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Of a target that is loaded by windows, the rows of this one: what it costs follows the work."""
    is_part = stage == "target" and load.window is not None and load.design.cursor is not None
    return [is_read(load, table)] if is_part else []


def _finding(load: Load, check: Check, stage: Stage, table: sa.Table) -> sa.ColumnElement:
    match check:
        case NotNull() | AcceptedValues() | Range():
            return sa.func.count(sa.case((_breaks(load, check, table), 1)))
        case Unique():
            repeated = _repeated(check, table).subquery("repeated")
            return sa.select(sa.func.count()).select_from(repeated).scalar_subquery()
        case References():
            other, there = table.alias("referring"), _counterparts(check)
            orphans = sa.select(sa.func.count()).select_from(_joined(check, other, there))
            return orphans.where(*_is_orphan(check, other, there), *_within(load, stage, other)).scalar_subquery()
        case RowCount():
            return sa.select(sa.func.count()).select_from(table.alias("counted")).scalar_subquery()
        case Freshness():
            newest = sa.cast(sa.func.max(table.c[check.column]), sa.TIMESTAMP())
            return sa.func.datediff(sa.text("second"), newest, _end(load))
    raise AssertionError(f"{check.label} is a statement of its own")


def _end(load: Load) -> sa.ColumnElement:
    """Until when rows can be expected: the end of the window where that is over, else now."""
    now = sa.func.getdate()
    if load.window is None:
        return now
    return sa.func.least(sa.cast(sa.literal(load.window.until, sa.DateTime()), sa.TIMESTAMP()), now)


def _breaks(load: Load, check: Check, table: sa.FromClause) -> sa.ColumnElement[bool]:
    match check:
        case NotNull():
            return sa.or_(*(table.c[name].is_(None) for name in check.columns))
        case AcceptedValues():
            values = [_literal(load, check.column, value) for value in check.values]
            return _compared(load, table, check.column).not_in(values)
        case Range():
            column = _compared(load, table, check.column)
            lowest = [] if check.min is None else [column < _literal(load, check.column, check.min)]
            highest = [] if check.max is None else [column > _literal(load, check.column, check.max)]
            return sa.or_(*lowest, *highest)
    raise AssertionError(f"{check.label} looks at more than one row")


def _compared(load: Load, table: sa.FromClause, name: str) -> sa.ColumnElement:
    """A column as its values compare: TIME is staged as text, of which 08:30 and 08:30:00 are two."""
    column = table.c[name]
    return sa.cast(column, sa.Time()) if load.design.column(name).type.name == "TIME" else column


def _literal(load: Load, column: str, text: str) -> sa.ColumnElement:
    """A declared value as the column's type compares it: a number bare, all else quoted."""
    is_number = load.design.column(column).type.name in _NUMBERS
    return sa.literal_column(text) if is_number else sa.literal(text, sa.String())


def _repeated(check: Unique, table: sa.Table) -> sa.Select:
    columns = [table.c[name] for name in check.columns]
    is_whole = [column.is_not(None) for column in columns]
    return sa.select(*columns).where(*is_whole).group_by(*columns).having(sa.func.count() > sa.literal_column("1"))


def _counterparts(check: References) -> sa.FromClause:
    schema, _, name = check.table.partition(".")
    columns: list[sa.ColumnClause[object]] = [sa.column(column) for column in check.columns_there]
    return sa.table(name, *columns, schema=schema).alias("referred")


def _joined(check: References, table: sa.FromClause, there: sa.FromClause) -> sa.Join:
    pairs = zip(check.columns, check.columns_there, strict=True)
    return table.outerjoin(there, sa.and_(*(table.c[here] == there.c[other] for here, other in pairs)))


def _is_orphan(check: References, table: sa.FromClause, there: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    return [
        *(table.c[name].is_not(None) for name in check.columns),
        there.c[check.columns_there[0]].is_(None),
    ]


def _row_count_before(load: Load) -> sa.ColumnElement:
    """What the last load of another run left in the target; NULL where there was none.

    One that failed after its publish, by a check of the target, is nothing to compare with.
    """
    failed = loads.alias("failed")
    is_same = sa.and_(
        failed.c.table_name == loads.c.table_name,
        failed.c.run_id == loads.c.run_id,
        failed.c.run_date == loads.c.run_date,
        failed.c.state == FAILED,
        failed.c.finished_at >= loads.c.finished_at,
    )
    return (
        sa.select(loads.c.target_row_count)
        .select_from(loads.outerjoin(failed, is_same))
        .where(loads.c.table_name == load.table, loads.c.state == LOADED, loads.c.run_id != load.run_id)
        .where(failed.c.run_id.is_(None))
        .order_by(loads.c.finished_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _shown(load: Load, table: sa.FromClause, name: str) -> sa.ColumnElement:
    """A column of an offending row: of a sensitive one only whether it has a value leaves the warehouse."""
    column = table.c[name]
    if not load.design.column(name).is_sensitive:
        return column
    return sa.case((column.is_not(None), sa.literal(MASK, sa.String()))).label(name)


def masked(load: Load, row: Mapping[Any, Any], query: str | None = None) -> dict[str, str | None]:
    """A row as text, without values of sensitive columns; `query` is the SELECT of a check in SQL that gave it."""
    sensitive = {column.name for column in load.design.columns if column.is_sensitive}
    hidden = columns_that_show(query, sensitive) if query and sensitive else sensitive
    return {
        name: None if value is None else MASK if hidden is None or name in hidden else str(value)
        for name, value in row.items()
    }
