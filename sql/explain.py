"""EXPLAIN of a SELECT that people wrote."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler


class Explain(Executable, sa.ClauseElement):
    """The plan of a query, a line each row; the query is not run, its text goes to the warehouse as it is.

    >>> from sql.render import render
    >>> print(render(Explain("SELECT '5 % :x' AS a")))
    EXPLAIN SELECT '5 % :x' AS a

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html
    """

    inherit_cache = False

    def __init__(self, query: str) -> None:
        self.query = query


@compiles(Explain)
def _compile(explain: Explain, _compiler: SQLCompiler, **_: object) -> str:
    return f"EXPLAIN {explain.query}"
