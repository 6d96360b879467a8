"""Ranges of whole-number keys, and how a table's keys are cut into them; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Count and sums of the keys of a bucket, by its start.
Sums = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class KeyRange:
    """Both ends belong to it."""

    first: int
    last: int

    def width(self, bucket_count: int) -> int:
        """How many keys a bucket may span, so that there are about `bucket_count`."""
        return (self.last - self.first) // bucket_count + 1


def bucket(start: int, width: int) -> KeyRange:
    """The keys whose `key - MOD(key, width)` is `start`; MOD has the sign of the key, so they lie towards zero.

    >>> bucket(20, 10), bucket(0, 10), bucket(-20, 10)
    (KeyRange(first=20, last=29), KeyRange(first=-9, last=9), KeyRange(first=-29, last=-20))
    """
    return KeyRange(start - width + 1 if start <= 0 else start, start + width - 1 if start >= 0 else start)


def differing(target: Sums, source: Sums, width: int, most_keys: int) -> Iterator[tuple[KeyRange, int]]:
    """Ranges in which the target may hold keys that the source lacks, and how many keys one side has there.

    Neighbours are put together as long as they have at most `most_keys`.
    """
    open_range, open_count = None, 0
    for start in sorted(target):
        if source.get(start) == target[start]:
            continue
        found, count = bucket(start, width), max(target[start][0], source.get(start, (0,))[0])
        if open_range and open_count + count <= most_keys and open_range.last + 1 == found.first:
            open_range, open_count = KeyRange(open_range.first, found.last), open_count + count
            continue
        if open_range:
            yield open_range, open_count
        open_range, open_count = found, count
    if open_range:
        yield open_range, open_count
