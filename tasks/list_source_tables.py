"""List the tables of a source; for commands outside of any run."""

from __future__ import annotations

from blocks.source_database import SourceDatabase
from extract.list_tables import ListedTable, list_tables


def list_source_tables(source: SourceDatabase) -> list[ListedTable]:
    """It only reads. Raises: SourceError, TransientError."""
    return list_tables(source.address)
