"""What the steps of a load return: small, frozen, and all that later steps need to know."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from model.check import Stage
from model.outcome import Outcome
from model.table_design import TableDesign


class Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class NotYet(Result):
    """What was looked for and is not there; the run is to look again after that many seconds."""

    what: str
    look_again_seconds: float


class Delivered(Result):
    """What somebody else has put into the lake."""

    file_count: int


class Available(Result):
    status: str


class Compared(Result):
    """The design of what this run loads; what is to be remembered of the source's types, by column."""

    design: TableDesign = Field(repr=False)
    is_growing: bool
    left_columns: tuple[str, ...]
    source_types: dict[str, str] = Field(repr=False)
    is_cursor_nullable: bool


class Altered(Result):
    statements: tuple[str, ...]


class CursorChecked(Result):
    """Rows of the source whose cursor is NULL."""

    null_count: int


class DeletesFound(Result):
    """Rows that go from the target: their keys stand in the run's table of deleted keys."""

    row_count: int


class PastLoad(Result):
    """A load of the ledger that succeeded. `seconds` is None where it was not measured."""

    run_date: date
    copied_row_count: int
    inserted_row_count: int
    updated_row_count: int
    deleted_row_count: int
    target_row_count: int
    seconds: int | None


class TargetReady(Result):
    """`read_until`: up to where the source was read for the window before this one; None where there is none."""

    created_schemas: tuple[str, ...]
    read_until: datetime | None
    history: tuple[PastLoad, ...] = Field(default=(), repr=False, description="The last loads, newest first.")


class Staged(Result):
    """The run's staging table, and the staging tables of killed runs that were dropped."""

    table: str
    dropped_tables: tuple[str, ...]


class StagedFile(Result):
    """One object that COPY will read. `row_count` is None where somebody else wrote the file."""

    key: str
    size_bytes: int
    row_count: int | None = None


class ChangedValues(Result):
    """How many values of a column were changed as its policy says."""

    column: str
    policy: str
    value_count: int


class Extracted(Result):
    """The files of a run and their manifest; `manifest_key` is None where there is nothing to load."""

    files: tuple[StagedFile, ...]
    manifest_key: str | None
    row_count: int | None
    size_bytes: int
    source_bound: datetime | None = None
    changed_values: tuple[ChangedValues, ...] = ()


class RangesPlanned(Result):
    """The ranges of the key in which a table is read, and the moment as of which it is."""

    source_bound: datetime
    edges: tuple[int, ...]


class Dumped(Result):
    """A table in the lake; `is_from_before`: it stood there already, and was not read again."""

    row_count: int
    size_bytes: int
    file_count: int
    is_from_before: bool


class DumpAgeChecked(Result):
    """As of when the table holds rows of its source, in UTC; None: the ledger does not tell."""

    newest: datetime | None


class SourceDumped(Result):
    """What became of the tables of one source."""

    outcomes: tuple[Outcome, ...]


class ViewMade(Result):
    """`is_new`: it was dropped first where there was one, because its columns are others."""

    is_new: bool


class ShadowReady(Result):
    """The shadow schemas that stand."""

    schemas: tuple[str, ...]


class FormerFetched(Result):
    """The columns of the former tables, and the moment in UTC as of which their rows are (None: nobody knows)."""

    columns: dict[str, tuple[str, ...]] = Field(repr=False)
    moments: dict[str, datetime | None] = Field(repr=False)


class Switched(Result):
    """The tables and views that were switched, and those of them whose former state is kept."""

    tables: tuple[str, ...]
    kept: tuple[str, ...]


class ColumnsWritten(Result):
    """The file beside an export."""

    key: str


class Copied(Result):
    row_count: int
    size_bytes: int


class Deduplicated(Result):
    row_count: int
    removed_row_count: int


class Built(Result):
    """The rows of a transformation, beside the table that readers see."""

    row_count: int


class Validated(Result):
    row_count: int


class CheckResult(Result):
    """What one declared check found. `rows` are up to five that break it, as text, sensitive columns masked."""

    check: str
    kind: str
    severity: Literal["error", "warn"]
    stage: Stage
    state: Literal["passed", "failed", "warned"]
    expected: str
    found: str
    statement: str = Field(repr=False)
    rows: tuple[dict[str, str | None], ...] = Field(default=(), repr=False)


class ChecksRun(Result):
    """The declared checks of one table, at one stage of its load."""

    table: str
    results: tuple[CheckResult, ...]

    def of_state(self, state: str) -> tuple[CheckResult, ...]:
        return tuple(one for one in self.results if one.state == state)


class Published(Result):
    """What a publish did to the target, and the target's row count at the end of that transaction."""

    inserted_row_count: int
    updated_row_count: int
    unchanged_row_count: int
    deleted_row_count: int
    target_row_count: int


class Unloaded(Result):
    """The exports, a prefix each."""

    prefixes: tuple[str, ...]
    row_count: int
    files: tuple[StagedFile, ...]


class Checked(Result):
    row_count: int


class CleanedUp(Result):
    dropped_tables: tuple[str, ...]
    deleted_object_count: int


class Recorded(Result):
    """The cause of a failed load, as the ledger has it."""

    cause: str


class Crashed(Result):
    """Runs that Prefect took for running, although nothing was heard of them; their names."""

    runs: tuple[str, ...]


class Swept(Result):
    """What killed runs had left behind: staging tables, tables whose lease was held, prefixes in the lake."""

    staging_tables: tuple[str, ...] = ()
    leases: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


class LeaseFree(Result):
    """Whose lease was waited for: '' for nobody's."""

    holder: str


class Loaded(Result):
    """What one load did, from beginning to end; `read_until` None: the whole table, or nothing that has windows.

    `is_skipped`: there were no files, and the design lets that pass; the target was not looked at.
    """

    table: str
    run_date: date
    read_until: datetime | None = None
    copied_row_count: int
    inserted_row_count: int
    updated_row_count: int
    unchanged_row_count: int
    deleted_row_count: int
    target_row_count: int | None
    exported_row_count: int
    is_skipped: bool = False

    @classmethod
    def of_nothing(cls, table: str, run_date: date, exported_row_count: int = 0) -> Loaded:
        """Where no row of the target changes: a view, or an export alone."""
        names = [name for name in cls.model_fields if name.endswith("_row_count")]
        counts = dict.fromkeys(names, 0) | {"exported_row_count": exported_row_count}
        return cls.model_validate({"table": table, "run_date": run_date} | counts)

    @classmethod
    def skipped(cls, table: str, run_date: date) -> Loaded:
        """Nothing was loaded, because there were no files."""
        return cls(
            table=table,
            run_date=run_date,
            copied_row_count=0,
            inserted_row_count=0,
            updated_row_count=0,
            unchanged_row_count=0,
            deleted_row_count=0,
            target_row_count=None,
            exported_row_count=0,
            is_skipped=True,
        )
