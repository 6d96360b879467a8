"""Casts that keep every value as it is, or name the row that does not fit."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from extract.apply_policy import Changes, apply_policy, has_nul
from extract.extraction import Extraction
from model.column_type import ColumnType
from model.errors import ConfigError, DataError

_FIRST_DAY = -719162  # 0001-01-01, in days from 1970-01-01
_FIRST_MICROSECOND = _FIRST_DAY * 86_400_000_000
_MAX_DECIMAL_TEXT = 76  # more digits would wrap around in Arrow's widest decimal
_DATE_CHARACTERS = len("2024-01-31")
_TIME = r"^(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?|24:00:00(\.0{1,6})?)$"


class Misfit(ValueError):
    """At least one value does not fit; the text says what was found and what is expected."""


def cast_batch(batch: pa.RecordBatch, extraction: Extraction, first_row: int, changes: Changes) -> pa.RecordBatch:
    """The batch with the names and Arrow types of the target; columns match by position.

    `first_row` is the number of the batch's first row, counted from 1, for rows that no key names. Values that a
    policy changes are counted in `changes`.
    Raises: DataError naming table, column and row; ConfigError when a type has no exact way to the other.
    """
    arrays = []
    for position, column in enumerate(extraction.columns):
        values = batch.column(position)
        try:
            if column.policy.chosen:
                values = apply_policy(_plain(values, column.type), column, changes)
            arrays.append(cast_column(values, column.type))
        except pa.ArrowNotImplementedError as error:
            raise ConfigError(
                f"Cannot extract '{extraction.table}.{column.source_name}': {values.type} has no exact counterpart in"
                f" {column.type.sql}. Choose another type for '{column.name}' in the design."
            ) from error
        except (Misfit, pa.ArrowInvalid):
            index, reason = _first_misfit(values, column.type)
            row = name_row(batch, extraction, index, first_row)
            raise DataError(
                f"Cannot extract '{extraction.table}.{column.source_name}': in the row {row} {reason}"
                f" (expected {column.type.sql}). Correct the row in the source, or in the design widen '{column.name}'"
                " or choose a policy for it."
            ) from None
    names = [column.name for column in extraction.columns]
    return pa.RecordBatch.from_arrays(arrays, names)


def name_row(batch: pa.RecordBatch, extraction: Extraction, index: int, first_row: int) -> str:
    """`order_id=7`, or `number 7` where there is no key."""
    positions = {column.name: position for position, column in enumerate(extraction.columns)}
    keys = [f"{name}={batch.column(positions[name])[index].as_py()}" for name in extraction.key if name in positions]
    return ", ".join(keys) or f"number {first_row + index}"


def _first_misfit(values: pa.Array, target: ColumnType) -> tuple[int, str]:
    """Halve the column until one value is left that does not fit; return its place and the reason."""
    start, length = 0, len(values)
    while length > 1:
        half = length // 2
        if _reason(values.slice(start, half), target):
            length = half
        else:
            start, length = start + half, length - half
    return start, _reason(values.slice(start, length), target) or "a value does not fit"


def _reason(values: pa.Array, target: ColumnType) -> str | None:
    try:
        cast_column(values, target)
    except Misfit as misfit:
        return str(misfit)
    except pa.ArrowInvalid:
        return f"a value does not fit {target.sql} exactly"
    return None


def cast_column(values: pa.Array, target: ColumnType) -> pa.Array:
    """The values in the target's Arrow type.

    Raises: Misfit or pa.ArrowInvalid when one does not fit, pa.ArrowNotImplementedError when no value could.
    """
    caster = _CASTERS.get(target.name, _cast_integer)
    return caster(_plain(values, target), target)


def _plain(values: pa.Array, target: ColumnType) -> pa.Array:
    """Text as Arrow's string; bytes too where the target is text."""
    if pa.types.is_large_string(values.type):
        return values.cast(pa.string())
    if target.is_text and (pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)):
        return _to_string(values)
    return values


def _cast_integer(values: pa.Array, target: ColumnType) -> pa.Array:
    if pa.types.is_string(values.type):
        _check(pc.match_substring_regex(values, r"^-?\d+$"), "a text is no whole number")
    elif pa.types.is_temporal(values.type):
        raise pa.ArrowNotImplementedError("a point in time is no number")
    return values.cast(target.arrow_type)


def _cast_boolean(values: pa.Array, target: ColumnType) -> pa.Array:
    if pa.types.is_integer(values.type):
        _check(pc.and_(pc.greater_equal(values, 0), pc.less_equal(values, 1)), "a number is neither 0 nor 1")
    elif not (pa.types.is_string(values.type) or pa.types.is_boolean(values.type)):
        raise pa.ArrowNotImplementedError("neither number, text nor boolean")
    return values.cast(pa.bool_())


def _cast_decimal(values: pa.Array, target: ColumnType) -> pa.Array:
    if pa.types.is_floating(values.type):
        raise pa.ArrowNotImplementedError("a binary fraction is no decimal")
    if pa.types.is_string(values.type):
        _check_length(values, _MAX_DECIMAL_TEXT, "characters")
    if not pa.types.is_decimal(values.type):
        # Arrow's text to decimal128 wraps around beyond 38 digits; decimal256 is wide enough for the check after it.
        values = values.cast(pa.decimal256(76, target.scale))
    return values.cast(target.arrow_type)


