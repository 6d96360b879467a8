"""Reads a MySQL or MariaDB table as exact Arrow batches."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

import pyarrow as pa
import pymysql
from sqlalchemy.dialects import mysql

from extract.apply_policy import Changes
from extract.connect_mysql import connect, end_query, is_answering, statement_error
from extract.exact_cast import cast_batch
from extract.extraction import ExtractColumn, Extraction, match_columns
from extract.mysql_relay import Gate, MysqlRelay
from extract.statement_reader import ReaderFailedError, StatementReaders
from model.errors import DataError, LoadError, SourceError, TransientError
from model.running import at_work
from model.source_address import SourceAddress
from model.source_type import SourceColumn, mysql_family

_MAX_BATCH_ROWS = 32_768
_MIN_BATCH_ROWS = 256
_UNKNOWN_ROW_BYTES = 1024
_BATCH_BYTES = 8 * 1024 * 1024
_WINDOW_BYTES = 8 * 1024 * 1024

# connectorx holds a decimal as 28 digits, 10 of them behind the point.
_READER_DIGITS = 28
_READER_DECIMALS = 10
_DATE_FAMILIES = ("date", "timestamp", "instant")
_preparer = mysql.dialect().identifier_preparer


def read_mysql(
    address: SourceAddress, extraction: Extraction, changes: Changes, readers: StatementReaders
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows in the target's names and Arrow types; one connection, one statement, one snapshot.

    MySQL's TIMESTAMP arrives in UTC whatever the server's zone is.
    Raises: SourceError, TransientError, ConfigError, DataError; never with the password.
    """
    with readers.lend() as reader, connect(address) as connection:
        columns, row_bytes = reflect(connection, extraction)
        statement = build_select(extraction, columns)
        batch_rows = max(_MIN_BATCH_ROWS, min(_MAX_BATCH_ROWS, _BATCH_BYTES // row_bytes))
        gate = Gate(_WINDOW_BYTES)
        first_row = 1
        end = partial(end_query, address, connection.thread_id())
        with MysqlRelay(connection, gate, lambda: is_answering(address)) as relay, at_work(end):
            try:
                for batch in reader.batches(relay.url, statement, batch_rows, gate.reopen):
                    yield cast_batch(batch, extraction, first_row, changes)
                    first_row += batch.num_rows
            except ReaderFailedError as failure:
                raise _explain(failure, relay.server_error(), relay.is_lost, address, extraction, columns) from None
            except Exception:
                raise
            except BaseException:
                end()
                raise


def reflect(connection: pymysql.connections.Connection, extraction: Extraction) -> tuple[list[SourceColumn], int]:
    """The source's columns in the order of `extraction`, and a guess at the bytes of a row.

    Raises: SourceError when the table or a column is missing.
    """
    schema, _, table = extraction.table.rpartition(".")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, COALESCE(avg_row_length, 0) FROM information_schema.tables"
            " WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE())",
            (schema,),
        )
        tables = dict(cursor.fetchall())
    found = source_columns(connection, extraction.table)
    return match_columns(extraction, found, tables), int(tables.get(table, 0)) or _UNKNOWN_ROW_BYTES


def source_columns(connection: pymysql.connections.Connection, table: str) -> list[SourceColumn]:
    """All columns of a table in their order; none where it does not exist."""
    schema, _, name = table.rpartition(".")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type, column_type, numeric_precision, numeric_scale"
            " FROM information_schema.columns"
            " WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s ORDER BY ordinal_position",
            (schema, name),
        )
        rows = cursor.fetchall()
    return [
        SourceColumn(row[0], row[1].lower(), row[2].lower(), mysql_family(row[1].lower()), row[3], row[4])
        for row in rows
    ]


def build_select(extraction: Extraction, columns: list[SourceColumn]) -> str:
    """The statement that reads `extraction`; columns in the way that connectorx brings over exactly."""
    wanted = ", ".join(
        select_expression(found, column) for found, column in zip(columns, extraction.columns, strict=True)
    )
    where = f" WHERE {extraction.where}" if extraction.where else ""
    return f"SELECT {wanted} FROM {quoted_table(extraction.table)}{where}"  # noqa: S608


def select_expression(column: SourceColumn, wanted: ExtractColumn) -> str:
    """The column as it is where connectorx 0.4.6 is exact, else its text; of values that are too long, enough.

    connectorx panics on wide decimals, on TIME beyond a day and on dates that are none, and it parses JSON and writes
    it anew. A FLOAT goes as it is even into text, because the server's text of it has 6 digits.

    >>> from model.column_type import ColumnType
    >>> wanted = ExtractColumn("n", ColumnType("DECIMAL", precision=38, scale=0))
    >>> select_expression(SourceColumn("n", "decimal", "decimal(38,0)", "decimal", 38, 0), wanted)
    'CAST(`n` AS CHAR)'
    """
    expression = _whole_expression(column, wanted)
    return f"LEFT({expression}, {wanted.enough})" if wanted.enough else expression


