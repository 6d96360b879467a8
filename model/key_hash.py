"""Keys in buckets by the first digits of their checksums, and which buckets are looked at closer; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_LEAST_DIGITS, _MOST_DIGITS = 2, 5

# Count and sums of the keys of a bucket, by its digits.
HashSums = Mapping[str, tuple[int, ...]]


def bucket_digits(key_count: int, keys_in_bucket: int) -> int:
    """How many digits of base 16 make buckets of about that many keys; checksums lie evenly.

    >>> bucket_digits(1000, 25_000), bucket_digits(100_000_000, 25_000)
    (2, 3)
    """
    digits = _LEAST_DIGITS
    while digits < _MOST_DIGITS and key_count > keys_in_bucket * 16**digits:
        digits += 1
    return digits


def differing_buckets(target: HashSums, source: HashSums, most_keys: int) -> Iterator[list[str]]:
    """Buckets in which the target may hold keys that the source lacks, together as long as they have at most that many.

    >>> list(differing_buckets({"00": (2, 9, 9), "01": (1, 5, 5), "02": (1, 7, 7)}, {"00": (2, 9, 9)}, 100))
    [['01', '02']]
    """
    together: list[str] = []
    count = 0
    for bucket in sorted(target):
        if source.get(bucket) == target[bucket]:
            continue
        found = max(target[bucket][0], source.get(bucket, (0,))[0])
        if together and count + found > most_keys:
            yield together
            together, count = [], 0
        together.append(bucket)
        count += found
    if together:
        yield together
