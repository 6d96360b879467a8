"""Whole columns of text at once: the fast path for values in their usual form."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.bulk.column_types import ColumnType
from sandbox.bulk.values import Converter

_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_ISO_TIMESTAMP = "^" + _YEAR + r"-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?$"
# Integers that surely fit, by their number of digits.
_USUAL = {
    "smallint": "^-?[0-9]{1,4}$",
    "integer": "^-?[0-9]{1,9}$",
    "bigint": "^-?[0-9]{1,18}$",
    "real": r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$",
    "double precision": r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$",
    "boolean": "^(t|f|true|false|1|0)$",
    "date": f"^{_YEAR}-[01][0-9]-[0-3][0-9]$",
    "timestamp without time zone": _ISO_TIMESTAMP,
}
_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
# Unit, and the number of digits of integers that stay before the year 9999.
_EPOCHS = {"epochsecs": ("s", 11), "epochmillisecs": ("ms", 14)}
_CAST = {"date": pa.date32(), "timestamp without time zone": pa.timestamp("us")}


def convert_column(values: Sequence[Any], converter: Converter) -> pa.Array:
    """The column as the engine reads it.

    `values` are text and None, from JSON also numbers and truth values.
    Raises: FieldError for any value that must be refused; which one is not said.
    """
    array = _as_text(values, converter)
    if array is not None:
        array = _usual_form(_with_nulls(array, converter), converter)
    if array is not None and not (array.null_count and converter.column.is_not_null):
        return array
    return pa.array([converter.value(field_text(value, converter)) for value in values], pa.string())


def field_text(value: Any, converter: Converter) -> str | None:
    """A field as the text that COPY sees; of JSON, objects and arrays stay JSON, and for SUPER strings too.

    Source: AWS copy-usage_notes-copy-from-json, ingest-super.
    """
    if value is None or (type(value) is str and not (converter.is_json and converter.kind.base == "super")):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    is_number = isinstance(value, (int, float))
    return repr(value) if is_number else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _as_text(values: Sequence[Any], converter: Converter) -> pa.Array | None:
    """The values as text, doubles for a column of doubles, whole numbers for one of integers or seconds.

    None when they are of several types, or hold bytes that are no UTF-8.
    """
    if converter.kind.is_text:
        with contextlib.suppress(pa.ArrowException, UnicodeEncodeError):
            return pa.array(values, pa.string())
    try:
        array = pa.array(values)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        return None
    if pa.types.is_float64(array.type):
        if converter.kind.base == "double precision":
            return array
        array = pa.array([field_text(value, converter) for value in values], pa.string())
    if pa.types.is_int64(array.type) and (converter.kind.base in _LIMITS or _epoch_of(converter)):
        return array
    is_exact = any(check(array.type) for check in (pa.types.is_int64, pa.types.is_boolean, pa.types.is_null))
    return array.cast(pa.string()) if is_exact else array if pa.types.is_string(array.type) else None


def _with_nulls(array: pa.Array, converter: Converter) -> pa.Array:
    """NULL for the null marker, for an empty field that is no text, and by EMPTYASNULL and BLANKSASNULL."""
    kind = converter.kind
    if not pa.types.is_string(array.type):
        return array
    if converter.null_as is not None:
        array = _nullify(array, pc.equal(array, converter.null_as))
    if not kind.is_text:
        return _nullify(array, pc.equal(array, ""))
    if converter.empty_as_null and kind.is_text:
        array = _nullify(array, pc.equal(array, ""))
    if converter.blanks_as_null and kind.is_text:
        array = _nullify(array, pc.match_substring_regex(array, r"^\s+$"))
    return array


def _nullify(array: pa.Array, mask: pa.Array) -> pa.Array:
    return pc.if_else(mask, None, array) if pc.any(mask).as_py() else array


def _usual_form(array: pa.Array, converter: Converter) -> pa.Array | None:
    """The array, as dates and times where it holds them; None when a value needs a closer look."""
    kind = converter.kind
    if kind.is_text:
        return array if converter.is_untouched_text and _fits(array, kind) else None
    if pa.types.is_floating(array.type):
        return array
    if epoch := _epoch_of(converter):
        return _epoch_column(array, *epoch)
    if pa.types.is_int64(array.type):
        return array if _are_between(array, -_LIMITS[kind.base], _LIMITS[kind.base] - 1) else None
    pattern = _usual_pattern(kind)
    is_iso = {
        "date": converter.date_format in ("", "auto", "YYYY-MM-DD"),
        "timestamp without time zone": converter.time_format in ("", "auto"),
    }
    if pattern is None or not is_iso.get(kind.base, True) or not _all(pc.match_substring_regex(array, pattern)):
        return None
    try:
        return array.cast(_CAST[kind.base]) if kind.base in _CAST else array
    except pa.ArrowInvalid:
        return None


def _epoch_of(converter: Converter) -> tuple[str, int] | None:
    is_timestamp = converter.kind.base == "timestamp without time zone"
    return _EPOCHS.get(converter.time_format) if is_timestamp else None


def _epoch_column(array: pa.Array, unit: str, digits: int) -> pa.Array | None:
    if pa.types.is_string(array.type):
        if not _all(pc.match_substring_regex(array, f"^-?[0-9]{{1,{digits}}}$")):
            return None
        array = array.cast(pa.int64())
    if not _are_between(array, -(10**digits) + 1, 10**digits - 1):
        return None
    return array.cast(pa.timestamp(unit)).cast(pa.timestamp("us"))


def _are_between(array: pa.Array, smallest: int, largest: int) -> bool:
    found = pc.min_max(array).as_py()
    return found["min"] is None or bool(smallest <= found["min"] and found["max"] <= largest)


def _usual_pattern(kind: ColumnType) -> str | None:
    if kind.base != "numeric":
        return _USUAL.get(kind.base)
    fraction = rf"(\.[0-9]{{0,{kind.scale}}})?" if kind.scale else ""
    return rf"^-?[0-9]{{1,{kind.precision - kind.scale}}}{fraction}$" if kind.precision > kind.scale else None


def _fits(array: pa.Array, kind: ColumnType) -> bool:
    is_short = (pc.max(pc.binary_length(array)).as_py() or 0) <= kind.length
    characters = array.buffers()[2]
    is_clean = characters is None or b"\0" not in characters.to_pybytes()
    return is_short and is_clean and (kind.base == "character varying" or _all(pc.string_is_ascii(array)))


def _all(mask: pa.Array) -> bool:
    return bool(pc.all(mask, min_count=0).as_py())
