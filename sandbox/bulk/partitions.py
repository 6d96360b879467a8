"""Rows by partition folder, as UNLOAD … PARTITION BY lays them out; pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

_NULL = "__HIVE_DEFAULT_PARTITION__"


def split_by_partition(
    batch: pa.RecordBatch, names: tuple[str, ...], keeps_columns: bool
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of each partition with its folder, such as `year=2025/month=1`; '' without partitions.

    Source: AWS r_UNLOAD, PARTITION BY.
    """
    if not names:
        yield "", batch
        return
    values = [[_text(value) for value in _as_text(batch.column(name))] for name in names]
    folders = ["/".join(f"{n}={v}" for n, v in zip(names, row, strict=True)) for row in zip(*values, strict=True)]
    rest = batch if keeps_columns else batch.drop_columns(list(names))
    keys = pa.array(folders, pa.string())
    for folder in pc.unique(keys).to_pylist():
        yield folder, rest.filter(pc.equal(keys, folder))


def _as_text(column: pa.Array) -> list[str | None]:
    if pa.types.is_boolean(column.type):
        return [None if value is None else "t" if value else "f" for value in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    return list(column.cast(pa.string()).to_pylist())


def _text(value: str | None) -> str:
    """A value as part of a key; what would break the key is percent-encoded."""
    return _NULL if value is None else quote(value, safe=" !$&'()*+,-.;@_~")
