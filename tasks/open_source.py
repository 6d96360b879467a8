"""A source while tables of it are dumped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from blocks.source_database import SourceDatabase
from extract.kept_sessions import KeptSessions
from extract.list_tables import ListedTable, list_tables
from extract.safe_bound import safe_bound
from model.load import Load
from model.table_design import DatabaseSource


@dataclass(frozen=True)
class OpenSource:
    """`listed` has its tables by every name that a design may use; `bound` is the moment, in UTC, as of which it is
    read; `sessions` are kept from one table to the next."""

    block: SourceDatabase
    listed: Mapping[str, ListedTable]
    bound: datetime
    sessions: KeptSessions

    def row_count(self, load: Load) -> int:
        """The source's estimate; 0 of a table that it does not have, which then fails by itself."""
        found = self.find(load)
        return found.row_count if found else 0

    def find(self, load: Load) -> ListedTable | None:
        assert isinstance(load.design.source, DatabaseSource)
        return self.listed.get(load.design.source.table)


@contextmanager
def open_source(block: SourceDatabase) -> Iterator[OpenSource]:
    """Raises: SourceError, TransientError where it cannot be reached."""
    tables = list_tables(block.address)
    listed = {table.full_name: table for table in tables} | {table.name: table for table in tables}
    bound = safe_bound(block.address)
    with KeptSessions() as sessions:
        yield OpenSource(block, listed, bound, sessions)
