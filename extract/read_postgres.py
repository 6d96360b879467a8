"""Reads a PostgreSQL table as exact Arrow batches, by COPY … TO STDOUT.

The server writes CSV, in which NULL and '' differ; Arrow parses it. Every value travels as its text, which the
exact cast then reads, so that what has no counterpart (NaN, infinity, years before Christ) is refused by row.
"""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Generator, Iterator
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.csv
from sqlalchemy.dialects import postgresql

from extract.apply_policy import Changes
from extract.connect_postgres import cut_off, is_answering, statement_error
from extract.exact_cast import cast_batch
from extract.extraction import ExtractColumn, Extraction, match_columns
from extract.kept_sessions import KeptSessions
from extract.watched_pipe import WatchedPipe
from model.column_type import ColumnType
from model.errors import DataError, TransientError
from model.running import at_work
from model.source_address import SourceAddress
from model.source_type import SourceColumn, postgres_family

_MIN_BLOCK_BYTES = 4 * 1024 * 1024
_MAX_BLOCK_BYTES = 64 * 1024 * 1024
_NUMBER_BYTES = 64
_WRITE_BYTES = 256 * 1024
_preparer = postgresql.dialect().identifier_preparer


def read_postgres(
    address: SourceAddress, extraction: Extraction, changes: Changes, sessions: KeptSessions
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows in the target's names and Arrow types; one connection, one statement, one snapshot.

    Raises: ConfigError, SourceError, TransientError, DataError; never with the password.
    """
    with sessions.postgres(address) as connection:
        _take_snapshot(connection, extraction)
        columns = reflect(connection, extraction)
        copy = build_copy(extraction, columns)
        first_row = 1
        try:
            for batch in _copy_out(connection, copy, extraction, address):
                yield cast_batch(_decode_hex(batch, columns), extraction, first_row, changes)
                first_row += batch.num_rows
        except psycopg2.Error as error:
            raise statement_error(extraction.table, error) from None
        except pa.ArrowInvalid as error:
            raise DataError(
                f"Cannot extract '{extraction.table}': a row soon after row number {first_row - 1} has more bytes"
                f" than the types of the target hold (expected at most {_block_bytes(extraction)} as CSV): {error}."
                " Correct the row in the source, or widen the columns in the design."
            ) from None


def _take_snapshot(connection: Any, extraction: Extraction) -> None:
    """Source: https://www.postgresql.org/docs/current/sql-set-transaction.html"""
    if extraction.snapshot is None:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET TRANSACTION SNAPSHOT %s", (extraction.snapshot,))
    except psycopg2.Error as error:
        raise statement_error(extraction.table, error) from None


def reflect(connection: Any, extraction: Extraction) -> list[SourceColumn]:
    """The source's columns in the order of `extraction`.

    Raises: SourceError when the table or a column is missing, ConfigError when a type has no counterpart.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
        tables = [row[0] for row in cursor.fetchall()]
    return match_columns(extraction, source_columns(connection, extraction.table), tables)


def source_columns(connection: Any, table: str) -> list[SourceColumn]:
    """All columns of a table in their order; none where it does not exist. A domain counts as the type below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, t.typname, t.typtype,"
            " format_type(t.oid, CASE WHEN d.typtype = 'd' THEN d.typtypmod ELSE a.atttypmod END)"
            " FROM pg_attribute a JOIN pg_type d ON d.oid = a.atttypid"
            " JOIN pg_type t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END"
            " WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            (quoted_table(table),),
        )
        rows = cursor.fetchall()
    return [SourceColumn(row[0], row[1], row[3], postgres_family(row[1], row[2]), *_digits(row[3])) for row in rows]


def _digits(full_type: str) -> tuple[int | None, int | None]:
    """Precision and scale as `numeric(38,10)` declares them."""
    match = re.fullmatch(r"numeric\((\d+),(-?\d+)\)", full_type)
    return (int(match[1]), int(match[2])) if match else (None, None)


def quoted_name(name: str) -> str:
    return _preparer.quote_identifier(name)


def quoted_table(table: str) -> str:
    return ".".join(quoted_name(part) for part in table.split("."))


