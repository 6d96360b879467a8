"""In which ranges of its key a table is read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from blocks.source_database import SourceDatabase
from extract.query_source import query_source
from extract.safe_bound import safe_bound
from extract.shared_snapshot import shared_snapshot
from model.dump import edges_between, whole_number_key
from model.errors import ConfigError
from model.load import Load
from model.results import RangesPlanned
from model.table_design import DatabaseSource
from sql.source import key_limits
from tasks.name_as_in_source import name_as_in_source
from tasks.verb import verb


@verb
def plan_ranges(load: Load, source: SourceDatabase) -> RangesPlanned:
    """Returns where one range ends and the next begins, and the bound of them all. Safe to run again: it only reads.

    Raises: ConfigError where the key has no ranges, or the ranges no common snapshot that the design insists on.
    """
    design = load.design
    assert isinstance(design.source, DatabaseSource)
    key = whole_number_key(design)
    if key is None:
        raise ConfigError(
            f"Cannot extract '{load.table}' in {design.source.partitions} partitions: its key is "
            f"({', '.join(design.key)}) (expected one whole number). Leave partitions out of the design."
        )
    if source.kind == "mysql" and not design.source.several_snapshots:
        raise ConfigError(
            f"Cannot extract '{load.table}' in {design.source.partitions} partitions: connections to MySQL share no "
            "snapshot (expected several_snapshots: true, where rows may be of moments a little apart). "
            "Say so in the design, or leave partitions out."
        )
    bound = safe_bound(source.address)
    load = load.model_copy(update={"source_bound": bound})
    statement = key_limits(name_as_in_source(load, source), key, source.kind)
    [(lowest, highest)] = query_source(source.address, design.source.table, statement)
    count = design.source.partitions
    edges = () if lowest is None else edges_between(int(lowest), int(highest), count, rows_per_range=1)
    return RangesPlanned(source_bound=bound, edges=edges)


@contextmanager
def common_snapshot(load: Load, source: SourceDatabase) -> Iterator[str | None]:
    """The snapshot that all ranges read, as long as the block takes; None where each has its own."""
    assert isinstance(load.design.source, DatabaseSource)
    if source.kind == "mysql" or load.design.source.several_snapshots:
        yield None
        return
    with shared_snapshot(source.address, load.design.source.table) as name:
        yield name
