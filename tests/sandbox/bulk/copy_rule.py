"""Rules that COPY's data shows: a table, a file, options, and the rows or the refusal.

Sources: section A of the facts, with AWS's pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True)
class CopyRule:
    """`rows` are what the table holds afterwards, as text; `errors` are (code, text, line, column) of load errors.

    `refusal` is a part of the client's message; without rows and errors nothing else is looked at.
    """

    source: str
    columns: str
    data: str | bytes
    options: str = ""
    rows: list[Row] | None = None
    errors: list[tuple[int, str, int, str]] = field(default_factory=list)
    refusal: str = ""
    column_list: str = ""


FAILED = "Load into table 't' failed.  Check 'stl_load_errors' system table for details."
PAIR = "id int, name varchar(10)"
TS = "ts timestamp"


def fails(source: str, columns: str, data: str | bytes, options: str, *errors: tuple[int, str, int, str]) -> CopyRule:
    return CopyRule(source, columns, data, options, errors=list(errors), refusal=FAILED)
