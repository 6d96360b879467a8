from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.apply_policy import Changes, apply_policy
from extract.exact_cast import cast_batch
from extract.extraction import ExtractColumn, Extraction
from model.column_type import parse_column_type
from model.errors import DataError
from model.value_policy import ValuePolicy


def column(written: str, **policies: str) -> ExtractColumn:
    return ExtractColumn("v", parse_column_type(written), policy=ValuePolicy(**policies))


def cast(values: list, wanted: ExtractColumn, kind: pa.DataType | None = None) -> tuple[list, Changes]:
    changes = Changes()
    batch = pa.record_batch([pa.array(values, kind or pa.string())], ["v"])
    return cast_batch(batch, Extraction("t", (wanted,)), 1, changes).column(0).to_pylist(), changes


@pytest.mark.parametrize(
    ("written", "policies", "values", "expected", "count"),
    [
        ("VARCHAR(5)", {"too_long": "cut"}, ["éééé", "ééé", "abcde", None, ""], ["éé", "éé", "abcde", None, ""], 2),
        ("VARCHAR(5)", {"too_long": "null"}, ["abcdef", "abcde", None], [None, "abcde", None], 1),
        ("VARCHAR(3)", {"too_long": "cut"}, ["💶", "ab💶"], ["", "ab"], 2),
        ("CHAR(2)", {"too_long": "cut"}, ["abc", "a"], ["ab", "a"], 1),
        ("VARCHAR(5)", {"nul_character": "remove"}, ["a\0b\0", "ab", None], ["ab", "ab", None], 1),
        ("VARCHAR(5)", {"nul_character": "null"}, ["a\0b", "ab"], [None, "ab"], 1),
        ("SUPER", {"nul_character": "null"}, ['"\\u0000"', '"\\\\u0000"'], [None, '"\\\\u0000"'], 1),
        ("SUPER", {"too_long": "null"}, [f'"{"x" * 65534}"', "1"], [None, "1"], 1),
        ("DATE", {"zero_date": "null"}, ["0000-00-00", "2024-02-00", "2024-00-01"], [None] * 3, 3),
        ("VARCHAR(20)", {}, ["0000-00-00"], ["0000-00-00"], 0),
    ],
)
def test_cast_batch_policy_changes_and_counts_only_what_does_not_fit(
    written, policies, values, expected, count
) -> None:
    found, changes = cast(values, column(written, **policies))
    assert found == expected
    assert changes == ({("v", next(iter(policies))): count} if count else {})


def test_cast_batch_nul_characters_go_before_the_length_is_looked_at() -> None:
    wanted = column("VARCHAR(3)", nul_character="remove", too_long="cut")
    found, changes = cast(["a\0b\0c\0", "a\0bcd"], wanted)
    assert found == ["abc", "abc"]
    assert changes == {("v", "nul_character"): 2, ("v", "too_long"): 1}
    assert wanted.enough is None
    assert column("VARCHAR(3)", too_long="cut").enough == 4


def test_cast_batch_bytes_too_long_become_null() -> None:
    found, changes = cast([b"abc", b"ab"], column("VARBYTE(2)", too_long="null"), pa.binary())
    assert (found, changes) == ([None, b"ab"], {("v", "too_long"): 1})


def test_cast_batch_infinities_and_nan_become_what_each_policy_says() -> None:
    day = column("DATE", infinity="9999-12-31", minus_infinity="null")
    found, changes = cast(["infinity", "-infinity", "2024-01-31"], day)
    assert [str(value) for value in found] == ["9999-12-31", "None", "2024-01-31"]
    assert changes == {("v", "infinity"): 1, ("v", "minus_infinity"): 1}
    found, changes = cast(["NaN", "Infinity", "1.50"], column("DECIMAL(5,2)", nan="0", infinity="null"))
    assert [str(value) for value in found] == ["0.00", "None", "1.50"]
    assert changes == {("v", "infinity"): 1, ("v", "nan"): 1}


@pytest.mark.parametrize(
    ("written", "policies", "value", "reason"),
    [
        ("DATE", {"zero_date": "null"}, "2024-02-30", "does not fit"),
        ("DATE", {"infinity": "null"}, "-infinity", "does not fit"),
        ("DECIMAL(5,2)", {"infinity": "null"}, "NaN", "does not fit"),
        ("VARCHAR(5)", {"too_long": "cut"}, "a\0b", "NUL"),
        ("VARCHAR(5)", {"nul_character": "remove"}, "abcdef", "6 bytes"),
        ("SUPER", {}, '{"a": "\\\\\\u0000"}', "NUL"),
        ("SUPER", {}, f'"{"x" * 65534}"', "JSON text, which comes to SUPER as VARCHAR.65535., is 65536 bytes long"),
    ],
)
def test_cast_batch_what_no_policy_is_for_still_fails(written, policies, value, reason) -> None:
    with pytest.raises(DataError, match=f"in the row number 2 .*{reason}"):
        cast([None, value], column(written, **policies))


@given(st.lists(st.none() | st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)))
def test_apply_policy_cut_text_is_the_longest_beginning_that_fits(texts: list[str | None]) -> None:
    wanted, changes = column("VARCHAR(7)", too_long="cut"), Changes()
    found = apply_policy(pa.array(texts, pa.string()), wanted, changes).to_pylist()
    for text, cut in zip(texts, found, strict=True):
        if text is None or len(text.encode()) <= 7:
            assert cut == text
        else:
            assert text.startswith(cut) and len(cut.encode()) <= 7 < len(text[: len(cut) + 1].encode())
    assert sum(changes.values()) == sum(text != cut for text, cut in zip(texts, found, strict=True))
