"""Dumps and the designs that they were made for."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.dump import fingerprint
from model.read_design import parse_design

DESIGN = """
description: A test.
source: {database: shop, table: t}
columns: {id: BIGINT NOT NULL, number: BIGINT NOT NULL, name: {type: VARCHAR(9), source: Label}}
key: [id]
load: replace
distribution: auto
"""


def made_for(text: str) -> str:
    return fingerprint(parse_design(text, Path("warehouse/mart/t.yaml")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("table: t", "table: u"),
        ("key: [id]", "key: [number]"),  # ranges of one key hold other rows than those of another
        ("source: Label", "source: Title"),
        ("VARCHAR(9)", "VARCHAR(8)"),
        ("source: Label}", "source: Label, too_long: cut}"),
    ],
)
def test_fingerprint_is_another_where_other_rows_or_values_would_be_read(old, new):
    assert made_for(DESIGN.replace(old, new)) != made_for(DESIGN)


def test_fingerprint_is_the_same_where_only_the_target_differs():
    assert made_for(DESIGN.replace("A test.", "Another.").replace("auto", "even")) == made_for(DESIGN)
