"""Record batches to the engine's CSV: NULL is an empty field, '' a quoted one."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import csv

from sandbox.bulk.copy_statement import quote_name

_OPTIONS = csv.WriteOptions(include_header=False, quoting_style="needed")


def copy_in_sql(target: str, columns: list[str]) -> str:
    """The engine's COPY that reads what `engine_csv` writes.

    >>> copy_in_sql('"t"', ["id"])
    'COPY "t" ("id") FROM STDIN (FORMAT csv, ENCODING \\'UTF8\\')'
    """
    names = ", ".join(quote_name(name) for name in columns)
    return f"COPY {target} ({names}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')"


def engine_csv(batch: pa.RecordBatch) -> bytes:
    """The rows of a batch; a batch of a single column whose value is NULL becomes an empty line."""
    sink = pa.BufferOutputStream()
    csv.write_csv(batch, sink, _OPTIONS)
    return bytes(sink.getvalue())
