"""Statements become text: one dialect, one place where literals are quoted, one tag in front."""

from __future__ import annotations

from sqlalchemy import ClauseElement
from sqlalchemy_redshift.dialect import RedshiftDialect_redshift_connector

from model.load import Load

_dialect = RedshiftDialect_redshift_connector(paramstyle="named")
_dialect._backslash_escapes = True  # Redshift reads '\\' in a plain literal as one backslash


def render(statement: ClauseElement) -> str:
    r"""The statement as Redshift gets it, literals in place.

    >>> import sqlalchemy as sa
    >>> print(render(sa.select(sa.literal("it's 5 % of C:\\x").label("note"))))
    SELECT 'it''s 5 % of C:\\x' AS note
    """
    return str(statement.compile(dialect=_dialect, compile_kwargs={"literal_binds": True})).strip()


def tagged(load: Load, statement: ClauseElement) -> str:
    """The statement behind a comment that names flow, table and date in the warehouse's query log."""
    return f"/* {load.flow}:{load.table}:{load.run_date} */ {render(statement)}"
