"""Make one extraction of the ranges of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from blocks.lake import Lake
from model.load import Load
from model.results import ChangedValues, Extracted
from tasks.verb import verb
from tasks.write_manifest import write_manifest


@verb
def commit_ranges(load: Load, lake: Lake, bound: datetime, ranges: Sequence[Extracted]) -> Extracted:
    """Returns all files, and the manifest that commits them. Safe to run again: it writes the same."""
    changed: Counter[tuple[str, str]] = Counter()
    for one in ranges:
        for values in one.changed_values:
            changed[values.column, values.policy] += values.value_count
    files = tuple(file for one in ranges for file in one.files)
    changed_values = tuple(
        ChangedValues(column=column, policy=policy, value_count=count)
        for (column, policy), count in sorted(changed.items())
    )
    return write_manifest(load, lake, files, sum(one.row_count or 0 for one in ranges), bound, changed_values)
