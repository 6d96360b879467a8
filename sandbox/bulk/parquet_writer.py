"""Rows to Parquet as UNLOAD writes it: format version 1.0, row groups compressed by Snappy."""

from __future__ import annotations

from io import RawIOBase

import pyarrow as pa
import pyarrow.parquet as pq


class ParquetRows:
    """Writes batches into one Parquet file, in row groups of about `row_group_bytes` of Arrow memory.

    Source: AWS r_UNLOAD, "FORMAT AS PARQUET".
    """

    def __init__(self, file: RawIOBase, schema: pa.Schema, row_group_bytes: int) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="snappy", version="1.0", store_schema=False)
        self._row_group_bytes = row_group_bytes
        self._held: list[pa.RecordBatch] = []
        self._held_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._held_bytes += batch.nbytes
        if self._held_bytes >= self._row_group_bytes:
            self._write_row_group()

    def finish(self) -> None:
        if self._held:
            self._write_row_group()
        self._writer.close()

    def _write_row_group(self) -> None:
        table = pa.Table.from_batches(self._held)
        self._writer.write_table(table, row_group_size=len(table))
        self._held, self._held_bytes = [], 0
