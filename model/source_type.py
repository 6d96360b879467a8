"""Which types of MySQL and PostgreSQL have an exact counterpart in the warehouse.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/federated-data-types.html and the type chapters of
https://dev.mysql.com/doc/refman/8.4/en/data-types.html, https://www.postgresql.org/docs/current/datatype.html
"""

from __future__ import annotations

from dataclasses import dataclass

_TEXTS = frozenset({"VARCHAR", "CHAR"})
_WHOLE = frozenset({"SMALLINT", "INTEGER", "BIGINT"})
_NUMBERS = _WHOLE | {"DECIMAL", "BOOLEAN"}

# Family of source types → target types that can hold its values; a value that does not fit fails when it is read.
COUNTERPARTS: dict[str, frozenset[str]] = {
    "integer": _NUMBERS | _TEXTS,
    "decimal": _NUMBERS | _TEXTS,
    "float4": _TEXTS | {"REAL", "DOUBLE PRECISION"},
    "float8": _TEXTS | {"DOUBLE PRECISION"},
    "boolean": _TEXTS | _WHOLE | {"BOOLEAN"},
    "bits": _NUMBERS,
    "text": _NUMBERS | _TEXTS | {"SUPER", "DATE", "TIME", "TIMESTAMP"},
    "json": _TEXTS | {"SUPER"},
    "nested": _TEXTS | {"SUPER"},
    "bytes": frozenset({"VARBYTE"}),
    "geometry": frozenset({"VARBYTE"}),  # as EWKB
    "date": _TEXTS | {"DATE", "TIMESTAMP"},
    "timestamp": _TEXTS | {"DATE", "TIMESTAMP"},
    "instant": _TEXTS | {"TIMESTAMP", "TIMESTAMPTZ"},
    "time": _TEXTS | {"TIME"},
    "shown": _TEXTS,  # has a text form only
}

_MYSQL_FAMILIES = {
    "integer": "tinyint smallint mediumint int bigint year",
    "decimal": "decimal",
    "float4": "float",
    "float8": "double",
    "bits": "bit",
    "text": "char varchar tinytext text mediumtext longtext enum set",
    "json": "json",
    "bytes": "binary varbinary tinyblob blob mediumblob longblob",
    "date": "date",
    "timestamp": "datetime",
    "instant": "timestamp",
    "time": "time",
    "geometry": "geometry point linestring polygon multipoint multilinestring multipolygon geomcollection"
    " geometrycollection",
    "shown": "uuid inet4 inet6",
}
_POSTGRES_FAMILIES = {
    "integer": "int2 int4 int8",
    "decimal": "numeric",
    "float4": "float4",
    "float8": "float8",
    "boolean": "bool",
    "text": "text varchar bpchar citext name",
    "json": "json jsonb",
    "nested": "hstore",
    "bytes": "bytea",
    "date": "date",
    "timestamp": "timestamp",
    "instant": "timestamptz",
    "time": "time",
    "shown": "uuid timetz interval money inet cidr macaddr macaddr8 xml bit varbit tsvector oid pg_lsn"
    " int4range int8range numrange tsrange tstzrange daterange"
    " int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange"
    # The text of PostGIS's two is EWKB in hex.
    " point line lseg box path polygon circle geometry geography",
}


@dataclass(frozen=True)
class SourceColumn:
    """A column as the source's information_schema describes it; types in lower case.

    `data_type` is DATA_TYPE of MySQL, udt_name of PostgreSQL. `family` is a key of COUNTERPARTS; None: cannot be read.
    """

    name: str
    data_type: str
    full_type: str
    family: str | None
    precision: int | None = None
    scale: int | None = None

    @property
    def is_unsigned(self) -> bool:
        return "unsigned" in self.full_type


def mysql_family(data_type: str) -> str | None:
    """The family of a type by its DATA_TYPE in lower case; None for what cannot be read."""
    return _family(data_type, _MYSQL_FAMILIES)


def postgres_family(udt_name: str, type_kind: str) -> str | None:
    """The family of a type by its name and pg_type.typtype; names that begin with _ are arrays.

    >>> postgres_family("_int4", "b"), postgres_family("mood", "e"), postgres_family("pg_snapshot", "b")
    ('nested', 'text', None)
    """
    if udt_name.startswith("_") or type_kind == "c":
        return "nested"
    return "text" if type_kind == "e" else _family(udt_name, _POSTGRES_FAMILIES)


def _family(name: str, families: dict[str, str]) -> str | None:
    return next((family for family, names in families.items() if name in names.split()), None)
