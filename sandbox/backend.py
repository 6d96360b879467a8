"""What a Redshift session offers to the bulk commands: its one connection to the engine, and the lake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class LoadError:
    """One rejected input record, as `stl_load_errors` and `sys_load_error_detail` show it."""

    table: str
    file_name: str
    line_number: int
    column_name: str
    column_type: str
    column_length: str
    position: int
    raw_line: str
    raw_field_value: str
    error_code: int
    error_message: str


@dataclass
class RedshiftError(Exception):
    """An error as the client sees it: SQLSTATE, message, and optionally detail and hint."""

    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    load_errors: tuple[LoadError, ...] = ()

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Column:
    """A column of a table as Redshift declares it; `type` is such as `character varying(20)`."""

    name: str
    type: str
    is_not_null: bool
    is_identity: bool = False
    default: str | None = None


@dataclass(frozen=True)
class LoadedFile:
    """One object that a COPY read (a row of `stl_load_commits`)."""

    file_name: str
    size_bytes: int
    line_count: int


@dataclass(frozen=True)
class BulkResult:
    """What a finished COPY or UNLOAD says: command tag, row count, and INFO messages for the client."""

    tag: str
    row_count: int
    notices: tuple[str, ...] = ()
    table: str = ""
    files: tuple[LoadedFile, ...] = ()
    load_errors: tuple[LoadError, ...] = field(default=())


class Backend(Protocol):
    """The session's own connection to the engine, inside the client's transaction.

    Every method raises RedshiftError with the SQLSTATE and text that a Redshift client would see.
    """

    def execute(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run one engine statement; return its rows, values in text form."""

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Run `COPY … FROM STDIN`, feed the chunks, return the row count.

        An exception that `chunks` raises ends the engine's COPY (CopyFail).
        """

    def copy_out(self, sql: str) -> Iterator[bytes]:
        """Run `COPY … TO STDOUT`, yield its data (pieces of one or more whole rows).

        A generator that is closed before its end cancels the query.
        """

    def translate(self, query: str) -> str:
        """Turn one Redshift query into engine SQL, or refuse it."""

    def columns(self, schema: str | None, table: str) -> list[Column]:
        """The columns in order; schema None means the search path. Raises 42P01 for a missing table."""


@dataclass(frozen=True)
class LakeAccess:
    """S3 as the warehouse reaches it: a boto3 client, its region, and the roles that it may assume."""

    s3: Any
    region: str
    iam_roles: tuple[str, ...]
