"""Look at a table of a source; for the command that proposes its design, outside of any run."""

from __future__ import annotations

from blocks.source_database import SourceDatabase
from extract.describe_source import describe_source
from model.source_table import SourceTable


def describe_table(source: SourceDatabase, table: str, timeout_seconds: int) -> SourceTable:
    """What the table holds. It only reads; the source ends each statement after `timeout_seconds`.

    Raises: SourceError, TransientError.
    """
    return describe_source(source.address, table, timeout_seconds)
