from pathlib import Path

import pytest

from model.compare_designs import design_differences, new_columns
from model.errors import ConfigError
from model.merge_columns import with_columns
from model.read_design import parse_design

TEXT = """
description: d
source: {{database: shop, table: t}}
columns: {{{columns}}}
key: [id]
load: replace
distribution: auto
{more}
"""


def designed(columns, more=""):
    return parse_design(TEXT.format(columns=columns, more=more), Path("mart/t.yaml"))


@pytest.mark.parametrize(
    ("existing", "more", "proposed", "said"),
    [
        ("id: BIGINT", "", "id: BIGINT", []),
        ("id: BIGINT", "", "id: INTEGER", []),
        ("id: INTEGER", "", "id: BIGINT", ["~ id: INTEGER, and BIGINT would be proposed"]),
        ("id: BIGINT", "", "id: BIGINT, a: DATE NOT NULL", ["+ a: DATE NOT NULL"]),
        ("id: BIGINT", "columns_not_loaded: [a]", "id: BIGINT, a: DATE NOT NULL", []),
        ("id: BIGINT, a: DATE", "", "id: BIGINT", ["- a: DATE, which the source does not have"]),
        ("id: BIGINT, a: DATE NOT NULL", "", "id: BIGINT, a: DATE", ["~ a: NOT NULL, and the source allows NULL"]),
        ("id: {type: BIGINT, source: Number}", "", "number: BIGINT, id: DATE", ["+ id: DATE"]),
    ],
)
def test_design_differences_of_columns(existing, more, proposed, said):
    proposed_design = designed(proposed) if proposed.startswith("id") else designed(proposed, "sort: [id]")
    assert list(design_differences(designed(existing, more), proposed_design)) == said


def test_new_columns_are_named_as_in_the_warehouse():
    assert new_columns(designed("id: BIGINT"), designed("id: BIGINT, a: DATE, b: DATE")) == ["a", "b"]


def test_with_columns_comes_behind_a_column_with_policies():
    text = "columns:\n  a:\n    type: DATE\n    zero_date: 'null'   # so\n\nload: replace\n"
    merged = "columns:\n  a:\n    type: DATE\n    zero_date: 'null'   # so\n  b: DATE\n\nload: replace\n"
    assert with_columns(text, ["  b: DATE"], "t.yaml") == merged


def test_with_columns_in_braces_are_left_to_people():
    with pytest.raises(ConfigError, match=r"Cannot update 't.yaml': its columns stand in braces .* by hand: b: DATE"):
        with_columns("columns: {a: DATE}\nload: replace\n", ["  b: DATE"], "t.yaml")
