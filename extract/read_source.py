"""Reads a source table as exact Arrow batches."""

from __future__ import annotations

from collections.abc import Generator

import pyarrow as pa

from extract.apply_policy import Changes
from extract.extraction import Extraction
from extract.read_mysql import read_mysql
from extract.read_postgres import read_postgres
from model.source_address import SourceAddress


def read_source(
    address: SourceAddress, extraction: Extraction, changes: Changes | None = None
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows of `extraction` with the names and Arrow types of the target; nothing where there is no row.

    Values that a column's policy changes are counted in `changes`, batch by batch.
    One statement, so one snapshot. Close the generator, or read it to its end, to let go of the connection.
    Raises: ConfigError, SourceError, TransientError, DataError naming table, column and row; never a password.
    """
    read = read_mysql if address.drivername == "mysql" else read_postgres
    return read(address, extraction, Changes() if changes is None else changes)
