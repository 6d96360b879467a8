"""Find the keys that the target still has and the source has no more."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa

from blocks.lake import Lake, aws_errors
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from extract.query_source import query_source
from extract.write_parquet import write_parts
from model.errors import DataError
from model.key_range import KeyRange, Sums, differing
from model.load import Load
from model.results import DeletesFound, StagedFile
from model.table_design import DatabaseSource
from sql.copying import copy_deleted_keys
from sql.key_ranges import key_bounds, source_keys, source_sums, target_keys, target_sums
from sql.source import render_for
from sql.tables import deleted_keys_table
from tasks.statements import run
from tasks.verb import verb
from tasks.write_manifest import manifest_of

_BUCKETS = 1000
_MOST_KEYS = 100_000


@verb
def detect_deletes(load: Load, source: SourceDatabase, lake: Lake, warehouse: Warehouse) -> DeletesFound:
    """Returns how many keys are gone; they stand in the run's table of deleted keys.

    Both sides sum up their keys in about a thousand buckets; only those that differ are looked at closer, and their
    keys compared one by one. A key that only the source has is a matter of its window.
    To be run before the rows are read: a key that comes back in between is then among these.
    Safe to run again: it starts from nothing each time.
    Raises: DataError where the source has none of the target's keys and the design does not allow it to be empty.
    """
    sides = _Sides(load, source, warehouse)
    bounds = sides.bounds()
    keys = _in_batches(load, sides.gone(bounds) if bounds else iter(()))
    with aws_errors(f"write '{load.uri(load.deleted_keys_prefix)}'"):
        parts = write_parts(keys, lake.client, lake.name, load.deleted_keys_prefix)
    manifest_key = f"{load.deleted_keys_prefix}manifest.json"
    with warehouse.transaction(f"stage the deleted keys of '{load.table}'") as transaction:
        run(transaction, load, sa.delete(deleted_keys_table(load)))
        if parts:
            files = tuple(StagedFile(key=part.key, size_bytes=part.size_bytes) for part in parts)
            lake.write_json(manifest_key, manifest_of(load, files))
            run(transaction, load, copy_deleted_keys(load, manifest_key))
    return DeletesFound(row_count=sum(part.row_count for part in parts))


@dataclass(frozen=True)
class _Sides:
    load: Load
    source: SourceDatabase
    warehouse: Warehouse

    def bounds(self) -> KeyRange | None:
        """The lowest and highest key of the target; None where it has no row."""
        [(row_count, lowest, highest)] = self._target(key_bounds(self.load))
        return KeyRange(int(lowest), int(highest)) if row_count else None

    def gone(self, within: KeyRange, is_whole: bool = True) -> Iterator[int]:
        width = within.width(_BUCKETS)
        of_target = _by_start(self._target(target_sums(self.load, within, width)))
        of_source = _by_start(self._source(source_sums(self.load, within, width)))
        if is_whole and of_target and not of_source and not self.load.design.allow_empty:
            raise DataError(
                f"Cannot load '{self.load.table}' for {self.load.run_date}: the source has none of the target's "
                "keys (expected some; allow_empty: true in the design would let this pass). Nothing was deleted."
            )
        for found, key_count in differing(of_target, of_source, width, _MOST_KEYS):
            narrowed = KeyRange(max(found.first, within.first), min(found.last, within.last))
            if key_count > _MOST_KEYS:
                yield from self.gone(narrowed, is_whole=False)
            else:
                here = {int(key) for (key,) in self._source(source_keys(self.load, narrowed))}
                there = (int(key) for (key,) in self._target(target_keys(self.load, narrowed)))
                yield from sorted(key for key in there if key not in here)

    def _target(self, statement: sa.Select) -> list[tuple]:
        with self.warehouse.transaction(f"compare the keys of '{self.load.table}'") as transaction:
            return [tuple(row) for row in run(transaction, self.load, statement)]

    def _source(self, statement: sa.Select) -> list[tuple]:
        assert isinstance(self.load.design.source, DatabaseSource)
        text = render_for(statement, self.source.kind)
        return query_source(self.source.address, self.load.design.source.table, text)


def _by_start(rows: list[tuple]) -> Sums:
    return {int(start): tuple(int(number) for number in numbers) for start, *numbers in rows}


def _in_batches(load: Load, keys: Iterator[int]) -> Generator[pa.RecordBatch, None, None]:
    name = load.design.key[0]
    column_type, batch = load.design.column(name).type.arrow_type, []
    for key in keys:
        batch.append(key)
        if len(batch) == _MOST_KEYS:
            yield pa.RecordBatch.from_arrays([pa.array(batch, column_type)], [name])
            batch = []
    if batch:
        yield pa.RecordBatch.from_arrays([pa.array(batch, column_type)], [name])
