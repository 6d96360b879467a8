"""What a table of PostgreSQL holds, for the proposal of a design."""

from __future__ import annotations

import re
from typing import Any

from extract.read_postgres import quoted_name, quoted_table, source_columns
from model.source_table import MeasuredColumn, SourceTable, measures_of_columns
from model.source_type import SourceColumn
from model.type_contract import MAX_DIGITS

_BYTES_A_CHARACTER = 4
_NULLABLE = "SELECT attname, NOT attnotnull FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
_INDEXES = """
SELECT i.indisunique AND i.indpred IS NULL AND bool_and(coalesce(a.attnotnull, false)),
    array_agg(coalesce(a.attname, '') ORDER BY k.place)
FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey[:i.indnkeyatts - 1]) WITH ORDINALITY k (number, place)
LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = to_regclass(%s) GROUP BY i.indexrelid, i.indisunique, i.indisprimary, i.indpred
ORDER BY i.indisprimary DESC, i.indexrelid
"""
_SIZE = """
SELECT greatest(reltuples, 0)::bigint,
    CASE WHEN reltuples > 0 THEN (pg_table_size(oid) / reltuples)::bigint ELSE 0 END
FROM pg_class WHERE oid = to_regclass(%s)
"""


class PostgresTable:
    """`columns` is empty where there is no such table; `row_count` and `row_bytes` are the server's estimates."""

    def __init__(self, connection: Any, table: str) -> None:
        self._connection = connection
        self._table = table
        self.columns = source_columns(connection, table)
        self.row_count, self.row_bytes = next(iter(self._ask(_SIZE)), (0, 0))

    def measured(self, sample_rows: int | None) -> SourceTable:
        """All rows, or the last `sample_rows` by the primary key."""
        nullable = dict(self._ask(_NULLABLE))
        indexes = [(is_key, tuple(names)) for is_key, names in self._ask(_INDEXES)]
        keys = tuple(names for is_key, names in indexes if is_key)
        rows = quoted_table(self._table)
        if sample_rows is not None:
            newest = ", ".join(f"{quoted_name(name)} DESC" for name in keys[0]) if keys else ""
            order = f" ORDER BY {newest}" if newest else ""
            rows = f"(SELECT * FROM {rows}{order} LIMIT {sample_rows}) AS measured"  # noqa: S608
        measures = ", ".join(measure for column in self.columns for measure in _measures(column))
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*), {measures} FROM {rows}")  # noqa: S608
            count, *found = cursor.fetchone()
        return SourceTable(
            kind="postgresql",
            name=self._table,
            columns=tuple(
                MeasuredColumn(column, nullable[column.name], _declared_bytes(column), measures)
                for column, measures in zip(self.columns, measures_of_columns(found), strict=True)
            ),
            keys=keys,
            indexed=frozenset(names[0] for _, names in indexes),
            row_count=max(self.row_count, count),
            measured_row_count=count,
            is_measured_whole=sample_rows is None,
        )

    def _ask(self, question: str) -> list[tuple]:
        with self._connection.cursor() as cursor:
            cursor.execute(question, (quoted_table(self._table),))
            return list(cursor.fetchall())


def _declared_bytes(column: SourceColumn) -> int | None:
    match = re.fullmatch(r"character(?: varying)?\((\d+)\)", column.full_type)
    return _BYTES_A_CHARACTER * int(match[1]) if match else None


def _measures(column: SourceColumn) -> list[str]:
    """Aggregates in the order of the fields of Measures."""
    name = quoted_name(column.name)
    is_open = column.family == "decimal" and (column.precision is None or column.precision > MAX_DIGITS)
    decimals = f"coalesce(max(scale({name})), 0)" if is_open else "0"
    digits = f"coalesce(max(length(trunc(abs({name}))::text)), 0)"
    return [
        _longest(column, name),
        f"count(*) FILTER (WHERE {name} IS NULL)",
        f"CASE WHEN {digits} + {column.scale or decimals} > {MAX_DIGITS} THEN 1 ELSE 0 END" if is_open else "0",
        f"count(*) FILTER (WHERE {_no_counterpart(column, name)})",
        "0",
        decimals,
    ]


def _longest(column: SourceColumn, name: str) -> str:
    if column.family == "bytes" or column.data_type == "bpchar":
        return f"max(octet_length({name}))"
    if column.family == "nested":
        return f"max(octet_length(convert_to(to_jsonb({name})::text, 'UTF8')))"
    if column.family in ("text", "json", "shown", "decimal"):
        return f"max(octet_length(convert_to({name}::text, 'UTF8')))"
    return "0"


def _no_counterpart(column: SourceColumn, name: str) -> str:
    if column.family in ("date", "timestamp", "instant"):
        return f"NOT isfinite({name})"
    return f"{name}::text IN ('NaN', 'Infinity', '-Infinity')" if column.family == "decimal" else "false"
