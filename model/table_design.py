"""What a table of the warehouse is and where its rows come from, as `warehouse/<schema>/<table>.yaml` declares it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from model.check import AcceptedValues, Check, Freshness, Range, References
from model.column_type import ColumnType, parse_column_type
from model.declared import Declared
from model.file_source import FileSource
from model.value_policy import ValuePolicy, is_value, parse_policy

MAX_NAME_BYTES = 127
# Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html (PostgreSQL system columns)
_SYSTEM_COLUMNS = {"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
_WHOLE_NUMBERS = ("SMALLINT", "INTEGER", "BIGINT")
# What a key may be that is compared with the source's, which writes numbers with at most 30 decimals.
_COMPARED = (*_WHOLE_NUMBERS, "DECIMAL", "VARCHAR", "CHAR", "DATE", "TIMESTAMP")
_MAX_SOURCE_SCALE = 30
_DELETE_MARKS = ("BOOLEAN", *_WHOLE_NUMBERS, "DATE", "TIMESTAMP", "TIMESTAMPTZ")


def _identifier(name: str) -> str:
    """Source: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html"""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or len(name.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"expected a name of lower-case letters, digits and _, at most {MAX_NAME_BYTES} bytes")
    if name in _SYSTEM_COLUMNS:
        raise ValueError("expected a name that is not one of the warehouse's own columns")
    return name


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!_.*'()=-]+(/[A-Za-z0-9!_.*'()=-]+)*", text):
        raise ValueError("expected folder names joined by '/', none at the ends")
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
Prefix = Annotated[str, AfterValidator(_prefix)]


class Column(Declared):
    """One column; in YAML `name: TYPE [NOT NULL]`, or `name: {type: TYPE [NOT NULL], <policy>: <choice>, …}`."""

    name: Identifier
    type: ColumnType
    is_not_null: bool = False
    policy: ValuePolicy = ValuePolicy()
    is_sensitive: bool = False
    source: str | None = Field(default=None, min_length=1, description="Name in the source; None: the same.")

    @property
    def source_name(self) -> str:
        return self.source or self.name


class DatabaseSource(Declared):
    """Rows of one table, read by a SELECT."""

    database: str = Field(description="Name of the SourceDatabase block.")
    table: str = Field(
        pattern=r"^[^.]+(\.[^.]+)?$",
        description="Table there; schema.table where it is not in the default schema.",
    )
    lookback_days: int = Field(
        default=0, ge=0, le=3650, description="Days that each window reaches back into the last."
    )
    time_zone: str = Field(default="UTC", description="Zone of the cursor's values, where they carry none themselves.")
    partitions: int = Field(
        default=1, ge=1, le=64, description="Ranges of the key that are read side by side, each by its own connection."
    )
    several_snapshots: bool = Field(
        default=False,
        description="Whether partitions may show the source at moments a little apart: MySQL knows no other way.",
    )

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, time_zone: str) -> str:
        if time_zone not in available_timezones():
            raise ValueError("expected the name of a time zone, such as Europe/Berlin")
        return time_zone


class QuerySource(Declared):
    """Rows of one SELECT in the warehouse itself: the content of the `.sql` file beside the design."""

    sql: str
    column_names: tuple[str, ...] = Field(description="As the SELECT names and orders them.")
    tables: frozenset[str] = Field(description="What it reads, as schema.table.")


class SoftDelete(Declared):
    """A column by which the source marks rows as deleted: true, not 0, or a moment."""

    column: str = Field(description="BOOLEAN, whole number, DATE or TIMESTAMP; loaded as any other.")
    removes_row: bool = Field(default=False, description="Whether a marked row goes from the target.")


def _source_kind(source: Any) -> str:
    if isinstance(source, dict):
        return "files" if "files" in source else "database"
    if isinstance(source, QuerySource):
        return "query"
    return "files" if isinstance(source, FileSource) else "database"


Source = Annotated[
    Annotated[DatabaseSource, Tag("database")]
    | Annotated[FileSource, Tag("files")]
    | Annotated[QuerySource, Tag("query")],
    Discriminator(_source_kind),
]


class TableDesign(Declared):
    """A target table: columns, keys, distribution and sort, source, load method, export."""

    schema_name: Identifier
    table_name: Identifier
    description: str = Field(min_length=1, description="What a row is, for those who read the table.")
    source: Source
    columns: tuple[Column, ...] = Field(min_length=1)
    load: Literal["merge", "replace", "append"] = Field(
        description="merge: the window's rows by their key; replace: the whole table; append: the window's rows."
    )
    key: tuple[str, ...] = Field(default=(), description="Columns that name a row; MERGE joins on them.")
    cursor: str | None = Field(default=None, description="Column whose value decides to which window a row belongs.")
    newest_first: tuple[str, ...] = Field(
        default=(), description="Of several staged rows with one key, the one with the highest values stays."
    )
    loaded_at: Identifier | None = Field(
        default=None, description="TIMESTAMP column of the target only: when its row last changed there."
    )
    distribution: str = Field(description="'even', 'all', 'auto' or the column to distribute by.")
    sort: tuple[str, ...] = Field(default=(), description="Columns that the table is sorted by, on disk.")
    unload: Prefix | None = Field(
        default=None, description="Prefix of the lake under which each date is exported as Parquet."
    )
    on_schema_change: Literal["freeze", "evolve", "discard"] = Field(
        default="freeze",
        description="When source, design and target no longer fit: freeze fails before loading; evolve adds columns "
        "and widens texts of the target; discard loads the columns that all three have.",
    )
    columns_not_loaded: tuple[str, ...] = Field(
        default=(), description="Columns of the source that are left out on purpose; '*' is every one not listed."
    )
    soft_delete: SoftDelete | None = Field(default=None, description="How the source marks rows as deleted.")
    detect_deletes: bool = Field(
        default=False, description="Whether each load compares keys, and deletes rows that the source has no more."
    )
    null_cursor: Literal["fail", "ignore", "load"] = Field(
        default="fail", description="Rows whose cursor is NULL lie in no window: load brings them with each."
    )
    flow: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="The flow that loads this table in its turn beside others: patterns leave it to that.",
    )
    allow_empty: bool = Field(default=False, description="Whether a window without rows is no error.")
    view: bool = Field(
        default=False, description="Whether a .sql file makes a view: late-binding, so that no table is bound by it."
    )
    checks: tuple[Check, ...] = Field(default=(), description="What must hold of the rows, beside key and NOT NULL.")

    @field_validator("columns", mode="before")
    @classmethod
    def _columns_from_yaml(cls, columns: Any) -> Any:
        if not isinstance(columns, dict):
            return columns
        return tuple(_parse_column(name, declared) for name, declared in columns.items())

    @field_validator("columns_not_loaded", mode="before")
    @classmethod
    def _all_or_names(cls, names: Any) -> Any:
        return ("*",) if names == "*" else names

    @field_validator("key", "cursor", "newest_first", "sort", "loaded_at", "distribution")
    @classmethod
    def _names_declared_columns(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None or "columns" not in info.data:
            return value
        names = [column.name for column in info.data["columns"]]
        if info.field_name == "loaded_at":
            if value in names:
                raise ValueError("expected a name that is not among the columns: the warehouse fills it")
            return value
        if info.field_name == "distribution" and value in ("even", "all", "auto"):
            return value
        if isinstance(value, tuple) and len(set(value)) < len(value):
            raise ValueError("expected each column once")
        types = {column.name: column.type.name for column in info.data["columns"]}
        for name in (value,) if isinstance(value, str) else value:
            if types.get(name) == "SUPER":
                raise ValueError(f"'{name}' is SUPER (expected a column whose values can be compared)")
            if name not in names:
                raise ValueError(f"'{name}' is not among the columns (expected one of {', '.join(names)})")
        return value

    @model_validator(mode="after")
    def _method_has_what_it_needs(self) -> TableDesign:
        if self.unload and (binary := [column.name for column in self.columns if column.type.name == "VARBYTE"]):
            # Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html (VARBYTE: text or CSV only)
            raise ValueError(
                f"unload: '{binary[0]}' is VARBYTE, which cannot be exported as Parquet. Leave unload out."
            )
        if self.load == "merge" and not self.key:
            raise ValueError("key: found nothing (expected the columns that name a row, because load is merge)")
        is_whole = self.load == "replace" or (self.load == "merge" and isinstance(self.source, QuerySource))
        if not is_whole and self.cursor is None:
            raise ValueError(f"cursor: found nothing (expected a column of time, because load is {self.load})")
        if named := [
            column.name for column in self.columns if column.source and not isinstance(self.source, DatabaseSource)
        ]:
            raise ValueError(f"columns: '{named[0]}' has a source (expected that only where rows come from a database)")
        if self.load != "replace" and isinstance(self.source, FileSource) and not self.source.is_dated:
            raise ValueError(
                f"source.files: found {self.source.files!r} (expected {{run_date}} in it, because load is {self.load})"
            )
        if self.cursor and not self.column(self.cursor).type.sql.startswith(("TIMESTAMP", "DATE")):
            found = self.column(self.cursor).type.sql
            raise ValueError(f"cursor: '{self.cursor}' is {found} (expected TIMESTAMP, TIMESTAMPTZ or DATE)")
        return self

    @model_validator(mode="after")
    def _deletes_can_be_found(self) -> TableDesign:
        if self.soft_delete:
            self._check_soft_delete(self.soft_delete)
        if not self.detect_deletes:
            return self
        if self.load != "merge" or not isinstance(self.source, DatabaseSource):
            raise ValueError("detect_deletes: found true (expected it only where load is merge, from a database)")
        for column in map(self.column, self.key):
            if column.type.name not in _COMPARED or (column.type.scale or 0) > _MAX_SOURCE_SCALE:
                found, expected = column.type.sql, ", ".join(_COMPARED)
                raise ValueError(f"detect_deletes: the key's '{column.name}' is {found} (expected {expected})")
            if column.policy.chosen:
                raise ValueError(
                    f"detect_deletes: the key's '{column.name}' has a policy (expected values as they are)"
                )
        return self

    def _check_soft_delete(self, soft_delete: SoftDelete) -> None:
        if soft_delete.column not in self.column_names:
            raise ValueError(f"soft_delete.column: '{soft_delete.column}' is not among the columns")
        found = self.column(soft_delete.column).type
        if found.name not in _DELETE_MARKS:
            raise ValueError(f"soft_delete.column: found {found.sql} (expected one of {', '.join(_DELETE_MARKS)})")
        if soft_delete.removes_row and self.load == "append":
            raise ValueError("soft_delete.removes_row: found true (expected it only where load is merge or replace)")

    @model_validator(mode="after")
    def _checks_read_its_columns(self) -> TableDesign:
        for check in self.checks:
            for name in check.columns_read:
                if name not in self.column_names:
                    known = ", ".join(self.column_names)
                    raise ValueError(f"checks: {check.label}: '{name}' is not among the columns (expected {known})")
            if isinstance(check, References) and (check.table, check.stage) == (self.name, "staged"):
                raise ValueError(f"checks: {check.label}: stage is staged (expected target for rows of its own table)")
            if isinstance(check, Freshness) and self.column(check.column).type.name not in ("TIMESTAMP", "DATE"):
                found = self.column(check.column).type.sql
                raise ValueError(f"checks: {check.label}: it is {found} (expected TIMESTAMP or DATE)")
            if isinstance(check, Range | AcceptedValues):
                for value in check.compared:
                    if not is_value(value, self.column(check.column).type):
                        found = self.column(check.column).type.sql
                        raise ValueError(f"checks: {check.label}: found {value!r} (expected a value for {found})")
        labels = [check.label for check in self.checks]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"checks: '{label}' stands twice (expected a name for each)")
        return self

    @property
    def name(self) -> str:
        return f"{self.schema_name}.{self.table_name}"

    @property
    def has_whole_number_key(self) -> bool:
        return len(self.key) == 1 and self.column(self.key[0]).type.name in _WHOLE_NUMBERS

    @property
    def removes_marked_rows(self) -> bool:
        return self.soft_delete is not None and self.soft_delete.removes_row

    def is_left_out(self, source_column: str) -> bool:
        """Whether a column of the source that is not among the columns stays away on purpose."""
        names = [name.lower() for name in self.columns_not_loaded]
        return "*" in names or source_column.lower() in names

    @property
    def lookback(self) -> timedelta:
        return timedelta(days=self.source.lookback_days if isinstance(self.source, DatabaseSource) else 0)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def target_column_names(self) -> tuple[str, ...]:
        """With the one that the warehouse fills."""
        return (*self.column_names, *([self.loaded_at] if self.loaded_at else []))

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _parse_column(name: str, declared: Any) -> Column:
    """Read `BIGINT NOT NULL`, or that as the type of an object; a plain ValueError speaks of the one wrong column."""
    fields = dict(declared) if isinstance(declared, dict) else {"type": declared}
    written = fields.pop("type", None)
    if not isinstance(written, str):
        raise ValueError(f"column '{name}' is {declared!r} (expected TYPE, TYPE NOT NULL or an object with type)")
    source = fields.pop("source", None)
    is_sensitive = str(fields.pop("sensitive", "false"))
    if is_sensitive not in ("true", "false"):
        raise ValueError(f"column '{name}': sensitive is '{is_sensitive}' (expected true or false)")
    type_text, not_null = re.fullmatch(r"(.*?)(\s+not\s+null)?\s*", written, re.IGNORECASE | re.DOTALL).groups()  # type: ignore[union-attr]
    try:
        column_type = parse_column_type(type_text)
        policy = parse_policy(fields, column_type, bool(not_null))
        return Column(
            name=_identifier(name),
            type=column_type,
            is_not_null=bool(not_null),
            policy=policy,
            is_sensitive=is_sensitive == "true",
            source=source,
        )
    except ValueError as error:
        raise ValueError(f"column '{name}': {error}") from error
