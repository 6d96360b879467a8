"""The contract of types: what each type of MySQL and PostgreSQL becomes in the warehouse, and how it is written.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html, federated-data-types.html and
copy-usage_notes-copy-from-columnar.html there; https://dev.mysql.com/doc/refman/8.4/en/data-types.html;
https://www.postgresql.org/docs/current/datatype.html
"""

from __future__ import annotations

from dataclasses import dataclass

from model.column_type import ColumnType, parse_column_type
from model.source_type import SourceColumn

MAX_DIGITS = 38
MAX_VARCHAR_BYTES = 65_535
MAX_VARBYTE_BYTES = 1_024_000


@dataclass(frozen=True)
class Rule:
    """A row of the contract, for source types that are treated alike.

    `{p}` and `{s}` stand for precision and scale, `{bytes}` for a length that is measured. `otherwise` is proposed
    where values are found that `target` cannot hold; None: they fail when they are read, or a policy changes them.
    """

    source: str
    target: str
    otherwise: str | None
    written: str


# A type is looked up as `bigint unsigned`, then `bigint`; what has a length of 1, as `tinyint(1)`, before both.
MYSQL = (
    Rule("tinyint(1)", "BOOLEAN", "SMALLINT", "bool; a number beside 0 and 1 fails"),
    Rule("tinyint, tinyint unsigned, smallint, year", "SMALLINT", None, "int16; the year 0000 is 0"),
    Rule("smallint unsigned, mediumint, mediumint unsigned, int", "INTEGER", None, "int32"),
    Rule("int unsigned, bigint", "BIGINT", None, "int64"),
    Rule("bigint unsigned", "DECIMAL(20,0)", None, "decimal128; BIGINT ends at half of its range"),
    Rule("decimal", "DECIMAL({p},{s})", "VARCHAR({p2})", "decimal128; beyond 38 digits DECIMAL(38,s) or text"),
    Rule("float", "REAL", None, "float"),
    Rule("double", "DOUBLE PRECISION", None, "double"),
    Rule("bit(1)", "BOOLEAN", None, "bool"),
    Rule("bit", "BIGINT", "DECIMAL(20,0)", "int64, the bits as a number; BIT(64) as decimal128"),
    Rule(
        "char, varchar, tinytext, text, mediumtext, longtext, enum, set",
        "VARCHAR({bytes})",
        None,
        "UTF-8; policies too_long, nul_character",
    ),
    Rule("json", "SUPER", None, "the text as the source has it, parsed by JSON_PARSE; at most 65,535 bytes"),
    Rule("binary, varbinary, tinyblob, blob, mediumblob, longblob", "VARBYTE({bytes})", None, "bytes; policy too_long"),
    Rule("date", "DATE", None, "date32; policy zero_date"),
    Rule("datetime", "TIMESTAMP", None, "microseconds, the wall clock as it is; policy zero_date"),
    Rule("timestamp", "TIMESTAMP", None, "microseconds in UTC, whatever the server's zone; policy zero_date"),
    Rule("time", "TIME", "VARCHAR(17)", "text, cast to TIME; negative and beyond a day: text"),
    Rule(
        "geometry, point, linestring, polygon, multipoint, multilinestring, multipolygon, geomcollection,"
        " geometrycollection",
        "VARBYTE({bytes})",
        None,
        "EWKB: WKB with the SRID",
    ),
    Rule("uuid", "VARCHAR(36)", None, "lower-case text"),
    Rule("inet4", "VARCHAR(15)", None, "text"),
    Rule("inet6", "VARCHAR(39)", None, "text"),
)
POSTGRES = (
    Rule("bool", "BOOLEAN", None, "bool"),
    Rule("int2", "SMALLINT", None, "int16"),
    Rule("int4", "INTEGER", None, "int32"),
    Rule("int8", "BIGINT", None, "int64"),
    Rule(
        "numeric",
        "DECIMAL({p},{s})",
        "VARCHAR({bytes})",
        "decimal128; without precision DECIMAL(38,s) with s as measured; policies nan, infinity, minus_infinity",
    ),
    Rule("float4", "REAL", None, "float; NaN and infinity too"),
    Rule("float8", "DOUBLE PRECISION", None, "double; NaN and infinity too"),
    Rule("text, varchar, bpchar, citext, name", "VARCHAR({bytes})", None, "UTF-8, CHAR(n) with its blanks; too_long"),
    Rule("enum", "VARCHAR({bytes})", None, "the label"),
    Rule("json, jsonb", "SUPER", None, "the text as the source has it, parsed by JSON_PARSE; at most 65,535 bytes"),
    Rule("array, composite, hstore", "SUPER", None, "JSON, as to_jsonb writes it; at most 65,535 bytes"),
    Rule("bytea", "VARBYTE({bytes})", None, "bytes; policy too_long"),
    Rule("date", "DATE", None, "date32; policies infinity, minus_infinity; years before 1 and after 9999 fail"),
    Rule("timestamp", "TIMESTAMP", None, "microseconds, the wall clock as it is; as date"),
    Rule("timestamptz", "TIMESTAMPTZ", None, "microseconds in UTC; as date"),
    Rule("time", "TIME", None, "text, cast to TIME; 24:00:00 too"),
    Rule("timetz", "VARCHAR(24)", None, "text"),
    Rule("interval", "VARCHAR(64)", None, "text as in ISO 8601: P1Y2DT3.5S"),
    Rule("uuid", "VARCHAR(36)", None, "lower-case text"),
    Rule("inet, cidr", "VARCHAR(43)", None, "text with the net's length where it has one"),
    Rule("macaddr, macaddr8", "VARCHAR(23)", None, "text"),
    Rule("oid", "VARCHAR(10)", None, "text"),
    Rule("money", "VARCHAR(64)", None, "text as the server's lc_monetary shows it"),
    Rule(
        "xml, bit, varbit, tsvector, pg_lsn, ranges, point, line, lseg, box, path, polygon, circle, geometry,"
        " geography",
        "VARCHAR({bytes})",
        None,
        "text; geometry and geography of PostGIS are EWKB in hex",
    ),
)


