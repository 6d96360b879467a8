"""Column types of Amazon Redshift: how designs write them, how DDL writes them, what COPY FORMAT PARQUET reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

_TIME_BYTES = 15

_ALIASES = {
    "INT2": "SMALLINT",
    "INT": "INTEGER",
    "INT4": "INTEGER",
    "INT8": "BIGINT",
    "BOOL": "BOOLEAN",
    "FLOAT4": "REAL",
    "FLOAT": "DOUBLE PRECISION",
    "FLOAT8": "DOUBLE PRECISION",
    "DOUBLE": "DOUBLE PRECISION",
    "NUMERIC": "DECIMAL",
    "CHARACTER VARYING": "VARCHAR",
    "NVARCHAR": "VARCHAR",
    "CHARACTER": "CHAR",
    "NCHAR": "CHAR",
    "TIME WITHOUT TIME ZONE": "TIME",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
    "BINARY VARYING": "VARBYTE",
    "VARBINARY": "VARBYTE",
}
_ARROW_TYPES = {
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "REAL": pa.float32(),
    "DOUBLE PRECISION": pa.float64(),
    "DATE": pa.date32(),
    "TIME": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "SUPER": pa.string(),
}
_MAX_LENGTHS = {"VARCHAR": 65535, "CHAR": 4096, "VARBYTE": 1_024_000}
_DEFAULT_LENGTHS = {"VARCHAR": 256, "CHAR": 1, "VARBYTE": 64_000}
_MAX_PRECISION = 38
_MAX_SCALE = 37


@dataclass(frozen=True)
class ColumnType:
    """A type by its canonical name, with what it has of length (in bytes), precision and scale."""

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    @property
    def is_text(self) -> bool:
        return self.name in ("VARCHAR", "CHAR", "SUPER")

    @property
    def sql(self) -> str:
        """The type as DDL writes it."""
        if self.name == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        return f"{self.name}({self.length})" if self.length else self.name

    @property
    def staged(self) -> ColumnType:
        """The type of the column that COPY loads from Parquet, where that is another one: the publishing casts it.

        COPY brings no TIME from Parquet, and makes a JSON string of a text for SUPER: TIME is staged as text, SUPER as
        JSON text for JSON_PARSE, so at most as long as a VARCHAR.
        Source: https://docs.aws.amazon.com/redshift/latest/dg/ingest-super.html
        """
        lengths = {"TIME": _TIME_BYTES, "SUPER": _MAX_LENGTHS["VARCHAR"]}
        return ColumnType("VARCHAR", length=lengths[self.name]) if self.name in lengths else self

    @property
    def arrow_type(self) -> pa.DataType:
        """The type that a Parquet file needs, so that COPY accepts it for a column of this type.

        COPY converts nothing: an int64 does not fit an INTEGER, and the bytes of a decimal follow its precision.
        Timestamps are in microseconds, because nanoseconds are misread. TIME and SUPER travel as text: see `staged`.
        Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
        """
        if self.name == "DECIMAL":
            return pa.decimal128(self.precision, self.scale)
        if self.name in ("VARCHAR", "CHAR"):
            return pa.string()
        return pa.binary() if self.name == "VARBYTE" else _ARROW_TYPES[self.name]


def parse_column_type(text: str) -> ColumnType:
    """Read a type as people write it; aliases and defaults become what Redshift makes of them.

    >>> parse_column_type("numeric(18, 2)").sql
    'DECIMAL(18,2)'

    Raises: ValueError with what was found and what is allowed.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
    """
    match = re.fullmatch(r"([A-Z0-9 ]+?)\s*(?:\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\))?", text.strip().upper())
    written = " ".join(match[1].split()) if match else ""
    name = _ALIASES.get(written, written)
    if match and name == "DECIMAL":
        return _decimal(text, match[2], match[3])
    if match and name in _MAX_LENGTHS and match[3] is None:
        return ColumnType(name, length=_length(text, name, match[2]))
    if match and name in _ARROW_TYPES and match[2] is None:
        return ColumnType(name)
    known = ", ".join(sorted([*_ARROW_TYPES, "DECIMAL(p,s)", *(f"{name}(n)" for name in _MAX_LENGTHS)]))
    raise ValueError(f"'{text}' is no type that can be loaded (expected one of {known})")


def type_names() -> tuple[list[str], list[str]]:
    """The names that designs may write: of types without, and of types with a length or digits in brackets."""
    with_size = [*_MAX_LENGTHS, "DECIMAL"]
    with_size += [alias for alias, name in _ALIASES.items() if name in with_size]
    plain = [*_ARROW_TYPES, *(alias for alias in _ALIASES if alias not in with_size)]
    return plain, with_size


def _length(text: str, name: str, written: str | None) -> int:
    most = _MAX_LENGTHS[name]
    if written is None:
        return _DEFAULT_LENGTHS[name]
    if written == "MAX":
        return most
    if not written.isdigit() or not 1 <= int(written) <= most:
        raise ValueError(f"'{text}' has a length out of range (expected 1 to {most} bytes)")
    return int(written)


def _decimal(text: str, precision: str | None, scale: str | None) -> ColumnType:
    if precision is not None and not precision.isdigit():
        raise ValueError(f"'{text}' has no number as precision (expected DECIMAL(p,s))")
    digits, decimals = int(precision or 18), int(scale or 0)
    if not (1 <= digits <= _MAX_PRECISION and decimals <= min(digits, _MAX_SCALE)):
        raise ValueError(
            f"'{text}' is out of range (expected 1 to {_MAX_PRECISION} digits, of them at most {_MAX_SCALE} decimals)"
        )
    return ColumnType("DECIMAL", precision=digits, scale=decimals)
