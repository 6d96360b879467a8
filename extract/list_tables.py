"""Which tables a source has, and how large they are by its own estimate."""

from __future__ import annotations

from dataclasses import dataclass

from extract.query_source import query_source
from model.source_address import SourceAddress

_MYSQL = """
SELECT table_schema, table_name, COALESCE(table_rows, 0), COALESCE(data_length, 0), table_schema = DATABASE()
FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')
"""
# A table that was never analysed has no estimate: then rows of 64 bytes are guessed.
_POSTGRES = """
SELECT n.nspname, c.relname, CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE pg_table_size(c.oid) / 64 END,
    pg_table_size(c.oid), n.nspname = current_schema()
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
    AND has_table_privilege(c.oid, 'SELECT')
"""


@dataclass(frozen=True)
class ListedTable:
    """`name` as a design writes it: with its schema only where that is not the connection's own."""

    schema: str
    table: str
    row_count: int
    size_bytes: int
    is_in_default_schema: bool

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def name(self) -> str:
        return self.table if self.is_in_default_schema else self.full_name


def list_tables(address: SourceAddress) -> list[ListedTable]:
    """The tables that the user may read, by name.

    Raises: SourceError, TransientError.
    """
    rows = query_source(address, "its tables", _MYSQL if address.drivername == "mysql" else _POSTGRES)
    return sorted(
        (ListedTable(row[0], row[1], int(row[2]), int(row[3]), bool(row[4])) for row in rows),
        key=lambda table: table.full_name,
    )