def rule_of(column: SourceColumn, kind: str) -> Rule | None:
    """The row of the contract for a column; None where it cannot be read. `kind` is mysql or postgresql.

    >>> rule_of(SourceColumn("n", "int", "int(10) unsigned", "integer"), "mysql").target
    'BIGINT'
    """
    if column.family is None:
        return None
    rules = {name: rule for rule in (MYSQL if kind == "mysql" else POSTGRES) for name in rule.source.split(", ")}
    return next((rules[name] for name in _names(column, kind) if name in rules), None)


def _names(column: SourceColumn, kind: str) -> list[str]:
    if kind == "mysql":
        is_one = column.full_type.startswith(f"{column.data_type}(1)")
        return [
            *([f"{column.data_type}(1)"] if is_one else []),
            *([f"{column.data_type} unsigned"] if column.is_unsigned else []),
            column.data_type,
        ]
    by_family = {"nested": "array", "text": "enum", "shown": "ranges"}
    return [column.data_type, by_family.get(column.family or "", "")]


def proposed(column: SourceColumn, rule: Rule, has_misfits: bool, byte_count: int, decimals: int) -> ColumnType:
    """The type that the contract proposes; beyond what types hold, the widest.

    `byte_count` is the length of the target where the rule leaves it open, `decimals` the scale of a numeric that
    declares none.
    """
    precision, scale = column.precision, column.scale
    if precision is None or scale is None or not 0 <= scale <= min(precision, MAX_DIGITS - 1):
        precision, scale = MAX_DIGITS, min(decimals, MAX_DIGITS - 1)
    text = (rule.otherwise or rule.target) if has_misfits else rule.target
    most = MAX_VARBYTE_BYTES if text.startswith("VARBYTE") else MAX_VARCHAR_BYTES
    return parse_column_type(
        text.format(p=min(precision, MAX_DIGITS), s=scale, p2=precision + 3, bytes=max(1, min(byte_count, most)))
    )
