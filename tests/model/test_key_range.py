import random

import pytest

from model.key_range import KeyRange, bucket, differing


@pytest.mark.parametrize("width", [1, 7, 1000])
def test_bucket_holds_just_the_keys_that_have_its_start(width):
    for key in random.Random(7).sample(range(-5000, 5000), 200):
        start = key - (abs(key) % width) * (1 if key >= 0 else -1)
        found = bucket(start, width)
        assert found.first <= key <= found.last
        assert len(range(found.first, found.last + 1)) == (width if start else 2 * width - 1)


def test_differing_puts_neighbours_together_up_to_the_limit():
    target = {0: (3, 3), 10: (4, 50), 20: (4, 90), 50: (2, 101)}
    source = {0: (3, 3), 10: (3, 40), 20: (4, 91), 50: (1, 50)}
    assert list(differing(target, source, 10, most_keys=8)) == [(KeyRange(10, 29), 8), (KeyRange(50, 59), 2)]
    assert [found for found, _ in differing(target, source, 10, most_keys=7)] == [
        KeyRange(10, 19),
        KeyRange(20, 29),
        KeyRange(50, 59),
    ]


def test_differing_leaves_what_only_the_source_has():
    assert list(differing({10: (1, 10)}, {10: (1, 10), 20: (5, 100)}, 10, most_keys=8)) == []
