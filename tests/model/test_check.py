"""Declared checks: how they are read, where they run, what they expect."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from model.errors import ConfigError
from model.expectation import parse_expectation
from model.load import Load
from model.read_design import parse_design
from model.window import Window
from tests.model.test_design_schema import errors_in

DESIGN = """
description: A test.
source: {{database: shop, table: t}}
columns:
  {{id: BIGINT NOT NULL, at: TIMESTAMP, level: VARCHAR(4), price: "DECIMAL(9,2)",
    mail: {{type: VARCHAR(9), sensitive: true}}}}
key: [id]
cursor: at
load: {load}
distribution: auto
checks:
  - {check}
"""


def read(check: str, load: str = "merge"):
    return parse_design(DESIGN.format(check=check, load=load), Path("warehouse/mart/t.yaml"))


ONE_OF_EACH = {
    "not_null": "{check: not_null, columns: [at, level]}",
    "unique": "{check: unique, columns: [mail]}",
    "accepted_values": "{check: accepted_values, column: price, values: [1, 2.5], severity: warn}",
    "range": "{check: range, column: at, min: 2025-01-01}",
    "references": "{check: references, columns: [id], table: mart.parent, to: [parent_id]}",
    "row_count": "{check: row_count, min: 1, max_change_percent: 50}",
    "freshness": "{check: freshness, column: at, max_age_hours: 26}",
    "sql": "{check: sql, name: none, sql: SELECT 1, expect: 1, tolerance: 5%, rows: SELECT 2}",
}


@pytest.mark.parametrize("check", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_read_design_each_kind_of_check_is_read_and_known_to_editors(check):
    [found] = read(check).checks
    assert found.check in check and found.expected
    assert errors_in(DESIGN.format(check=check, load="merge")) == []


@pytest.mark.parametrize(
    ("check", "finding"),
    [
        ("{check: not_nul, columns: [id]}", "checks"),
        ("{check: not_null}", "columns: found nothing"),
        ("{check: not_null, columns: [nobody]}", "not_null.nobody.: 'nobody' is not among the columns"),
        ("{check: not_null, columns: [id], severity: maybe}", "severity: found 'maybe'"),
        ("{check: unique, columns: [id], where: x}", "where: found an unknown field"),
        ("{check: range, column: price}", "neither min nor max"),
        ("{check: range, column: price, max: cheap}", r"range.price.: found 'cheap' \(expected a value for DECIMAL"),
        ("{check: accepted_values, column: price, values: [1, id]}", r"price.: found 'id' \(expected a value for DEC"),
        ("{check: row_count}", "row_count expects nothing"),
        ("{check: freshness, column: level, max_age_hours: 1}", r"it is VARCHAR\(4\) \(expected TIMESTAMP or DATE"),
        ("{check: references, columns: [id], table: mart.a, to: [b, c]}", r"to has 2 columns \(expected 1"),
        ("{check: sql, sql: DELETE FROM mart.t, expect: 0}", "expected a SELECT"),
        ("{check: sql, sql: SELECT 1, expect: '>= x'}", r"expect is '>= x' \(expected a number behind >="),
        ("{check: sql, sql: SELECT 1, expect: '>= 1', tolerance: 1}", "tolerance is '1'"),
        ("{check: sql, sql: SELECT 1, expect: 1, stage: staged}", "stage is staged"),
        ("{check: references, columns: [id], table: mart.t, stage: staged}", r"id.: stage is staged \(expected target"),
        ("{check: unique, columns: [id]}\n  - {check: unique, columns: [id]}", r"'unique.id.' stands twice"),
    ],
)
def test_read_design_bad_check_is_refused_by_field(check, finding):
    with pytest.raises(ConfigError, match=finding):
        read(check)


def test_read_design_sensitive_that_is_no_truth_value_is_refused():
    text = DESIGN.format(check=ONE_OF_EACH["not_null"], load="merge").replace("sensitive: true", "sensitive: 1")
    with pytest.raises(ConfigError, match=r"column 'mail': sensitive is '1' \(expected true or false\)"):
        parse_design(text, Path("warehouse/mart/t.yaml"))


@pytest.mark.parametrize(
    ("check", "method", "stage"),
    [
        (ONE_OF_EACH["not_null"], "merge", "staged"),
        (ONE_OF_EACH["references"], "append", "staged"),
        ("{check: references, columns: [id], table: mart.p, stage: target}", "append", "target"),
        ("{check: references, columns: [id], table: mart.t}", "merge", "target"),
        (ONE_OF_EACH["freshness"], "merge", "staged"),
        ("{check: unique, columns: [mail]}", "merge", "target"),
        ("{check: unique, columns: [mail, id]}", "merge", "staged"),
        ("{check: unique, columns: [mail, id]}", "append", "target"),
        ("{check: unique, columns: [mail]}", "replace", "staged"),
        (ONE_OF_EACH["row_count"], "merge", "target"),
        (ONE_OF_EACH["row_count"], "replace", "staged"),
        (ONE_OF_EACH["sql"], "replace", "target"),
    ],
)
def test_checks_on_are_as_early_as_the_method_lets_them(check, method, stage):
    window = None if method == "replace" else Window.of_day(date(2025, 1, 1))
    facts = {"flow": "f", "run_id": "r", "run_date": date(2025, 1, 1), "bucket": "b", "iam_role": "default"}
    load = Load(design=read(check, method), window=window, **facts)
    other = {"staged": "target", "target": "staged"}[stage]
    assert load.checks_on(stage) == load.design.checks and load.checks_on(other) == ()
    alone = load.model_copy(update={"only_checks": True, "window": None})
    assert alone.checks_on("target") == load.design.checks and alone.checks_on("staged") == ()


@pytest.mark.parametrize(
    ("expect", "tolerance", "right", "wrong"),
    [
        ("0", None, (0, "0", 0.0), (1, None, "none")),
        ("!= 0", None, (1, -1), (0, None)),
        (">= 1", None, (1, 2.5), (0.99, None)),
        ("< 3", None, (2,), (3, 4)),
        ("100", "5%", (95, 105), (94.99, 105.01)),
        ("0.1", "0.001", (0.1005,), (0.102,)),
        ("paid", None, ("paid",), ("free", None)),
        ("!= paid", None, ("free",), ("paid", None)),
    ],
)
def test_expectation_holds_for_what_is_right_only(expect, tolerance, right, wrong):
    expectation = parse_expectation(expect, tolerance)
    assert all(expectation.holds(found) for found in right)
    assert not any(expectation.holds(found) for found in wrong)


@pytest.mark.parametrize(
    ("count", "before", "is_right"), [(10, None, True), (15, 10, True), (16, 10, False), (4, 10, False), (0, 0, True)]
)
def test_row_count_passes_by_its_change_against_the_last_load(count, before, is_right):
    [check] = read("{check: row_count, max_change_percent: 50}").checks
    assert check.passes(count, before) is is_right
