"""Parquet files to record batches that fit a table, or Redshift's refusal.

Redshift maps columns by position and insists on types: nothing is converted that it would not convert.
Source: AWS copy-usage_notes-copy-from-columnar.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.backend import Column
from sandbox.bulk.column_types import ColumnType, parse_type
from sandbox.bulk.dates import format_micros
from sandbox.bulk.errors import https_name, internal_error, spectrum_error
from sandbox.bulk.object_store import StoredObject
from sandbox.bulk.text_bytes import replace_invalid

MAX_BATCH_ROWS, BATCH_BYTES = 65_536, 4 * 1024 * 1024
_DAY_MICROS = 86_400_000_000
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_897  # 0001-01-01 and 10000-01-01, in days since 1970
_PHYSICAL = {
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
}
_INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}


@dataclass(frozen=True)
class ParquetTarget:
    """What a file must fit: the table's columns in the file's order, and the options that matter here."""

    columns: tuple[Column, ...]
    region: str
    fill_record: bool = False
    serialize_to_json: bool = False
    invalid_characters: str = ""

    @property
    def types(self) -> list[ColumnType]:
        return [parse_type(column.type) for column in self.columns]


def read_parquet(file: IO[bytes], source: StoredObject, target: ParquetTarget) -> Iterator[pa.RecordBatch]:
    """The rows of one file, in batches whose columns print as the engine reads them.

    Raises: RedshiftError 15007 or 15001 (Spectrum Scan Error).
    """
    name = https_name(target.region, source.url.bucket, source.url.key)
    try:
        parquet = pq.ParquetFile(file, buffer_size=1024 * 1024, pre_buffer=False, coerce_int96_timestamp_unit="us")
    except (pa.ArrowException, OSError) as error:
        raise spectrum_error(f"File '{name}' has an invalid version number: not a Parquet file.") from error
    _check_schema(parquet, source, target, name)
    types = target.types
    try:
        for batch in parquet.iter_batches(_batch_rows(parquet.metadata)):
            yield _fit_batch(batch, types, target, name)
    except (pa.ArrowException, OSError) as error:
        raise spectrum_error(f"File '{name}' cannot be read: {error}") from error


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """How many rows have about BATCH_BYTES."""
    size_bytes = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    return max(1, min(MAX_BATCH_ROWS, BATCH_BYTES * metadata.num_rows // max(size_bytes, 1)))


def _check_schema(parquet: pq.ParquetFile, source: StoredObject, target: ParquetTarget, name: str) -> None:
    schema = parquet.schema
    fields = parquet.schema_arrow
    found, expected = len(fields), len(target.columns)
    if found > expected or (found < expected and not target.fill_record):
        text = "Unmatched number of columns between table and file."
        raise spectrum_error(f"{text} Table columns: {expected}, Data columns: {found}, File name: {name}")
    leaves = {schema.column(index).path.split(".")[0]: schema.column(index) for index in range(len(schema))}
    for field, kind in zip(fields, target.types, strict=False):
        leaf = leaves[field.name]
        is_nested = pa.types.is_nested(field.type)
        if kind.base == "super" and target.serialize_to_json:
            continue
        if kind.base == "numeric" and not is_nested and _is_decimal(leaf):
            _check_decimal(leaf, kind, name)
        if is_nested or not _matches(leaf, kind):
            shown = _show(leaf, is_optional=field.nullable) if not is_nested else f"{field.type} {field.name}"
            raise spectrum_error(
                f"File '{name}' has an incompatible Parquet schema for column '{source.url}.{field.name}'. "
                f"Column type: {kind.display}, Parquet schema:\n{shown}"
            )


def _logical(leaf: Any) -> dict[str, Any]:
    return dict(json.loads(leaf.logical_type.to_json()))


def _is_decimal(leaf: Any) -> bool:
    return bool(_logical(leaf)["Type"] == "Decimal")


def _matches(leaf: Any, kind: ColumnType) -> bool:
    """Whether a Parquet column has exactly the table column's type."""
    logical = _logical(leaf)
    if kind.base in _INTEGER_BITS:
        bits = _INTEGER_BITS[kind.base]
        is_plain = logical["Type"] == "None" and leaf.physical_type == f"INT{bits}"
        is_signed = logical["Type"] == "Int" and logical["bitWidth"] == bits and logical["isSigned"]
        return bool(is_plain or is_signed)
    if kind.base in _PHYSICAL:
        return bool(leaf.physical_type == _PHYSICAL[kind.base])
    if kind.base == "numeric":
        return logical["Type"] == "Decimal" and leaf.scale == kind.scale and leaf.precision <= kind.precision
    if kind.is_text:
        return bool(leaf.physical_type == "BYTE_ARRAY" and logical["Type"] in ("String", "None", "Enum", "JSON"))
    if kind.base == "date":
        return bool(logical["Type"] == "Date")
    if kind.base.startswith("timestamp"):
        return bool(logical["Type"] == "Timestamp" or leaf.physical_type == "INT96")
    if kind.base == "time without time zone":
        return bool(logical["Type"] == "Time")
    if kind.base == "binary varying":
        return bool(leaf.physical_type == "BYTE_ARRAY")
    return False


def _check_decimal(leaf: Any, kind: ColumnType, name: str) -> None:
    """A decimal's stored width must be the one that the column's precision needs.

    Source: public report ParquetSharp#252.
    """
    if leaf.physical_type != "FIXED_LEN_BYTE_ARRAY":
        return
    expected = _decimal_bytes(kind.precision)
    if leaf.length != expected:
        text = f"column '{leaf.name}' has an invalid type length. Expecting: {expected} len in file: {leaf.length}"
        raise spectrum_error(f"File '{name}' {text}")


