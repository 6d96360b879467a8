"""Find the keys that the target still has and the source has no more."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from blocks.lake import Lake, aws_errors
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from extract.query_source import query_source
from extract.write_parquet import write_parts
from model.errors import DataError, TransientError
from model.key_hash import bucket_digits, differing_buckets
from model.key_range import KeyRange, Sums, differing
from model.load import Load
from model.results import DeletesFound, StagedFile
from model.table_design import DatabaseSource
from sql.copying import copy_deleted_keys
from sql.key_hashes import (
    keys_in_source,
    source_hash_sums,
    source_hashes,
    target_count,
    target_hash_sums,
    target_hashed_keys,
)
from sql.key_ranges import key_bounds, source_keys, source_sums, target_keys, target_sums
from sql.source import render_for
from sql.tables import deleted_keys_table
from tasks.statements import run
from tasks.verb import verb
from tasks.write_manifest import manifest_of

_BUCKETS = 1000
_MOST_KEYS = 100_000
_SAMPLE_KEYS = 100

Key = tuple[Any, ...]


@verb
def detect_deletes(load: Load, source: SourceDatabase, lake: Lake, warehouse: Warehouse) -> DeletesFound:
    """Returns how many keys are gone; they stand in the run's table of deleted keys.

    Both sides sum up their keys in about a thousand buckets: of ranges, where the key is one whole number, else of
    checksums. Only those that differ are looked at closer, and their keys compared one by one. A key that only the
    source has is a matter of its window.
    To be run before the rows are read: a key that comes back in between is then among these.
    Safe to run again: it starts from nothing each time.
    Raises: DataError where the source has none of the target's keys and the design does not allow it to be empty.
    """
    sides = _Sides(load, source, warehouse)
    gone = _gone_numbers(sides) if load.design.has_whole_number_key else _gone_keys(sides)
    keys = _in_batches(load, gone)
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

    def target(self, statement: sa.Select) -> list[tuple]:
        with self.warehouse.transaction(f"compare the keys of '{self.load.table}'") as transaction:
            return [tuple(row) for row in run(transaction, self.load, statement)]

    def of_source(self, statement: sa.Select) -> list[tuple]:
        assert isinstance(self.load.design.source, DatabaseSource)
        text = render_for(statement, self.source.kind)
        return query_source(self.source.address, self.load.design.source.table, text)

    def check_not_emptied(self, target: Mapping, source: Mapping) -> None:
        """Raises: DataError where all would be gone, and the design does not allow it."""
        if target and not source and not self.load.design.allow_empty:
            raise DataError(
                f"Cannot load '{self.load.table}' for {self.load.run_date}: the source has none of the target's "
                "keys (expected some; allow_empty: true in the design would let this pass). Nothing was deleted."
            )


def _gone_numbers(sides: _Sides) -> Iterator[Key]:
    [(row_count, lowest, highest)] = sides.target(key_bounds(sides.load))
    if row_count:
        yield from _gone_within(sides, KeyRange(int(lowest), int(highest)), is_whole=True)


def _gone_within(sides: _Sides, within: KeyRange, is_whole: bool) -> Iterator[Key]:
    load, width = sides.load, within.width(_BUCKETS)
    of_target = _by_start(sides.target(target_sums(load, within, width)))
    of_source = _by_start(sides.of_source(source_sums(load, within, width)))
    if is_whole:
        sides.check_not_emptied(of_target, of_source)
    for found, key_count in differing(of_target, of_source, width, _MOST_KEYS):
        narrowed = KeyRange(max(found.first, within.first), min(found.last, within.last))
        if key_count > _MOST_KEYS:
            yield from _gone_within(sides, narrowed, is_whole=False)
        else:
            here = {int(key) for (key,) in sides.of_source(source_keys(load, narrowed))}
            there = (int(key) for (key,) in sides.target(target_keys(load, narrowed)))
            yield from ((key,) for key in sorted(key for key in there if key not in here))


def _gone_keys(sides: _Sides) -> Iterator[Key]:
    """Keys of any kind; a sample of what the checksums say is looked up by its values before any is believed."""
    gone = _gone_by_hash(sides)
    sample = list(islice(gone, _SAMPLE_KEYS))
    if sample:
        [(count,)] = sides.of_source(keys_in_source(sides.load, sample, sides.source.kind))
        if count:
            raise TransientError(
                f"Cannot compare the keys of '{sides.load.table}': {len(sample)} are gone from the source by their "
                f"checksums, and {count} of these are there by their values (expected none). Nothing was deleted. Rows "
                "that came back just now let this pass; else leave detect_deletes out of the design."
            )
    yield from chain(sample, gone)


def _gone_by_hash(sides: _Sides) -> Iterator[Key]:
    load, kind = sides.load, sides.source.kind
    [(row_count,)] = sides.target(target_count(load))
    digits = bucket_digits(row_count, _MOST_KEYS // 4)
    of_target = _by_bucket(sides.target(target_hash_sums(load, digits)))
    of_source = _by_bucket(sides.of_source(source_hash_sums(load, digits, kind)))
    sides.check_not_emptied(of_target, of_source)
    for buckets in differing_buckets(of_target, of_source, _MOST_KEYS):
        here = {hashed for (hashed,) in sides.of_source(source_hashes(load, buckets, kind))}
        for hashed, *key in sides.target(target_hashed_keys(load, buckets)):
            if hashed not in here:
                yield tuple(key)


def _by_bucket(rows: list[tuple]) -> dict[str, tuple[int, ...]]:
    return {bucket: tuple(int(number) for number in numbers) for bucket, *numbers in rows}


def _by_start(rows: list[tuple]) -> Sums:
    return {int(start): tuple(int(number) for number in numbers) for start, *numbers in rows}


def _in_batches(load: Load, keys: Iterator[Key]) -> Generator[pa.RecordBatch, None, None]:
    names = list(load.design.key)
    types = [load.design.column(name).type.staged.arrow_type for name in names]
    while batch := list(islice(keys, _MOST_KEYS)):
        arrays = [pa.array(values, kind) for values, kind in zip(zip(*batch, strict=True), types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names)
