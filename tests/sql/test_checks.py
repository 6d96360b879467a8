"""What declared checks ask the warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from model.load import Load
from model.read_design import parse_design
from sql.checks import findings
from sql.render import render

DESIGN = """
description: A test.
source: {{database: shop, table: t}}
columns: {{at: TIME, level: VARCHAR(4), price: INTEGER}}
load: replace
distribution: auto
checks: [{check}]
"""


@pytest.mark.parametrize(
    ("check", "breaks"),
    [
        ("{check: range, column: at, max: '08:30'}", "CAST({table}.at AS TIME WITHOUT TIME ZONE) > '08:30'"),
        ("{check: range, column: price, min: -1, max: 9}", "{table}.price < -1 OR {table}.price > 9"),
        ("{check: accepted_values, column: level, values: [no, it's]}", "{table}.level NOT IN ('no', 'it''s')"),
    ],
)
def test_findings_compare_staged_values_as_the_target_does(check, breaks):
    design = parse_design(DESIGN.format(check=check), Path("warehouse/mart/t.yaml"))
    day = date(2025, 1, 1)
    load = Load(flow="f", design=design, run_id="r", run_date=day, window=None, bucket="b", iam_role="default")
    statement = " ".join(render(findings(load, design.checks, "staged")).split())
    assert breaks.format(table="staging.mart$t$r") in statement.replace('"', "")