def _cast_float(values: pa.Array, target: ColumnType) -> pa.Array:
    if not (pa.types.is_floating(values.type) or pa.types.is_string(values.type)):
        raise pa.ArrowNotImplementedError("no binary fraction")
    cast = values.cast(target.arrow_type)
    if pa.types.is_floating(values.type) and values.type != cast.type:
        back = cast.cast(values.type)
        _check(pc.or_(pc.equal(back, values), pc.is_nan(cast)), "a number would be rounded")
    return cast


def _cast_date(values: pa.Array, target: ColumnType) -> pa.Array:
    if pa.types.is_string(values.type) and (pc.max(pc.binary_length(values)).as_py() or 0) > _DATE_CHARACTERS:
        values = values.cast(pa.timestamp("us"))
    cast = values.cast(pa.date32())
    if pa.types.is_timestamp(values.type):
        _check(pc.equal(cast.cast(values.type), values), "a timestamp has a time of day")
    days = cast.cast(pa.int32())
    _check_least(days, _FIRST_DAY)
    return cast


def _cast_timestamp(values: pa.Array, target: ColumnType) -> pa.Array:
    if not (pa.types.is_timestamp(values.type) or pa.types.is_date(values.type) or pa.types.is_string(values.type)):
        raise pa.ArrowNotImplementedError("no point in time")
    cast = values.cast(target.arrow_type)
    _check_least(cast.cast(pa.int64()), _FIRST_MICROSECOND)
    return cast


def _cast_time(values: pa.Array, target: ColumnType) -> pa.Array:
    if not pa.types.is_string(values.type):
        raise pa.ArrowNotImplementedError("no text")
    _check(pc.match_substring_regex(values, _TIME), "a time is outside one day")
    return values


def _cast_text(values: pa.Array, target: ColumnType) -> pa.Array:
    """Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html (lengths are in bytes)."""
    if pa.types.is_floating(values.type):
        values = values.cast(pa.string())
    if not pa.types.is_string(values.type):
        raise pa.ArrowNotImplementedError("no text")
    # SUPER itself holds more, but JSON comes to it as text.
    what = "a JSON text, which comes to SUPER as VARCHAR(65535)," if target.name == "SUPER" else "a value"
    _check_length(values, target.staged.length or 0, "bytes", what)
    if target.name == "CHAR":
        _check(pc.string_is_ascii(values), "a text has characters of several bytes")
    if target.name == "SUPER":
        _check(pc.invert(has_nul(values, target)), "a JSON text has a NUL character (\\u0000)")
    _, _, data = values.buffers()
    if data is not None and len(values) and _has_zero_byte(values, data):
        _check(pc.invert(pc.match_substring(values, "\0")), "a text has a NUL character")
    return values


def _to_string(values: pa.Array) -> pa.Array:
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        raise Misfit("a value is no UTF-8 text") from None


def _has_zero_byte(values: pa.Array, data: pa.Buffer) -> bool:
    """Whether any byte of the texts is 0: one pass over the bytes, much faster than over the texts."""
    offsets = pa.Array.from_buffers(pa.int32(), len(values) + 1, [None, values.buffers()[1]], offset=values.offset)
    start, end = offsets[0].as_py(), offsets[len(values)].as_py()
    if start == end:
        return False
    least = pc.min(pa.Array.from_buffers(pa.uint8(), end - start, [None, data.slice(start, end - start)]))
    return least.as_py() == 0


def _cast_bytes(values: pa.Array, target: ColumnType) -> pa.Array:
    if not (pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)):
        raise pa.ArrowNotImplementedError("no bytes")
    _check_length(values, target.length or 0, "bytes")
    return values.cast(pa.binary())


def _check(is_fitting: pa.Array, found: str) -> None:
    """`is_fitting` is null where the value is."""
    if pc.all(is_fitting, min_count=0).as_py() is False:
        raise Misfit(found)


def _check_length(values: pa.Array, most: int, unit: str, what: str = "a value") -> None:
    longest = pc.max(pc.binary_length(values)).as_py()
    if longest is not None and longest > most:
        raise Misfit(f"{what} is {longest} {unit} long")


def _check_least(values: pa.Array, least: int) -> None:
    found = pc.min(values).as_py()
    if found is not None and found < least:
        raise Misfit("a date lies before the year 1")


_CASTERS: dict[str, Callable[[pa.Array, ColumnType], pa.Array]] = {
    "BOOLEAN": _cast_boolean,
    "DECIMAL": _cast_decimal,
    "REAL": _cast_float,
    "DOUBLE PRECISION": _cast_float,
    "DATE": _cast_date,
    "TIME": _cast_time,
    "TIMESTAMP": _cast_timestamp,
    "TIMESTAMPTZ": _cast_timestamp,
    "VARCHAR": _cast_text,
    "CHAR": _cast_text,
    "SUPER": _cast_text,
    "VARBYTE": _cast_bytes,
}
