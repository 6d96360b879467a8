"""What the steps of a load return: small, frozen, and all that later steps need to know."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Available(Result):
    status: str


class TargetReady(Result):
    """`read_until`: up to where the source was read for the window before this one; None where there is none."""

    created_schemas: tuple[str, ...]
    read_until: datetime | None


class Staged(Result):
    """The run's staging table, and the staging tables of killed runs that were dropped."""

    table: str
    dropped_tables: tuple[str, ...]


class StagedFile(Result):
    """One object that COPY will read. `row_count` is None where somebody else wrote the file."""

    key: str
    size_bytes: int
    row_count: int | None = None


class Extracted(Result):
    """The files of a run and their manifest; `manifest_key` is None where there is nothing to load."""

    files: tuple[StagedFile, ...]
    manifest_key: str | None
    row_count: int | None
    size_bytes: int
    source_bound: datetime | None = None


class Copied(Result):
    row_count: int
    size_bytes: int


class Deduplicated(Result):
    row_count: int
    removed_row_count: int


class Validated(Result):
    row_count: int


class Published(Result):
    """What a publish did to the target, and the target's row count at the end of that transaction."""

    inserted_row_count: int
    updated_row_count: int
    unchanged_row_count: int
    deleted_row_count: int
    target_row_count: int


class Unloaded(Result):
    prefix: str
    row_count: int
    files: tuple[StagedFile, ...]


class Checked(Result):
    row_count: int


class CleanedUp(Result):
    dropped_tables: tuple[str, ...]
    deleted_object_count: int


class Loaded(Result):
    """What one load did, from beginning to end."""

    table: str
    run_date: date
    copied_row_count: int
    inserted_row_count: int
    updated_row_count: int
    unchanged_row_count: int
    deleted_row_count: int
    target_row_count: int
    exported_row_count: int
