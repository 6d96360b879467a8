"""One value of COPY's text to what the engine reads, or Redshift's reason for refusing it; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

from sandbox.backend import Column
from sandbox.bulk.column_types import ColumnType
from sandbox.bulk.copy_statement import CopyStatement
from sandbox.bulk.dates import date_reader, timestamp_reader
from sandbox.bulk.text_bytes import cut_bytes, invalid_bytes, replace_invalid, size_bytes

_INTEGER_NAMES = {"smallint": ("Short", 15), "integer": ("Integer", 31), "bigint": ("Long", 63)}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_FLOAT = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)", re.IGNORECASE)
_BOOLEANS = {
    **dict.fromkeys(("t", "true", "y", "yes", "1", "on"), "t"),
    **dict.fromkeys(("f", "false", "n", "no", "0", "off"), "f"),
}

Convert = Callable[[str], "str | None"]


@dataclass
class FieldError(Exception):
    """Why a value was refused: a code and text of `stl_load_errors`."""

    code: int
    reason: str


class Converter:
    """Reads the fields of one column: NULL markers, blanks, then the type.

    Source: AWS copy-parameters-data-conversion.
    """

    def __init__(self, column: Column, kind: ColumnType, statement: CopyStatement) -> None:
        self.column = column
        self.kind = kind
        self.is_json = statement.format == "JSON"
        self.null_as = None if self.is_json else statement.null_as
        self.empty_as_null = statement.empty_as_null or self.null_as == ""
        self.blanks_as_null = statement.blanks_as_null
        self.is_untouched_text = not (statement.trim_blanks and kind.base == "character varying")
        self.date_format = statement.date_format
        self.time_format = statement.time_format
        self._convert = converter(kind, statement)

    def value(self, text: str | None) -> str | None:
        """The value as the engine's text, None for NULL. Raises: FieldError."""
        found = None if text is None or self._is_null(text) else self._convert(text)
        if found is None and self.column.is_not_null:
            raise FieldError(1213, "Missing data for not-null field")
        return found

    def _is_null(self, text: str) -> bool:
        if text == self.null_as:
            return True
        if not self.kind.is_text:
            return not text.strip() or (self.kind.base == "super" and text.strip() == "null")
        return (self.empty_as_null and not text) or (self.blanks_as_null and bool(text) and not text.strip())


def converter(kind: ColumnType, statement: CopyStatement) -> Convert:
    """The conversion of one type."""
    if kind.base in _INTEGER_NAMES:
        return lambda text: _integer(text, kind)
    if kind.base == "numeric":
        rounding = ROUND_HALF_UP if statement.round_decimals else ROUND_DOWN
        return lambda text: _decimal(text, kind, rounding)
    if kind.base in ("real", "double precision"):
        return lambda text: _float(text, kind)
    if kind.base == "boolean":
        return _boolean
    if kind.base == "date":
        return _date_converter(statement)
    if kind.base.startswith("timestamp"):
        return _timestamp_converter(kind, statement)
    if kind.is_text:
        return lambda text: _text(text, kind, statement)
    if kind.base == "binary varying":
        return lambda text: _hexadecimal(text, kind)
    return _super if kind.base == "super" else _time


def _integer(text: str, kind: ColumnType) -> str:
    name, bits = _INTEGER_NAMES[kind.base]
    digits = text.strip()
    body = digits[1:] if digits[:1] in ("+", "-") else digits
    if not (body.isdigit() and body.isascii()):
        raise _invalid_digit(digits, name, r"[+-]?\d*")
    if not -(2**bits) <= int(digits) < 2**bits:
        raise FieldError(1222, f"Overflow, Column type: {name}")
    return digits


def _decimal(text: str, kind: ColumnType, rounding: str) -> str:
    """Excess digits of the scale are cut, with ROUNDEC rounded. Source: AWS, ROUNDEC."""
    digits = text.strip()
    if not _NUMBER.fullmatch(digits) or not digits.isascii():
        raise _invalid_digit(digits, "Decimal", r"[+-]?\d*\.?\d*")
    with localcontext() as context:
        context.prec = 200
        value = Decimal(digits).quantize(Decimal(1).scaleb(-kind.scale), rounding=rounding)
        if abs(value) >= Decimal(10) ** (kind.precision - kind.scale):
            raise FieldError(1209, f"Overflow for NUMERIC({kind.precision},{kind.scale})")
    return format(value, "f")


