"""What a table of MySQL or MariaDB holds, for the proposal of a design."""

from __future__ import annotations

from dataclasses import replace

from pymysql.connections import Connection

from extract.read_mysql import no_date, quoted_name, quoted_table, source_columns
from model.source_table import MeasuredColumn, SourceTable, measures_of_columns
from model.source_type import SourceColumn
from model.type_contract import MAX_DIGITS

_COLUMNS = """
SELECT column_name, is_nullable = 'YES', extra LIKE '%%on update%%',
    CASE WHEN character_set_name LIKE 'utf8%%' OR character_set_name IS NULL THEN character_octet_length
         ELSE character_maximum_length * 4 END
FROM information_schema.columns
WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s
"""
_INDEXES = """
SELECT index_name, non_unique = 0 AND SUM(nullable = 'YES' OR sub_part IS NOT NULL) = 0,
    GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '\\n')
FROM information_schema.statistics
WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s
GROUP BY index_name, non_unique ORDER BY index_name <> 'PRIMARY', index_name
"""
_SIZE = """
SELECT COALESCE(table_rows, 0), COALESCE(avg_row_length, 0) FROM information_schema.tables
WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s
"""
# MariaDB's JSON is LONGTEXT with a check.
_JSON = """
SELECT check_clause FROM information_schema.check_constraints
WHERE constraint_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s
"""


class MysqlTable:
    """`columns` is empty where there is no such table; `row_count` and `row_bytes` are the server's estimates."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection = connection
        self._table = table
        self._place = (table.rpartition(".")[0], table.rpartition(".")[2])
        self.columns = source_columns(connection, table)
        self.row_count, self.row_bytes = next(iter(self._ask(_SIZE)), (0, 0))
        if "MariaDB" in connection.get_server_info():
            checks = {row[0] for row in self._ask(_JSON)}
            self.columns = [
                replace(column, data_type="json", full_type="json", family="json")
                if f"json_valid({quoted_name(column.name)})" in checks
                else column
                for column in self.columns
            ]

    def measured(self, sample_rows: int | None) -> SourceTable:
        """All rows, or the last `sample_rows` by the primary key."""
        declared = {row[0]: row[1:] for row in self._ask(_COLUMNS)}
        indexes = [(is_key, tuple(names.split("\n"))) for _, is_key, names in self._ask(_INDEXES)]
        keys = tuple(names for is_key, names in indexes if is_key)
        rows = quoted_table(self._table)
        if sample_rows is not None:
            newest = ", ".join(f"{quoted_name(name)} DESC" for name in keys[0]) if keys else ""
            order = f" ORDER BY {newest}" if newest else ""
            rows = f"(SELECT * FROM {rows}{order} LIMIT {sample_rows}) AS measured"  # noqa: S608
        measures = ", ".join(measure for column in self.columns for measure in _measures(column))
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*), {measures} FROM {rows}")  # noqa: S608
            count, *found = cursor.fetchone() or ()
        return SourceTable(
            kind="mysql",
            name=self._table,
            columns=tuple(
                MeasuredColumn(
                    column,
                    is_nullable=bool(declared[column.name][0]),
                    declared_bytes=declared[column.name][2],
                    measures=measures,
                    is_updated_by_source=bool(declared[column.name][1]),
                )
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
            cursor.execute(question, self._place)
            return list(cursor.fetchall())


def _measures(column: SourceColumn) -> list[str]:
    """Aggregates in the order of the fields of Measures."""
    name = quoted_name(column.name)
    return [
        _longest(column, name),
        f"SUM({name} IS NULL)",
        f"SUM({_misfits(column, name)})",
        f"SUM({no_date(column)})" if column.family in ("date", "timestamp", "instant") else "0",
        f"SUM(LOCATE(x'00', {name}) > 0)" if column.family == "text" else "0",
        "0",
    ]


def _longest(column: SourceColumn, name: str) -> str:
    match column.family:
        case "text" | "json":
            return f"MAX(LENGTH(CONVERT({name} USING utf8mb4)))"
        case "bytes" | "geometry":
            return f"MAX(LENGTH({name}))"
        case _:
            return "0"


def _misfits(column: SourceColumn, name: str) -> str:
    """The condition for values beyond the type that the contract proposes first."""
    if column.full_type.startswith("tinyint(1)"):
        return f"{name} NOT IN (0, 1)"
    if column.family == "bits":
        return f"CAST({name} AS UNSIGNED) > {2**63 - 1}"
    if column.family == "decimal" and (column.precision or 0) > MAX_DIGITS:
        return f"ABS({name}) >= {10 ** (MAX_DIGITS - (column.scale or 0))}"
    if column.family == "time":
        return f"{name} < '00:00:00' OR {name} > '24:00:00'"
    return "0"
