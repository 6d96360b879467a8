"""Rows of a result set in the form of the Data API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg2.extensions

LONG_TYPES = {20, 21, 23, 26}
DOUBLE_TYPES = {700, 701}
BOOLEAN_TYPE = 16
NUMERIC_TYPE = 1700
TYPE_NAMES = {
    16: "bool",
    19: "name",
    20: "int8",
    21: "int2",
    23: "int4",
    25: "text",
    26: "oid",
    700: "float4",
    701: "float8",
    1042: "bpchar",
    1043: "varchar",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamptz",
    1266: "timetz",
    1700: "numeric",
    3802: "super",
    4000: "super",
    6551: "varbyte",
    17: "varbyte",
}
INTEGER_PRECISION = {20: 19, 21: 5, 23: 10}


def read_values_as_text(connection: Any) -> None:
    """Make psycopg2 hand out every value as the server wrote it."""
    as_text = psycopg2.extensions.new_type(tuple(TYPE_NAMES), "TEXT", lambda value, _: value)
    psycopg2.extensions.register_type(as_text, connection)


def field_of(type_code: int) -> Callable[[str | None], dict[str, Any]]:
    """How a value of the type, as text, becomes a field. All types but these four arrive as stringValue."""
    if type_code in LONG_TYPES:
        return lambda text: {"isNull": True} if text is None else {"longValue": int(text)}
    if type_code in DOUBLE_TYPES:
        return lambda text: {"isNull": True} if text is None else {"doubleValue": float(text)}
    if type_code == BOOLEAN_TYPE:
        return lambda text: {"isNull": True} if text is None else {"booleanValue": text == "t"}
    return lambda text: {"isNull": True} if text is None else {"stringValue": text}


def records(columns: Sequence[Any], rows: Sequence[tuple[str | None, ...]]) -> list[list[dict[str, Any]]]:
    """Rows of text as the API's Records."""
    fields = [field_of(column.type_code) for column in columns]
    return [[field(text) for field, text in zip(fields, row, strict=True)] for row in rows]


def column_metadata(column: Any) -> dict[str, Any]:
    """One column of a result set, of a psycopg2 description."""
    code = column.type_code
    size = column.internal_size if column.internal_size and column.internal_size > 0 else 0
    precision = column.precision if code == NUMERIC_TYPE else INTEGER_PRECISION.get(code, size)
    return {
        "name": column.name,
        "label": column.name,
        "typeName": TYPE_NAMES.get(code, "varchar"),
        "length": 0 if code == NUMERIC_TYPE else size,
        "precision": precision or 0,
        "scale": column.scale or 0 if code == NUMERIC_TYPE else 0,
        "nullable": 1,
        "isSigned": code in LONG_TYPES | DOUBLE_TYPES | {NUMERIC_TYPE},
        "isCaseSensitive": code in (25, 1042, 1043),
        "isCurrency": False,
        "schemaName": "",
        "tableName": "",
    }
