"""Column types as Redshift names them; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BASES = {
    "smallint": "smallint",
    "int2": "smallint",
    "integer": "integer",
    "int": "integer",
    "int4": "integer",
    "bigint": "bigint",
    "int8": "bigint",
    "numeric": "numeric",
    "decimal": "numeric",
    "real": "real",
    "float4": "real",
    "double precision": "double precision",
    "float8": "double precision",
    "float": "double precision",
    "boolean": "boolean",
    "bool": "boolean",
    "character varying": "character varying",
    "varchar": "character varying",
    "nvarchar": "character varying",
    "text": "character varying",
    "name": "character varying",
    "character": "character",
    "char": "character",
    "nchar": "character",
    "bpchar": "character",
    "date": "date",
    "timestamp without time zone": "timestamp without time zone",
    "timestamp": "timestamp without time zone",
    "timestamp with time zone": "timestamp with time zone",
    "timestamptz": "timestamp with time zone",
    "time without time zone": "time without time zone",
    "time": "time without time zone",
    "time with time zone": "time with time zone",
    "timetz": "time with time zone",
    "super": "super",
    "jsonb": "super",
    "binary varying": "binary varying",
    "varbyte": "binary varying",
    "bytea": "binary varying",
}
_SHORT = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "char",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "binary varying": "varbyte",
}
_DEFAULT_LENGTH = {"character varying": 65535, "character": 1, "binary varying": 64000}


@dataclass(frozen=True)
class ColumnType:
    """A type: its long name, and length in bytes, precision and scale where it has them (else 0).

    `has_precision` is False for a numeric without one, which only the engine's expressions have.
    """

    base: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    has_precision: bool = True

    @property
    def is_text(self) -> bool:
        return self.base in ("character varying", "character")

    @property
    def short_name(self) -> str:
        """The name in `stl_load_errors.type`."""
        return _SHORT.get(self.base, self.base)

    @property
    def size_text(self) -> str:
        """The content of `stl_load_errors.col_length`."""
        return f"{self.precision},{self.scale}" if self.base == "numeric" else str(self.length)

    @property
    def display(self) -> str:
        """The type as error texts show it, such as VARCHAR(20)."""
        if self.base == "numeric":
            return f"DECIMAL({self.precision}, {self.scale})"
        name = self.short_name if self.is_text or "time" in self.base else self.base
        return f"{name.upper()}({self.length})" if self.length else name.upper()


def parse_type(text: str) -> ColumnType:
    """The type that `text` names, as the catalog prints it.

    >>> parse_type("numeric(18,2)")
    ColumnType(base='numeric', length=0, precision=18, scale=2, has_precision=True)

    Raises: ValueError for a type that the sandbox does not know.
    """
    match = re.fullmatch(r"\s*([a-z0-9 ]+)(?:\((\d+|max)(?:\s*,\s*(\d+))?\))?\s*([a-z ]*)", text.lower())
    name = " ".join(f"{match.group(1)} {match.group(4)}".split()) if match else ""
    if match is None or name not in _BASES:
        raise ValueError(f"Cannot read type '{text}': unknown to the sandbox.")
    base, first, second = _BASES[name], match.group(2), match.group(3)
    if base == "numeric":
        return ColumnType(base, 0, int(first or 18), int(second or 0), first is not None)
    if base in _DEFAULT_LENGTH:
        length = 65535 if first == "max" else int(first) if first else _DEFAULT_LENGTH[base]
        return ColumnType(base, length)
    return ColumnType(base)
