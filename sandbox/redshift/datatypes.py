"""Redshift's column types and what stores them in the engine. Source: c_Supported_data_types.md (D32-D36)."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.backend import RedshiftError
from sandbox.redshift.lexer import Cursor, words

MAX_VARCHAR, MAX_CHAR, MAX_VARBYTE = 65535, 4096, 1_024_000
DEFAULT_LENGTHS = {"varchar": 256, "char": 1, "varbyte": 64000}
MAX_LENGTHS = {"varchar": MAX_VARCHAR, "char": MAX_CHAR, "varbyte": MAX_VARBYTE}

# Every accepted spelling -> the type's one name.
SPELLINGS = {
    **dict.fromkeys(("smallint", "int2"), "smallint"),
    **dict.fromkeys(("integer", "int", "int4"), "integer"),
    **dict.fromkeys(("bigint", "int8"), "bigint"),
    **dict.fromkeys(("decimal", "numeric"), "numeric"),
    **dict.fromkeys(("real", "float4"), "real"),
    **dict.fromkeys(("double precision", "float8", "float"), "double precision"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("char", "character", "nchar"), "char"),
    "bpchar": "bpchar",
    **dict.fromkeys(("varchar", "character varying", "nvarchar"), "varchar"),
    "text": "text",
    "date": "date",
    **dict.fromkeys(("timestamp", "timestamp without time zone"), "timestamp without time zone"),
    **dict.fromkeys(("timestamptz", "timestamp with time zone"), "timestamp with time zone"),
    **dict.fromkeys(("time", "time without time zone"), "time without time zone"),
    **dict.fromkeys(("timetz", "time with time zone"), "time with time zone"),
    "super": "super",
    **dict.fromkeys(("varbyte", "varbinary", "binary varying"), "varbyte"),
}
UNSUPPORTED = words(
    """
    serial serial2 serial4 serial8 smallserial bigserial json jsonb uuid xml money bytea inet cidr
    macaddr bit hstore tsvector tsquery point line lseg box path polygon circle int4range int8range
    numrange tsrange tstzrange daterange name oid regclass
    """
)
TWO_WORDS = {"double": ("precision",), "character": ("varying",), "binary": ("varying",)}


@dataclass(frozen=True)
class DataType:
    """A Redshift type; `length` is bytes, or the precision of a decimal."""

    name: str
    length: int | None = None
    scale: int = 0

    def engine(self) -> str:
        """The type as the engine declares it."""
        if self.name == "numeric":
            return f"numeric({self.length},{self.scale})"
        if self.name in ("varchar", "char"):
            return f"{self.name}({self.length})"
        return {"super": "jsonb", "varbyte": "bytea"}.get(self.name, self.name)


def make(spelling: str, parameters: list[str], column: str = "") -> DataType:
    """A type from its spelling and parameters. Raises: RedshiftError.

    >>> make("nvarchar", ["max"]).engine(), make("decimal", []).engine(), make("text", []).engine()
    ('varchar(65535)', 'numeric(18,0)', 'varchar(256)')
    """
    name = SPELLINGS.get(spelling)
    if name is None:
        raise unknown(spelling, column)
    if name == "numeric":
        return decimal(parameters)
    if name in ("bpchar", "text"):
        name = "char" if name == "bpchar" else "varchar"
        if parameters and name == "char":
            raise RedshiftError("42601", 'syntax error at or near "("')
        return DataType(name, length_of("varchar", parameters) if parameters else 256)
    if name in DEFAULT_LENGTHS:
        return DataType(name, length_of(name, parameters))
    if spelling == "float" and parameters:
        bits = int(parameters[0])
        if not 1 <= bits <= 53:
            raise RedshiftError("22023", "precision for type float must be between 1 and 53 bits")
        return DataType("real" if bits < 25 else "double precision")
    if parameters:
        raise RedshiftError("42601", 'syntax error at or near "("')
    return DataType(name)


def unknown(spelling: str, column: str) -> RedshiftError:
    if spelling in UNSUPPORTED:
        where = f'Column "{column}"' if column else "The expression"
        return RedshiftError("0A000", f'{where} has unsupported type "{spelling}".')
    return RedshiftError("42704", f'type "{spelling}" does not exist')


def length_of(name: str, parameters: list[str]) -> int:
    if not parameters:
        return DEFAULT_LENGTHS[name]
    if parameters[0] == "max" and len(parameters) == 1:
        return MAX_LENGTHS[name]
    if len(parameters) != 1 or not parameters[0].isdigit():
        raise RedshiftError("42601", f'syntax error at or near "{parameters[0]}"')
    length = int(parameters[0])
    if length < 1:
        raise RedshiftError("22023", f"length for type {name} must be at least 1")
    if length > MAX_LENGTHS[name]:
        raise RedshiftError("22023", f"length for type {name} cannot exceed {MAX_LENGTHS[name]}")
    return length


def decimal(parameters: list[str]) -> DataType:
    """DECIMAL is (18,0) unless stated; at most 38 digits. Source: r_Numeric_types201.md"""
    if len(parameters) > 2 or not all(part.isdigit() for part in parameters):
        raise RedshiftError("42601", 'syntax error at or near "("')
    precision, scale = ([int(part) for part in parameters] + [0])[:2] if parameters else (18, 0)
    if not 1 <= precision <= 38:
        raise RedshiftError("22023", f"DECIMAL precision {precision} must be between 1 and 38")
    if scale > min(precision, 37):
        raise RedshiftError("22023", f"DECIMAL scale {scale} must be between 0 and precision {precision}")
    return DataType("numeric", precision, scale)


def read_type(cursor: Cursor, column: str = "") -> DataType:
    """Read a type name with its parameters from tokens. Raises: RedshiftError."""
    spelling = cursor.name()
    for second in TWO_WORDS.get(spelling, ()):
        if cursor.accept(second):
            spelling += f" {second}"
    parameters: list[str] = []
    if cursor.accept("("):
        parameters.append(cursor.next().value)
        while cursor.accept(","):
            parameters.append(cursor.next().value)
        cursor.expect(")")
    if spelling in ("timestamp", "time"):
        for kind in ("without", "with"):
            if cursor.accept(kind, "time", "zone"):
                spelling += f" {kind} time zone"
    if cursor.looks_at("["):
        raise RedshiftError("0A000", f'Column "{column}" has unsupported type "{spelling}[]".')
    return make(spelling, parameters, column)
