"""Reads a MySQL or MariaDB table as exact Arrow batches."""

from __future__ import annotations

from collections.abc import Generator

import pyarrow as pa
import pymysql
from sqlalchemy.dialects import mysql

from extract.connect_mysql import connect, statement_error
from extract.exact_cast import cast_batch
from extract.extraction import Extraction, match_columns
from extract.mysql_relay import Gate, MysqlRelay
from extract.statement_reader import ReaderFailedError, StatementReader
from model.column_type import ColumnType
from model.errors import DataError, LoadError, SourceError, TransientError
from model.source_address import SourceAddress
from model.source_type import SourceColumn, mysql_family

_MAX_BATCH_ROWS = 32_768
_MIN_BATCH_ROWS = 256
_UNKNOWN_ROW_BYTES = 1024
_BATCH_BYTES = 16 * 1024 * 1024
_WINDOW_BYTES = 16 * 1024 * 1024

# connectorx holds a decimal as 28 digits, 10 of them behind the point.
_READER_DIGITS = 28
_READER_DECIMALS = 10
_preparer = mysql.dialect().identifier_preparer


def read_mysql(address: SourceAddress, extraction: Extraction) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows in the target's names and Arrow types; one connection, one statement, one snapshot.

    MySQL's TIMESTAMP arrives in UTC whatever the server's zone is.
    Raises: SourceError, TransientError, ConfigError, DataError; never with the password.
    """
    with StatementReader() as reader, connect(address) as connection:
        columns, row_bytes = reflect(connection, extraction)
        statement = build_select(extraction, columns)
        batch_rows = max(_MIN_BATCH_ROWS, min(_MAX_BATCH_ROWS, _BATCH_BYTES // row_bytes))
        gate = Gate(_WINDOW_BYTES)
        first_row = 1
        with MysqlRelay(connection, gate) as relay:
            try:
                for batch in reader.batches(relay.url, statement, batch_rows, gate.reopen):
                    yield cast_batch(batch, extraction, first_row)
                    first_row += batch.num_rows
            except ReaderFailedError as failure:
                raise _explain(failure, relay.server_error(), relay.is_lost, address, extraction, columns) from None


def reflect(connection: pymysql.connections.Connection, extraction: Extraction) -> tuple[list[SourceColumn], int]:
    """The source's columns in the order of `extraction`, and a guess at the bytes of a row.

    Raises: SourceError when the table or a column is missing.
    """
    schema, _, table = extraction.table.rpartition(".")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type, column_type, numeric_precision, numeric_scale"
            " FROM information_schema.columns"
            " WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) AND table_name = %s ORDER BY ordinal_position",
            (schema, table),
        )
        rows = cursor.fetchall()
        found = [
            SourceColumn(row[0], row[1].lower(), row[2].lower(), mysql_family(row[1].lower()), row[3], row[4])
            for row in rows
        ]
        cursor.execute(
            "SELECT table_name, COALESCE(avg_row_length, 0) FROM information_schema.tables"
            " WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE())",
            (schema,),
        )
        tables = dict(cursor.fetchall())
    return match_columns(extraction, found, tables), int(tables.get(table, 0)) or _UNKNOWN_ROW_BYTES


def build_select(extraction: Extraction, columns: list[SourceColumn]) -> str:
    """The statement that reads `extraction`; columns in the way that connectorx brings over exactly."""
    wanted = ", ".join(
        select_expression(found, column.type) for found, column in zip(columns, extraction.columns, strict=True)
    )
    where = f" WHERE {extraction.where}" if extraction.where else ""
    return f"SELECT {wanted} FROM {_quoted_table(extraction)}{where}"  # noqa: S608


def select_expression(column: SourceColumn, target: ColumnType) -> str:
    """The column as it is where connectorx 0.4.6 is exact, else its text.

    connectorx panics on wide decimals and on TIME beyond a day, and it parses JSON and writes it anew. A FLOAT goes
    as it is even into text, because the server's text of it has 6 digits.

    >>> select_expression(SourceColumn("n", "decimal", "decimal(38,0)", "decimal", 38, 0), ColumnType("DECIMAL"))
    'CAST(`n` AS CHAR)'
    """
    name = _preparer.quote_identifier(column.name)
    if column.family in ("text", "bytes", "float4", "float8"):
        return name
    if column.family == "bits":
        return f"CAST(CAST({name} AS UNSIGNED) AS CHAR)"
    if target.is_text or column.family == "time" or (column.family == "decimal" and not _is_exact_in_reader(column)):
        return f"CAST({name} AS CHAR)"
    return name


def _is_exact_in_reader(column: SourceColumn) -> bool:
    decimals = column.scale or 0
    whole_digits = (column.precision or 0) - decimals
    return decimals <= _READER_DECIMALS and whole_digits + _READER_DECIMALS <= _READER_DIGITS


def _quoted_table(extraction: Extraction) -> str:
    return ".".join(_preparer.quote_identifier(name) for name in extraction.table.split("."))


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
    return find_zero_date(address, extraction, columns) or SourceError(
        f"Cannot extract '{extraction.table}': the reader failed: {failure}. Choose other types in the design."
    )


def find_zero_date(address: SourceAddress, extraction: Extraction, columns: list[SourceColumn]) -> LoadError | None:
    """The error that names the first row with a zero month or day, as in 0000-00-00, which is no date elsewhere."""
    sources = {wanted.name: column for wanted, column in zip(extraction.columns, columns, strict=True)}
    keys = [_preparer.quote_identifier(sources[name].name) for name in extraction.key if name in sources]
    for column in columns:
        if column.family not in ("date", "timestamp", "instant"):
            continue
        name = _preparer.quote_identifier(column.name)
        condition = f"(MONTH({name}) = 0 OR DAYOFMONTH({name}) = 0)" + (
            f" AND ({extraction.where})" if extraction.where else ""
        )
        statement = f"SELECT {', '.join(keys) or '1'} FROM {_quoted_table(extraction)} WHERE {condition} LIMIT 1"  # noqa: S608
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
                " a date has month or day 0 (expected a date of the calendar). Correct the row in the source."
            )
    return None