def _decimal_bytes(precision: int) -> int:
    """The fewest bytes that hold every signed decimal of the precision."""
    return ((10**precision).bit_length() + 1 + 7) // 8


def _show(leaf: Any, is_optional: bool) -> str:
    words = {"INT32": "int32", "INT64": "int64", "FLOAT": "float", "DOUBLE": "double", "BOOLEAN": "boolean"}
    physical = words.get(leaf.physical_type, "byte_array")
    kind = "optional" if is_optional else "required"
    annotation = f" ({leaf.converted_type})" if leaf.converted_type != "NONE" else ""
    levels = f"d:{leaf.max_definition_level} r:{leaf.max_repetition_level}"
    return f"{kind} {physical} {leaf.name}{annotation} [i:0 {levels}]\n"


def _fit_batch(batch: pa.RecordBatch, types: list[ColumnType], target: ParquetTarget, name: str) -> pa.RecordBatch:
    arrays = []
    for index, (column, kind) in enumerate(zip(target.columns, types, strict=True)):
        if index < batch.num_columns:
            array = _fit_column(batch.column(index), column, kind, target, name)
        else:
            array = pa.nulls(batch.num_rows, pa.string())
        if column.is_not_null and array.null_count:
            text = f"Cannot insert a NULL value into column {column.name}"
            raise internal_error(text, 8007, "query execution", "column.cpp:0")
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, [column.name for column in target.columns])


def _fit_column(array: pa.Array, column: Column, kind: ColumnType, target: ParquetTarget, name: str) -> pa.Array:
    if kind.base == "super":
        return _as_json(array)
    if kind.is_text:
        return _fit_text(array, column, kind, target, name)
    if pa.types.is_timestamp(array.type):
        return _fit_timestamp(array, kind)
    if kind.base == "date" and not _is_printable(array.cast(pa.int32()), 1):
        return _far_timestamps(pc.multiply(array.cast(pa.int32()).cast(pa.int64()), _DAY_MICROS), kind)
    if kind.base == "numeric":
        return array.cast(pa.string())
    if kind.base == "binary varying":
        return pa.array([None if value is None else "\\x" + value.hex() for value in array.to_pylist()], pa.string())
    return array


def _fit_text(array: pa.Array, column: Column, kind: ColumnType, target: ParquetTarget, name: str) -> pa.Array:
    """Source of the text: public report aws-sdk-pandas#280; lengths are in bytes."""
    array = array.cast(pa.large_binary() if pa.types.is_binary(array.type) else pa.string())
    try:
        array = array.cast(pa.string())
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        if not target.invalid_characters or kind.base == "character":
            text = f"String contains invalid or unsupported UTF8 codepoints. Column: {column.name}, File name: {name}"
            raise spectrum_error(text, 15001) from error
        array = _replace_invalid(array, target.invalid_characters)
    if pc.any(pc.match_substring(array, "\0")).as_py():
        text = f"NUL (0x00) inside a string cannot be stored. Column: {column.name}, File name: {name}"
        raise spectrum_error(text, 15001)
    longest = pc.max(pc.binary_length(array)).as_py() or 0
    if longest > kind.length:
        text = f"The length of the data column {column.name} is longer than the length defined in the table."
        raise spectrum_error(f"{text} Table: {kind.length}, Data: {longest}, File name: {name}", 15001)
    if kind.base == "character" and not pc.all(pc.string_is_ascii(array), min_count=0).as_py():
        text = f"Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Column: {column.name}"
        raise spectrum_error(f"{text}, File name: {name}", 15001)
    return array


def _replace_invalid(array: pa.Array, character: str) -> pa.Array:
    """Each invalid byte replaced by the character, so that the length in bytes stays."""
    values = array.cast(pa.binary()).to_pylist()
    texts = [None if value is None else value.decode("utf-8", "surrogateescape") for value in values]
    return pa.array([None if text is None else replace_invalid(text, character) for text in texts], pa.string())


def _fit_timestamp(array: pa.Array, kind: ColumnType) -> pa.Array:
    """Microseconds since 1970; nanoseconds are taken for microseconds, as Redshift takes them.

    Source: public report apache/arrow#38000.
    """
    if array.type.unit == "ns":
        return _far_timestamps(array.cast(pa.int64()), kind)
    micros = array.cast(pa.timestamp("us"))
    if not _is_printable(micros.cast(pa.int64()), _DAY_MICROS):
        return _far_timestamps(micros.cast(pa.int64()), kind)
    return micros.cast(pa.timestamp("us", tz="UTC")) if kind.base == "timestamp with time zone" else micros


def _is_printable(values: pa.Array, units_per_day: int) -> bool:
    """Whether all moments lie in the years 1 to 9999."""
    least, greatest = pc.min_max(values).values()
    is_empty = not least.is_valid
    return is_empty or (_FIRST_DAY * units_per_day <= least.as_py() and greatest.as_py() < _LAST_DAY * units_per_day)


def _far_timestamps(values: pa.Array, kind: ColumnType) -> pa.Array:
    """Microseconds as text with years of any size, which Arrow's printer lacks."""
    suffix = "+00" if kind.base == "timestamp with time zone" else ""
    texts = [None if value is None else format_micros(value) for value in values.to_pylist()]
    return pa.array([None if text is None else _with_zone(text, suffix) for text in texts], pa.string())


def _with_zone(text: str, zone: str) -> str:
    return text.removesuffix(" BC") + zone + (" BC" if text.endswith(" BC") else "")


def _as_json(array: pa.Array) -> pa.Array:
    """Nested values serialised as JSON; a string becomes a JSON string. Source: AWS ingest-super."""
    rows = array.to_pylist()
    return pa.array([None if row is None else json.dumps(row, default=str) for row in rows], pa.string())
