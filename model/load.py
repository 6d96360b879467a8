"""One load of one table: what is to be loaded, by which run, and the names of all that the run makes.

The lake, as one run of `mart.orders` for 2025-01-01 sees it:

    s3://lake/
        extracted/mart.orders/2025-01-01/<run_id>/part-00000.parquet …    this run only; clean_up deletes it
        extracted/mart.orders/2025-01-01/<run_id>/manifest.json           written last: the commit mark
        orders/2025-01-01/…                                               only where files come from elsewhere
        orders_snapshot/dt=2025-01-01/0000_part_00.parquet … manifest     the export
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from model.check import Check, Stage
from model.table_design import DatabaseSource, FileSource, QuerySource, TableDesign
from model.window import Window

STAGING_SCHEMA = "staging"
_RUN_DIGITS = 12  # of the run's id: the random ones, so that the name stays short
_DELETED = "_deleted"
_LEDGER_BYTES = 1024


class Load(BaseModel):
    """Everything that the statements and keys of one run depend on."""

    model_config = ConfigDict(frozen=True)

    flow: str = Field(description="Name of the flow, for the tag of each statement.")
    design: TableDesign
    run_id: str = Field(pattern=r"^[a-z0-9-]+$", description="Names the run in staging, lake and ledger.")
    run_date: date
    window: Window | None = Field(description="What the run is about; None: the whole table, which is replaced.")
    read_since: datetime | None = Field(
        default=None, description="Where the window before this one ended early: what it left is read too."
    )
    source_bound: datetime | None = Field(
        default=None, description="UTC: the begin of the oldest transaction that was open at the source."
    )
    started_at: datetime | None = Field(default=None, description="UTC, by the clock of the run.")
    only_checks: bool = Field(default=False, description="Whether nothing is loaded: the target is only checked.")
    defers_checks: bool = Field(
        default=False, description="Whether the flow checks the target later, when other tables are there too."
    )
    bucket: str
    slice_count: int = Field(default=1, description="The number of extracted files is a multiple of it.")
    iam_role: str = Field(description="ARN, or 'default' for the role that the warehouse has by default.")
    dump_prefix: str | None = Field(
        default=None, description="Where the table's dump lies, ending in '/'; None: rows come from the source itself."
    )

    @property
    def table(self) -> str:
        return self.design.name

    @property
    def method(self) -> str:
        """merge, replace, append or transform; a full refresh replaces, whatever the design says."""
        is_whole = self.window is None or self.design.load == "replace"
        return self.design.load if not is_whole else "transform" if self.is_transformed else "replace"

    @property
    def is_transformed(self) -> bool:
        """Whether the warehouse itself makes the rows."""
        return isinstance(self.design.source, QuerySource)

    @property
    def read_window(self) -> Window | None:
        """What the run reads: the window, the declared lookback before it, nothing that may still be written."""
        if self.window is None:
            return None
        window = self.window.with_lookback(self.design.lookback)
        window = Window(since=min(window.since, self.read_since or window.since), until=window.until)
        return window.before(self.bound) if self.bound else window

    @property
    def bound(self) -> datetime | None:
        """The source's bound in the zone of the cursor's values."""
        source = self.design.source
        if self.source_bound is None or not isinstance(source, DatabaseSource):
            return None
        bound = self.source_bound.replace(tzinfo=UTC).astimezone(ZoneInfo(source.time_zone)).replace(tzinfo=None)
        if self.design.cursor and self.design.column(self.design.cursor).type.name == "DATE":
            return datetime.combine(bound, time.min)  # rows of the day that is going on may still come
        return bound

    @property
    def staging_prefix(self) -> str:
        """What the staging tables of all runs of this table begin with."""
        return _staging_prefix(self.design)

    @property
    def staging_table(self) -> str:
        return self.staging_prefix + self.run_id.replace("-", "")[-_RUN_DIGITS:]

    @property
    def reads_null_cursor(self) -> bool:
        """Whether rows are read that lie in no window."""
        return self.window is not None and self.design.cursor is not None and self.design.null_cursor == "load"

    @property
    def detects_deletes(self) -> bool:
        """Whether keys are compared: a load of the whole table need not, for it brings all that are there."""
        return self.design.detect_deletes and self.window is not None

    @property
    def has_deleted_keys(self) -> bool:
        """Whether the run has a table of keys whose rows go from the target."""
        return self.detects_deletes or (self.design.removes_marked_rows and bool(self.design.key))

    @staticmethod
    def run_digits(staging_table: str) -> str | None:
        """By which digits of its run's id a staging table is named; None for a table of somebody else.

        >>> Load.run_digits("mart$orders$0123456789ab_deleted")
        '0123456789ab'
        """
        found = re.fullmatch(rf".+\$([0-9a-f]{{{_RUN_DIGITS}}})(_deleted)?", staging_table)
        return found and found[1]

    @property
    def deleted_keys_table(self) -> str:
        return self.staging_table + _DELETED

    @property
    def deleted_keys_prefix(self) -> str:
        return f"{self.extracted_prefix}deleted/"

    @property
    def extracted_date_prefix(self) -> str:
        """Under here lie the files of all runs of this table and date."""
        return f"extracted/{self.table}/{self.run_date}/"

    @property
    def extracted_prefix(self) -> str:
        return f"{self.extracted_date_prefix}{self.run_id}/"

    @property
    def input_prefix(self) -> str:
        """What the keys of the files begin with that COPY reads."""
        if self.dump_prefix:
            return self.dump_prefix
        source = self.design.source
        return source.prefix if isinstance(source, FileSource) else self.extracted_prefix

    @property
    def delivered_patterns(self) -> dict[date, tuple[str, ...]]:
        """By day, what the keys of the files are like that somebody else delivers."""
        source = self.design.source
        assert isinstance(source, FileSource)
        return source.patterns(self.window or Window.of_day(self.run_date))

    @property
    def manifest_key(self) -> str:
        return f"{self.dump_prefix or self.extracted_prefix}manifest.json"

    @property
    def by_day(self) -> tuple[Load, ...]:
        """The load day by day, as it is exported: all days of which it has read rows.

        A table that is loaded by days has no export of the whole: its rows would lie there a second time.
        """
        if self.window is None:
            return (self,) if self.design.load == "replace" else ()
        first = min(self.window.since, (self.read_window or self.window).since).date()
        last = (self.window.until - timedelta(microseconds=1)).date()
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return tuple(self.model_copy(update={"run_date": day, "window": Window.of_day(day)}) for day in days)

    def checks_on(self, stage: Stage) -> tuple[Check, ...]:
        """The declared checks that run on the staged rows, or on the target; of a table that is only looked at, all."""
        if self.only_checks and self.window is None:
            return self.design.checks if stage == "target" else ()
        way = self.method, self.design.key, self.table
        return tuple(check for check in self.design.checks if (check.stage or check.earliest(*way)) == stage)

    @property
    def checks(self) -> str:
        """What the rows have passed when they are published, for the ledger; what it has no room for is cut."""
        names = ["row_count"] + ([] if self.design.allow_empty else ["not_empty"])
        names += ["key_not_null", "key_unique"] if self.design.key else []
        names += ["in_window"] if self.window and self.design.cursor else []
        names += [check.label for check in self.checks_on("staged") if check.severity == "error"]
        return ", ".join(names).encode()[:_LEDGER_BYTES].decode(errors="ignore")

    @property
    def unload_prefix(self) -> str | None:
        return self.design.unload and f"{self.design.unload}/dt={self.run_date}/"

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"


def _staging_prefix(design: TableDesign) -> str:
    return f"{design.schema_name}${design.table_name}$"


def longest_staging_table(design: TableDesign) -> str:
    """A name as long as the longest of the tables that a run makes of this one in the staging schema."""
    return _staging_prefix(design) + "0" * _RUN_DIGITS + _DELETED
