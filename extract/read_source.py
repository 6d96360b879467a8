"""Reads a source table as exact Arrow batches."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import nullcontext

import pyarrow as pa

from extract.apply_policy import Changes
from extract.extraction import Extraction
from extract.kept_sessions import KeptSessions
from extract.read_mysql import read_mysql
from extract.read_postgres import read_postgres
from model.source_address import SourceAddress


def read_source(
    address: SourceAddress,
    extraction: Extraction,
    changes: Changes | None = None,
    sessions: KeptSessions | None = None,
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows of `extraction` with the names and Arrow types of the target; nothing where there is no row.

    Values that a column's policy changes are counted in `changes`, batch by batch. `sessions` are used and kept for
    the next table; None: nothing is kept.
    One statement, so one snapshot. Close the generator, or read it to its end, to let go of the connection.
    Raises: ConfigError, SourceError, TransientError, DataError naming table, column and row; never a password.
    """
    changes = Changes() if changes is None else changes
    with KeptSessions() if sessions is None else nullcontext(sessions) as kept:
        if address.drivername == "mysql":
            yield from read_mysql(address, extraction, changes, kept.readers)
        else:
            yield from read_postgres(address, extraction, changes, kept)