def build_select(extraction: Extraction, columns: list[SourceColumn]) -> str:
    """The statement that reads `extraction`."""
    wanted = ", ".join(
        select_expression(found, column) for found, column in zip(columns, extraction.columns, strict=True)
    )
    where = f" WHERE {extraction.where}" if extraction.where else ""
    return f"SELECT {wanted} FROM {quoted_table(extraction.table)}{where}"  # noqa: S608


def build_copy(extraction: Extraction, columns: list[SourceColumn]) -> str:
    return f"COPY ({build_select(extraction, columns)}) TO STDOUT (FORMAT csv)"


def select_expression(column: SourceColumn, wanted: ExtractColumn) -> str:
    """The column, cast where its own text would not be what the target's exact cast reads.

    Of values that are too long, enough is read; CHAR(n) is not cut, because casts take its trailing blanks off.

    >>> from model.column_type import ColumnType
    >>> wanted = ExtractColumn("at", ColumnType("TIMESTAMP"))
    >>> select_expression(SourceColumn("at", "timestamptz", "timestamptz", "instant"), wanted)
    '"at" AT TIME ZONE \\'UTC\\''
    """
    if wanted.enough and column.family == "bytes":
        return f"encode(substring({quoted_name(column.name)} FROM 1 FOR {wanted.enough}), 'hex')"
    expression = _whole_expression(column, wanted.type)
    if wanted.enough and column.data_type != "bpchar":
        return f"left(({expression})::text, {wanted.enough})"
    return expression


def _whole_expression(column: SourceColumn, target: ColumnType) -> str:
    name = quoted_name(column.name)
    match column.family, target.name:
        case "boolean", "SMALLINT" | "INTEGER" | "BIGINT":
            return f"{name}::int"
        case "boolean", _:
            return f"{name}::text"
        case "bytes", _:
            return f"encode({name}, 'hex')"
        case "float4", "DOUBLE PRECISION":
            return f"{name}::float8"
        case "instant", "TIMESTAMP":
            return f"{name} AT TIME ZONE 'UTC'"
        case "nested", "SUPER":
            return f"to_jsonb({name})::text"
    return name


def _copy_out(connection: Any, copy: str, extraction: Extraction, address: SourceAddress) -> Iterator[pa.RecordBatch]:
    """Yield what COPY writes as batches of text. The pipe between the two threads holds back the server."""
    failure: list[BaseException] = []
    read_end, write_end = os.pipe()

    def run_copy() -> None:
        try:
            with os.fdopen(write_end, "wb", _WRITE_BYTES) as sink, connection.cursor() as cursor:
                cursor.copy_expert(copy, sink)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run_copy, name="copy-out", daemon=True)
    thread.start()
    pipe = WatchedPipe(read_end, lambda: is_answering(address), lambda: cut_off(connection))
    source = io.BufferedReader(pipe, _WRITE_BYTES)
    try:
        with at_work(connection.cancel):
            if source.peek(1):
                for batch in _parse_csv(source, extraction):  # noqa: UP028 to close the parser would wait for the server
                    yield batch
    except BaseException:
        if not pipe.is_lost:
            connection.cancel()
        raise
    finally:
        source.close()
        thread.join()
    if pipe.is_lost:
        raise TransientError(
            f"Cannot extract '{extraction.table}': the connection to the source broke: the server sends nothing, and"
            " opens no new session. It is worth a retry."
        )
    if failure:
        raise failure[0]


def _parse_csv(source: Any, extraction: Extraction) -> Iterator[pa.RecordBatch]:
    names = [column.name for column in extraction.columns]
    return pa.csv.open_csv(
        source,
        read_options=pa.csv.ReadOptions(column_names=names, block_size=_block_bytes(extraction), use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _block_bytes(extraction: Extraction) -> int:
    """What Arrow parses at once, which must hold the longest row: its texts with every character quoted, or in hex."""
    longest = sum(
        4 * column.enough if column.enough else 2 * (column.type.staged.length or _NUMBER_BYTES)
        for column in extraction.columns
    )
    return min(max(longest, _MIN_BLOCK_BYTES), _MAX_BLOCK_BYTES)


def _decode_hex(batch: pa.RecordBatch, columns: list[SourceColumn]) -> pa.RecordBatch:
    for position, column in enumerate(columns):
        if column.family == "bytes":
            decoded = [None if value is None else bytes.fromhex(value) for value in batch.column(position).to_pylist()]
            batch = batch.set_column(position, column.name, pa.array(decoded, pa.binary()))
    return batch
