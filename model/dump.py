"""The dump of one table: its rows in the lake, read in ranges of its key, so that an interrupted one goes on.

s3://lake/<prefix>/dump/shop.orders/
    plan.json                                which ranges, written first; only where there are several
    <attempt>/<try>/00000/part-00000.parquet … the rows of a range
    <attempt>/<try>/00000.json               a range that is whole: its files
    manifest.json                            written last: the commit mark, and what COPY reads

Whoever goes on with an attempt writes in a folder of its own, so that no file is ever written over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from model.load import Load
from model.results import ChangedValues, StagedFile
from model.table_design import DatabaseSource, TableDesign


class DumpRange(BaseModel):
    """Rows with `first` <= key < `before`; None: no limit on that side."""

    model_config = ConfigDict(frozen=True)

    number: int
    first: int | None
    before: int | None


class RangeDone(BaseModel):
    """The commit mark of a range."""

    model_config = ConfigDict(frozen=True)

    files: tuple[StagedFile, ...]
    changed_values: tuple[ChangedValues, ...]


class DumpPlan(BaseModel):
    """How a table is read. `origin` is the database that it is in; `edges` are the keys at which one range ends and
    the next begins."""

    model_config = ConfigDict(frozen=True)

    attempt: str
    fingerprint: str
    origin: str = ""
    source_bound: datetime
    edges: tuple[int, ...] = ()

    @property
    def ranges(self) -> tuple[DumpRange, ...]:
        """All of them together hold every row once.

        >>> plan = DumpPlan(attempt="a", fingerprint="f", source_bound=datetime(2025, 1, 1), edges=(10, 20))
        >>> [(one.first, one.before) for one in plan.ranges]
        [(None, 10), (10, 20), (20, None)]
        """
        return ranges_between(self.edges)


def ranges_between(edges: Sequence[int]) -> tuple[DumpRange, ...]:
    ends = (None, *edges, None)
    return tuple(
        DumpRange(number=number, first=ends[number], before=ends[number + 1]) for number in range(len(ends) - 1)
    )


class DumpFacts(BaseModel):
    """What a manifest says beside its entries."""

    model_config = ConfigDict(frozen=True)

    attempt: str
    fingerprint: str
    origin: str = ""
    row_count: int
    source_bound: datetime


def fingerprint(design: TableDesign) -> str:
    """Tells whether a dump was made for this design: its source, its columns as they are named there, with types and
    policies, and the key, by whose ranges it goes on."""
    source = design.source
    assert isinstance(source, DatabaseSource)
    columns = [(one.name, one.source_name, one.type.sql, one.policy.chosen) for one in design.columns]
    said = json.dumps([source.model_dump(), design.key, columns], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def whole_number_key(design: TableDesign) -> str | None:
    """The column by whose ranges the table can be read; None where its key is no single whole number."""
    return design.key[0] if design.has_whole_number_key else None


def edges_between(lowest: int, highest: int, row_count: int, rows_per_range: int) -> tuple[int, ...]:
    """Where ranges of about that many rows begin, if keys lie evenly.

    >>> edges_between(1, 100, row_count=100, rows_per_range=40)
    (35, 69)
    >>> edges_between(7, 7, row_count=100, rows_per_range=40)
    ()
    """
    count = min(-(-row_count // rows_per_range), highest - lowest + 1)
    width = (highest - lowest) // count + 1 if count else 1
    return tuple(range(lowest + width, highest + 1, width))


class DumpKeys:
    """Where the parts of a table's dump lie, and which of them are `present`, with their ETags."""

    def __init__(self, load: Load, present: Mapping[str, str], this_try: str) -> None:
        assert load.dump_prefix
        self.prefix = load.dump_prefix
        self.manifest = load.manifest_key
        self.present = {key: tag for key, tag in present.items() if key.startswith(self.prefix)}
        self._this_try = this_try

    @property
    def plan(self) -> str:
        return f"{self.prefix}plan.json"

    def files(self, plan: DumpPlan, of: DumpRange) -> str:
        return f"{self.prefix}{plan.attempt}/{self._this_try}/{of.number:05}/"

    def mark(self, plan: DumpPlan, of: DumpRange) -> str:
        return f"{self.prefix}{plan.attempt}/{self._this_try}/{of.number:05}.json"

    def marks(self, plan: DumpPlan, of: DumpRange) -> list[str]:
        """Those of earlier tries that are there."""
        attempt, end = f"{self.prefix}{plan.attempt}/", f"/{of.number:05}.json"
        return sorted(key for key in self.present if key.startswith(attempt) and key.endswith(end))

    def has(self, key: str) -> bool:
        return key in self.present

    def left_behind(self, plan: DumpPlan, files: Collection[str], marks: Collection[str]) -> list[str]:
        """What no reader of a finished dump needs: the plan, earlier attempts, parts of tries that were broken off."""
        made = {*self.present, *([self.plan] if plan.edges else [])}
        return sorted(made - {self.manifest, *files, *marks})


class DumpManner(BaseModel):
    """How tables are read: how many side by side, how many rows at once, whether those that stand are read again."""

    model_config = ConfigDict(frozen=True)

    max_parallel: int
    rows_per_range: int
    is_forced: bool
