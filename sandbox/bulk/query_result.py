"""The rows of an UNLOAD's query, from the engine's CSV to typed record batches."""

from __future__ import annotations

import csv as text_csv
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import csv

from sandbox.backend import Backend, RedshiftError
from sandbox.bulk.column_types import ColumnType, parse_type
from sandbox.bulk.copy_statement import quote_name

_BLOCK_BYTES = 4 * 1024 * 1024
_VIEW = "pg_temp.sandbox_unload"
_ARROW = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class ResultColumn:
    """One column of a query's result."""

    name: str
    type: ColumnType


def describe(backend: Backend, query: str) -> list[ResultColumn]:
    """Names and types of a query's columns; with duplicate names, all types are text.

    `query` is engine SQL. Raises: RedshiftError for a type that the sandbox does not know.
    """
    header = b"".join(backend.copy_out(f"COPY (SELECT * FROM ({query}\n) q LIMIT 0) TO STDOUT (FORMAT csv, HEADER)"))
    names = _header_names(header)
    if len(set(names)) < len(names):
        return [ResultColumn(name, ColumnType("character varying", 65535)) for name in names]
    backend.execute(f"CREATE TEMP VIEW sandbox_unload AS {query}")
    rows = backend.execute(
        "SELECT pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute"
        f" WHERE attrelid = '{_VIEW}'::pg_catalog.regclass AND attnum > 0 ORDER BY attnum"
    )
    backend.execute(f"DROP VIEW {_VIEW}")
    try:
        types = [parse_type(str(row[0])) for row in rows]
    except ValueError as error:
        raise RedshiftError("0A000", str(error)) from error
    return [ResultColumn(name, kind) for name, kind in zip(names, types, strict=True)]


def with_scales(backend: Backend, query: str, columns: list[ResultColumn]) -> list[ResultColumn]:
    """The columns, where a numeric without precision gets 38 digits and the largest scale in the result."""
    unsized = [column for column in columns if column.type.base == "numeric" and not column.type.has_precision]
    if not unsized:
        return columns
    scales = ", ".join(f"pg_catalog.max(pg_catalog.scale({quote_name(column.name)}))" for column in unsized)
    found = backend.execute(f"SELECT {scales} FROM ({query}\n) q")[0]
    by_name = {column.name: int(scale or 0) for column, scale in zip(unsized, found, strict=True)}
    return [
        ResultColumn(column.name, ColumnType("numeric", 0, 38, by_name[column.name]))
        if column.name in by_name
        else column
        for column in columns
    ]


def result_blocks(backend: Backend, query: str) -> Iterator[bytes]:
    """The result as CSV in blocks of whole rows."""
    pieces: list[bytes] = []
    size = 0
    rows = backend.copy_out(f"COPY ({query}\n) TO STDOUT (FORMAT csv, ENCODING 'UTF8')")
    try:
        for piece in rows:
            pieces.append(piece)
            size += len(piece)
            if size >= _BLOCK_BYTES:
                yield b"".join(pieces)
                pieces, size = [], 0
    finally:
        if isinstance(rows, Generator):
            rows.close()
    if pieces:
        yield b"".join(pieces)


def arrow_schema(columns: Iterable[ResultColumn], is_typed: bool) -> pa.Schema:
    """The schema of the batches: real types for Parquet, else text as the engine prints it."""
    return pa.schema([(column.name, _arrow_type(column.type) if is_typed else pa.string()) for column in columns])


def parse_block(block: bytes, schema: pa.Schema) -> pa.RecordBatch:
    """One block of the engine's CSV as a record batch; '' and NULL stay apart, moments lose their zone.

    Raises: RedshiftError for a value beyond what Arrow reads, such as the year 10000.
    """
    positions = [str(index) for index in range(len(schema))]
    try:
        table = csv.read_csv(
            pa.py_buffer(block),
            csv.ReadOptions(column_names=positions, block_size=len(block) + 1),
            csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            csv.ConvertOptions(
                column_types=dict(zip(positions, schema.types, strict=True)),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise RedshiftError("0A000", f"Cannot unload a value: {error} (outside what this sandbox writes).") from error
    for index, kind in enumerate(schema.types):
        if pa.types.is_timestamp(kind) and kind.tz:
            table = table.set_column(index, positions[index], table.column(index).cast(pa.timestamp("us")))
    return table.rename_columns(schema.names).combine_chunks().to_batches(len(table))[0]


def without_zones(schema: pa.Schema) -> pa.Schema:
    """The schema of the files. Source: AWS r_UNLOAD, "FORMAT AS PARQUET"."""
    types = [pa.timestamp("us") if pa.types.is_timestamp(kind) else kind for kind in schema.types]
    return pa.schema(list(zip(schema.names, types, strict=True)))


def _arrow_type(kind: ColumnType) -> pa.DataType:
    if kind.base == "numeric":
        return pa.decimal128(kind.precision, kind.scale)
    return _ARROW.get(kind.base, pa.string())


def _header_names(header: bytes) -> list[str]:
    return next(text_csv.reader([header.decode("utf-8").rstrip("\n")]), [])
