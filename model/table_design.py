"""What a table of the warehouse is and where its rows come from, as `warehouse/<schema>/<table>.yaml` declares it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from model.column_type import ColumnType, parse_column_type

_MAX_NAME_BYTES = 127


def _identifier(name: str) -> str:
    """Source: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html"""
    if not re.fullmatch(r"[a-z_][a-z0-9_$]*", name) or len(name.encode()) > _MAX_NAME_BYTES:
        raise ValueError(f"expected a name of lower-case letters, digits, _ and $, at most {_MAX_NAME_BYTES} bytes")
    return name


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!_.*'()=-]+(/[A-Za-z0-9!_.*'()=-]+)*", text):
        raise ValueError("expected folder names joined by '/', none at the ends")
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
Prefix = Annotated[str, AfterValidator(_prefix)]


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Column(Declared):
    """One column; written in YAML as `name: TYPE [NOT NULL]`."""

    name: Identifier
    type: ColumnType
    is_not_null: bool = False


class DatabaseSource(Declared):
    """Rows of one table, read by a SELECT."""

    database: str = Field(description="Name of the SourceDatabase block.")
    table: str = Field(description="Table there; schema.table where it is not in the default schema.")
    lookback_days: int = Field(default=0, ge=0, description="Days that each window reaches back into the last.")
    time_zone: str = Field(default="UTC", description="Zone of the cursor's values, where they carry none themselves.")

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, time_zone: str) -> str:
        if time_zone not in available_timezones():
            raise ValueError("expected the name of a time zone, such as Europe/Berlin")
        return time_zone


class FileSource(Declared):
    """Files that somebody else puts under a prefix of the lake."""

    files: str = Field(description="Prefix in the lake; {run_date} becomes the date, as 2025-01-31.")
    format: Literal["parquet", "csv", "json"] = Field(description="CSV files have a header line.")
    compression: Literal["none", "gzip", "bzip2", "zstd"] = Field(
        default="none", description="Of CSV and JSON files; Parquet knows its own."
    )

    @field_validator("files")
    @classmethod
    def _ends_with_slash(cls, files: str) -> str:
        if not files.endswith("/") or "{run_date}" not in files:
            raise ValueError("expected a prefix with {run_date} in it that ends with '/'")
        return files

    def prefix(self, run_date: date) -> str:
        return self.files.replace("{run_date}", run_date.isoformat())


def _source_kind(source: Any) -> str:
    if isinstance(source, dict):
        return "files" if "files" in source else "database"
    return "files" if isinstance(source, FileSource) else "database"


Source = Annotated[
    Annotated[DatabaseSource, Tag("database")] | Annotated[FileSource, Tag("files")],
    Discriminator(_source_kind),
]


class TableDesign(Declared):
    """A target table: columns, keys, distribution and sort, source, load method, export."""

    schema_name: Identifier
    table_name: Identifier
    description: str = Field(min_length=1)
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
    sort: tuple[str, ...] = ()
    unload: Prefix | None = Field(
        default=None, description="Prefix of the lake under which each date is exported as Parquet."
    )
    allow_empty: bool = Field(default=False, description="Whether a window without rows is no error.")

    @field_validator("columns", mode="before")
    @classmethod
    def _columns_from_yaml(cls, columns: Any) -> Any:
        if not isinstance(columns, dict):
            return columns
        return tuple(_parse_column(name, declared) for name, declared in columns.items())

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
        for name in (value,) if isinstance(value, str) else value:
            if name not in names:
                raise ValueError(f"'{name}' is not among the columns (expected one of {', '.join(names)})")
        return value

    @model_validator(mode="after")
    def _method_has_what_it_needs(self) -> TableDesign:
        if self.load == "merge" and not self.key:
            raise ValueError("key: found nothing (expected the columns that name a row, because load is merge)")
        if self.load != "replace" and self.cursor is None:
            raise ValueError(f"cursor: found nothing (expected a column of time, because load is {self.load})")
        if self.cursor and not self.column(self.cursor).type.sql.startswith(("TIMESTAMP", "DATE")):
            found = self.column(self.cursor).type.sql
            raise ValueError(f"cursor: '{self.cursor}' is {found} (expected TIMESTAMP, TIMESTAMPTZ or DATE)")
        return self

    @property
    def name(self) -> str:
        return f"{self.schema_name}.{self.table_name}"

    @property
    def lookback(self) -> timedelta:
        return timedelta(days=self.source.lookback_days if isinstance(self.source, DatabaseSource) else 0)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _parse_column(name: str, declared: Any) -> Column:
    """Read `BIGINT NOT NULL`; a plain ValueError speaks of the one column that is wrong."""
    if not isinstance(declared, str):
        raise ValueError(f"column '{name}' is {declared!r} (expected TYPE or TYPE NOT NULL)")
    type_text, not_null = re.fullmatch(r"(.*?)(\s+not\s+null)?\s*", declared, re.IGNORECASE | re.DOTALL).groups()  # type: ignore[union-attr]
    try:
        return Column(name=_identifier(name), type=parse_column_type(type_text), is_not_null=bool(not_null))
    except ValueError as error:
        raise ValueError(f"column '{name}': {error}") from error