def _float(text: str, kind: ColumnType) -> str:
    digits = text.strip()
    if not _FLOAT.fullmatch(digits):
        raise FieldError(1208, _invalid_digit(digits, "Float", r"[+-]?\d*\.?\d*(e[+-]?\d*)?").reason)
    smallest, largest = (1.4e-45, 3.4028234663852886e38) if kind.base == "real" else (5e-324, 1.7976931348623157e308)
    is_zero = not re.search("[1-9]", digits.lower().partition("e")[0])
    if digits.strip("+-")[0] not in "iInN" and not is_zero and not smallest <= abs(float(digits)) <= largest:
        raise FieldError(1208, f"Overflow, Column type: {'Real' if kind.base == 'real' else 'Double'}")
    return digits


def _invalid_digit(text: str, name: str, accepted: str) -> FieldError:
    match = re.match(accepted, text, re.IGNORECASE)
    position = min(match.end() if match else 0, max(len(text) - 1, 0))
    return FieldError(1207, f"Invalid digit, Value '{text[position : position + 1]}', Pos {position}, Type: {name}")


def _boolean(text: str) -> str:
    found = _BOOLEANS.get(text.strip().lower())
    if found is None:
        raise FieldError(1210, "Unknown boolean format")
    return found


def _date_converter(statement: CopyStatement) -> Convert:
    read = date_reader(statement.date_format)

    def convert(text: str) -> str | None:
        found = read(text)
        if found is not None:
            return f"{found[0]:%Y-%m-%d}".rjust(10, "0")
        if statement.accepts_any_date:
            return None
        if not statement.date_format and len(text.strip()) < 10:
            raise FieldError(1205, "Invalid Date Format - length must be 10 or more")
        raise FieldError(1205, f"Invalid Date Format [{statement.date_format or 'YYYY-MM-DD'}]")

    return convert


def _timestamp_converter(kind: ColumnType, statement: CopyStatement) -> Convert:
    """A zone in the text of a TIMESTAMP is ignored; a TIMESTAMPTZ without one is in UTC."""
    has_zone = kind.base == "timestamp with time zone"
    read = timestamp_reader(statement.time_format, has_zone)

    def convert(text: str) -> str | None:
        found = read(text)
        if found is not None:
            moment, offset = found
            if has_zone and offset is not None:
                moment -= offset
            return moment.isoformat(" ") + ("+00" if has_zone else "")
        if statement.accepts_any_date:
            return None
        form = statement.time_format or "YYYY-MM-DD HH24:MI:SS"
        raise FieldError(1206, f"Invalid timestamp format or value [{form}]")

    return convert


def _text(text: str, kind: ColumnType, statement: CopyStatement) -> str:
    """Source: AWS, ACCEPTINVCHARS, TRIMBLANKS, TRUNCATECOLUMNS; lengths are in bytes."""
    is_varchar = kind.base == "character varying"
    if not text.isascii():
        if statement.invalid_characters and is_varchar:
            text = replace_invalid(text, statement.invalid_characters)
        _checked_utf8(text)
        if not is_varchar:
            shown = next(character for character in text if not character.isascii()).encode().hex(" ")
            hint = "Multibyte character not supported for CHAR (Hint: Try using VARCHAR)."
            raise FieldError(1220, f"{hint} Invalid char: {shown}")
    if statement.trim_blanks and is_varchar:
        text = text.rstrip()
    if size_bytes(text) > kind.length:
        if not statement.truncate_columns:
            raise FieldError(1204, f"{'String' if is_varchar else 'Char'} length exceeds DDL length")
        text = cut_bytes(text, kind.length)
    if "\0" in text:
        raise FieldError(1218, "NUL (0x00) inside a string cannot be stored")
    return text


def _checked_utf8(text: str) -> str:
    if not text.isascii() and (wrong := invalid_bytes(text)):
        reason = "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: "
        raise FieldError(1220, f"{reason}{wrong[:4].hex(' ')} (error 3)")
    return text


def _super(text: str) -> str:
    """Text for SUPER must be JSON. Source: AWS ingest-super."""
    try:
        json.loads(_checked_utf8(text))
    except ValueError as error:
        raise FieldError(1224, "Invalid JSON for SUPER column") from error
    if "\\u0000" in text:
        raise FieldError(1224, "NUL (0x00) inside a string cannot be stored")
    return text


def _time(text: str) -> str:
    if not re.fullmatch(r"\d{2}:\d{2}:\d{2}(\.\d{1,6})?([+-]\d{2}(:?\d{2})?)?", text.strip()):
        raise FieldError(1206, "Invalid time format or value [HH24:MI:SS]")
    return text.strip()


def _hexadecimal(text: str, kind: ColumnType) -> str:
    """Source: AWS copy-usage_notes-varbyte: hexadecimal digits."""
    digits = text.strip()
    if not re.fullmatch(r"([0-9a-fA-F]{2})*", digits):
        raise FieldError(1219, "Invalid hex digit")
    if len(digits) > 2 * kind.length:
        raise FieldError(1204, "String length exceeds DDL length")
    return "\\x" + digits
