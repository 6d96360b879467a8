"""Statements that build a table out of its SELECT, beside the one that readers see, and look at what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from model.load import Load
from model.table_design import QuerySource
from sql.staging import duplicate_count, is_read
from sql.tables import staging_table


class InsertRowsOf(Executable, sa.ClauseElement):
    """INSERT of a SELECT that people wrote: its text goes to the warehouse as it is.

    >>> from sql.render import render
    >>> print(render(InsertRowsOf(sa.Table("t", sa.MetaData(), schema="mart"), ["a"], "SELECT '5 % :x' AS a")))
    INSERT INTO mart.t (a)
    SELECT '5 % :x' AS a

    With `where`, a condition on its columns, only those of its rows that fulfil it.
    """

    inherit_cache = False

    def __init__(
        self, table: sa.Table, column_names: Sequence[str], query: str, where: sa.ColumnElement[bool] | None = None
    ) -> None:
        self.table = table
        self.column_names = column_names
        self.query = query
        self.where = where


@compiles(InsertRowsOf)
def _compile(insert: InsertRowsOf, compiler: SQLCompiler, **kwargs: Any) -> str:
    names = ", ".join(map(compiler.preparer.quote, insert.column_names))
    into = f"INSERT INTO {compiler.preparer.format_table(insert.table)} ({names})\n"
    if insert.where is None:
        return into + insert.query
    return f"{into}SELECT {names} FROM (\n{insert.query}\n) AS made WHERE {compiler.process(insert.where, **kwargs)}"


def fill_built(load: Load) -> InsertRowsOf:
    """Brings the rows of the SELECT, of those that have windows the window's, into the staging table by their names.

    An INSERT into a table that was created as declared, not a CREATE TABLE AS: that would take the types of the
    expressions, such as DECIMAL(38,16) for a quotient, and another one as soon as the SQL changes.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
    """
    query = load.design.source
    assert isinstance(query, QuerySource)
    made = sa.table("made", *(sa.column(name) for name in query.column_names))
    where = is_read(load, made) if load.window and load.design.cursor else None
    return InsertRowsOf(staging_table(load), query.column_names, query.sql, where)


def filled_columns(load: Load) -> tuple[str, ...]:
    """The columns that hold a value in every row: NOT NULL, or part of the key."""
    return tuple(c.name for c in load.design.columns if c.is_not_null or c.name in load.design.key)


def built_measures(load: Load) -> sa.Select:
    """One row: row_count, duplicate_count, and the count of NULLs in each of the filled columns, in their order."""
    staging = staging_table(load)
    null_counts = (
        sa.func.count(sa.case((staging.c[name].is_(None), 1))).label(f"null_count_{position}")
        for position, name in enumerate(filled_columns(load), start=1)
    )
    return sa.select(
        sa.func.count().label("row_count"),
        duplicate_count(load).scalar_subquery().label("duplicate_count"),
        *null_counts,
    ).select_from(staging)
