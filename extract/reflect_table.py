"""What columns a source's table has, as the source itself says."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects import postgresql

from extract.query_source import query_source
from model.source_address import SourceAddress
from model.source_type import SourceColumn, mysql_family, postgres_family

_MYSQL = """
SELECT column_name, data_type, column_type, numeric_precision, numeric_scale, is_nullable = 'YES'
FROM information_schema.columns
WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s ORDER BY ordinal_position
"""
_MYSQL_TABLES = """
SELECT table_name FROM information_schema.tables WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE())
"""
_POSTGRES = """
SELECT a.attname, t.typname, format_type(t.oid, CASE WHEN d.typtype = 'd' THEN d.typtypmod ELSE a.atttypmod END),
    t.typtype, NOT a.attnotnull
FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid
JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_POSTGRES_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
_preparer = postgresql.dialect().identifier_preparer


@dataclass(frozen=True)
class Reflected:
    """The columns in the source's order, and the names of those that may be NULL; both empty without such a table."""

    columns: tuple[SourceColumn, ...]
    nullable: frozenset[str]


def reflect_table(address: SourceAddress, table: str) -> Reflected:
    """`table` may be `schema.table`. Raises: SourceError, TransientError."""
    schema, _, name = table.rpartition(".")
    if address.drivername == "mysql":
        rows = query_source(address, table, _MYSQL, (schema, name))
        columns = [
            SourceColumn(row[0], row[1].lower(), row[2].lower(), mysql_family(row[1].lower()), row[3], row[4])
            for row in rows
        ]
    else:
        quoted = ".".join(_preparer.quote_identifier(part) for part in table.split("."))
        rows = query_source(address, table, _POSTGRES, (quoted,))
        columns = [SourceColumn(row[0], row[1], row[2], postgres_family(row[1], row[3])) for row in rows]
    return Reflected(tuple(columns), frozenset(row[0] for row in rows if row[-1]))


def tables_beside(address: SourceAddress, table: str) -> list[str]:
    """The tables that `table` could have meant, for the error that names near ones."""
    if address.drivername == "mysql":
        rows = query_source(address, table, _MYSQL_TABLES, (table.rpartition(".")[0],))
    else:
        rows = query_source(address, table, _POSTGRES_TABLES)
    return [row[0] for row in rows]
