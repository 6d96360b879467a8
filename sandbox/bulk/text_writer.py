"""Rows to delimited text, fixed width, CSV or JSON as UNLOAD writes them."""

from __future__ import annotations

import bz2
import json
import re
import zlib
from io import RawIOBase
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import zstandard

from sandbox.bulk.column_types import ColumnType
from sandbox.bulk.errors import internal_error
from sandbox.bulk.query_result import ResultColumn
from sandbox.bulk.unload_statement import UnloadStatement

_ROWS_AT_ONCE = 65_536


class TextRows:
    """Writes batches of text columns into one file, compressed by the statement's method."""

    def __init__(self, file: RawIOBase, statement: UnloadStatement, columns: list[ResultColumn]) -> None:
        self._file = file
        self._statement = statement
        self._columns = columns
        self._compressor = _compressor(statement.compression)
        if statement.has_header:
            names = pa.RecordBatch.from_pydict({str(i): [column.name] for i, column in enumerate(columns)})
            header = [ResultColumn(column.name, ColumnType("character varying")) for column in columns]
            self._add(_lines(statement, header, names))

    def write(self, batch: pa.RecordBatch) -> None:
        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
            self._add(_lines(self._statement, self._columns, batch.slice(start, _ROWS_AT_ONCE)))

    def finish(self) -> None:
        if self._compressor is not None:
            self._file.write(self._compressor.flush())

    def _add(self, lines: list[str]) -> None:
        data = ("\n".join(lines) + "\n").encode()
        self._file.write(data if self._compressor is None else self._compressor.compress(data))


def _compressor(method: str) -> Any:
    if method == "GZIP":
        return zlib.compressobj(level=6, wbits=31)
    if method == "BZIP2":
        return bz2.BZ2Compressor()
    return zstandard.ZstdCompressor().compressobj() if method == "ZSTD" else None


def _lines(statement: UnloadStatement, columns: list[ResultColumn], batch: pa.RecordBatch) -> list[str]:
    arrays = [
        _without_prefix(array) if column.type.base == "binary varying" else array
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    if statement.format == "JSON":
        return _json_lines(columns, arrays)
    if statement.format == "FIXEDWIDTH":
        return _fixed_lines(statement, columns, arrays)
    fields = [_field(statement, column, array) for array, column in zip(arrays, columns, strict=True)]
    return list(pc.binary_join_element_wise(*fields, statement.delimiter).to_pylist())


def _without_prefix(array: pa.Array) -> pa.Array:
    """Hexadecimal digits without the engine's backslash-x. Source: AWS r_UNLOAD, VARBYTE."""
    return pc.utf8_slice_codeunits(array, 2)


def _field(statement: UnloadStatement, column: ResultColumn, array: pa.Array) -> pa.Array:
    """Source: AWS r_UNLOAD, CSV, ADDQUOTES, ESCAPE, NULL AS."""
    null_text = "null" if column.type.base == "super" else statement.null_as
    if statement.format == "CSV":
        special = f'[{re.escape(statement.delimiter)}"\n\r]'
        quoted = _quoted(pc.replace_substring(array, '"', '""'))
        array = pc.if_else(pc.match_substring_regex(array, special), quoted, array)
        return pc.fill_null(array, null_text)
    if statement.escape and column.type.is_text:
        quotes = "\"'" if statement.add_quotes else ""
        special = f"([{re.escape(statement.delimiter)}\\\\\n\r{quotes}])"
        array = pc.replace_substring_regex(array, special, r"\\\1")
    array = pc.fill_null(array, null_text)
    return _quoted(array) if statement.add_quotes else array


def _quoted(array: pa.Array) -> pa.Array:
    quote = pa.scalar('"')
    return pc.binary_join_element_wise(quote, array, quote, "")


def _json_lines(columns: list[ResultColumn], arrays: list[pa.Array]) -> list[str]:
    """One object a line; booleans are the strings t and f. Source: AWS r_UNLOAD, JSON."""
    names = [json.dumps(column.name, ensure_ascii=False) for column in columns]
    texts = [_json_values(column, array) for column, array in zip(columns, arrays, strict=True)]
    form = "{{" + ",".join(f"{name.replace('{', '{{').replace('}', '}}')}:{{}}" for name in names) + "}}"
    return [form.format(*row) for row in zip(*texts, strict=True)]


def _json_values(column: ResultColumn, array: pa.Array) -> list[str]:
    base = column.type.base
    is_raw = base in ("smallint", "integer", "bigint", "numeric", "real", "double precision", "super")
    values = array.to_pylist()
    if is_raw:
        return ["null" if value is None else value for value in values]
    return ["null" if value is None else json.dumps(value, ensure_ascii=False) for value in values]


def _fixed_lines(statement: UnloadStatement, columns: list[ResultColumn], arrays: list[pa.Array]) -> list[str]:
    """Fields padded by blanks; nothing is truncated. Source: AWS r_UNLOAD, FIXEDWIDTH, NULL AS."""
    padded = []
    for column, width, array in zip(columns, statement.widths, arrays, strict=True):
        fits = len(statement.null_as) <= width
        if not fits and column.type.is_text:
            raise internal_error(f"NULL AS string is wider than column {column.name}", 8001)
        filled = pc.fill_null(array, statement.null_as if fits else "")
        if (pc.max(pc.binary_length(filled)).as_py() or 0) > width:
            raise internal_error(f"Value of column {column.name} is wider than its fixedwidth {width}", 8001)
        padded.append(pc.utf8_rpad(filled, width))
    return list(pc.binary_join_element_wise(*padded, "").to_pylist())