def _whole_expression(column: SourceColumn, wanted: ExtractColumn) -> str:
    name, target = quoted_name(column.name), wanted.type
    if column.family in ("text", "bytes", "float4", "float8"):
        return name
    if column.family == "geometry":
        # The server keeps SRID (4 bytes), byte order (1), kind (4), coordinates; EWKB marks the kind and has the SRID
        # behind it. Source: https://dev.mysql.com/doc/refman/8.4/en/gis-data-formats.html
        return f"CONCAT(SUBSTR({name}, 5, 4), x'20', SUBSTR({name}, 1, 4), SUBSTR({name}, 10))"
    if column.family in _DATE_FAMILIES and "zero_date" in wanted.policy.chosen:
        return f"CONCAT({name}, '+00')" if target.name == "TIMESTAMPTZ" else f"CAST({name} AS CHAR)"
    if column.family == "bits":
        return f"CAST(CAST({name} AS UNSIGNED) AS CHAR)"
    if target.is_text or column.family == "time" or (column.family == "decimal" and not _is_exact_in_reader(column)):
        return f"CAST({name} AS CHAR)"
    return name


def _is_exact_in_reader(column: SourceColumn) -> bool:
    decimals = column.scale or 0
    whole_digits = (column.precision or 0) - decimals
    return decimals <= _READER_DECIMALS and whole_digits + _READER_DECIMALS <= _READER_DIGITS


def quoted_name(name: str) -> str:
    return _preparer.quote_identifier(name)


def quoted_table(table: str) -> str:
    return ".".join(quoted_name(name) for name in table.split("."))


def _explain(
    failure: ReaderFailedError,
    server_error: tuple[int, str] | None,
    is_lost: bool,
    address: SourceAddress,
    extraction: Extraction,
    columns: list[SourceColumn],
) -> LoadError:
    """What ended the read: the server's error, else a date that is none, else what the reader says."""
    if server_error:
        return statement_error(extraction.table, *server_error)
    if is_lost:
        return TransientError(
            f"Cannot extract '{extraction.table}': the connection to the source broke. It is worth a retry."
        )
    if failure.is_killed:
        return TransientError(
            f"Cannot extract '{extraction.table}': the reader broke off, {failure} (expected its last row)."
            " It is worth a retry; see whether this machine is short of memory."
        )
    return find_zero_date(address, extraction, columns) or SourceError(
        f"Cannot extract '{extraction.table}': the reader failed: {failure}. Choose other types in the design."
    )


def find_zero_date(address: SourceAddress, extraction: Extraction, columns: list[SourceColumn]) -> LoadError | None:
    """The error that names the first row with what is no date elsewhere, as 0000-00-00, 2024-05-00 or 2024-02-30."""
    sources = {wanted.name: column for wanted, column in zip(extraction.columns, columns, strict=True)}
    keys = [quoted_name(sources[name].name) for name in extraction.key if name in sources]
    for column in columns:
        if column.family not in _DATE_FAMILIES:
            continue
        condition = no_date(column) + (f" AND ({extraction.where})" if extraction.where else "")
        statement = f"SELECT {', '.join(keys) or '1'} FROM {quoted_table(extraction.table)} WHERE {condition} LIMIT 1"  # noqa: S608
        try:
            with connect(address) as connection, connection.cursor() as cursor:
                cursor.execute(statement)
                row = cursor.fetchone()
        except pymysql.MySQLError as error:
            return statement_error(extraction.table, *error.args)
        if row:
            place = ", ".join(f"{key}={value}" for key, value in zip(extraction.key, row, strict=False))
            return DataError(
                f"Cannot extract '{extraction.table}.{column.name}': in the row {place or 'that comes first'}"
                " a date has month or day 0, or is not in the calendar (expected one that is). Correct the row in the"
                " source, or choose a zero_date policy for the column in the design."
            )
    return None


def no_date(column: SourceColumn) -> str:
    """The condition for values that are no date of the calendar from the year 1 on."""
    name = quoted_name(column.name)
    month = f"LAST_DAY(CONCAT(YEAR({name}), '-', MONTH({name}), '-01'))"
    return (
        f"(YEAR({name}) = 0 OR MONTH({name}) = 0 OR DAYOFMONTH({name}) = 0 OR DAYOFMONTH({name}) > DAYOFMONTH({month}))"
    )
