"""A table of a source as it was looked at: columns, keys, and what its rows were measured to hold."""

from __future__ import annotations

from dataclasses import dataclass

from model.source_type import SourceColumn


@dataclass(frozen=True)
class Measures:
    """What the measured rows hold in one column.

    `byte_count` is the longest value's length in UTF-8, as it would travel; `misfit_count` are values beyond the type
    that the contract proposes first, `no_counterpart_count` those that have none at all (zero dates, infinity, NaN),
    `nul_count` texts with NUL characters; `decimals` the most that a numeric without precision has.
    """

    byte_count: int
    null_count: int
    misfit_count: int
    no_counterpart_count: int
    nul_count: int
    decimals: int


@dataclass(frozen=True)
class MeasuredColumn:
    """`declared_bytes` is what the declared type holds at most, in UTF-8; None: nothing is declared."""

    column: SourceColumn
    is_nullable: bool
    declared_bytes: int | None
    measures: Measures
    is_updated_by_source: bool = False


@dataclass(frozen=True)
class SourceTable:
    """`name` as the design's source names it. `keys`: the primary key, then unique keys whose columns are NOT NULL.

    `indexed` are columns that an index begins with. `row_count` is the source's own estimate.
    """

    kind: str
    name: str
    columns: tuple[MeasuredColumn, ...]
    keys: tuple[tuple[str, ...], ...]
    indexed: frozenset[str]
    row_count: int
    measured_row_count: int
    is_measured_whole: bool


def measures_of_columns(numbers: list[int | None]) -> list[Measures]:
    """The aggregates of one statement, six a column; None (of no row) is 0."""
    found = [int(number or 0) for number in numbers]
    return [Measures(*found[place : place + 6]) for place in range(0, len(found), 6)]
