"""Rows as the text format of PostgreSQL's COPY. Source: PostgreSQL documentation, COPY, "Text Format"."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_lines(rows: Iterable[tuple[Any, ...]]) -> io.StringIO:
    r"""A file of one line a row.

    >>> copy_lines([(1, None, "a\tb")]).read()
    '1\t\\N\ta\\tb\n'
    """
    return io.StringIO("".join("\t".join(map(field, row)) + "\n" for row in rows), newline="")


def field(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(ESCAPES)
