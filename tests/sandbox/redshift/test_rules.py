"""Every rule of the tables in `rules/`, one test each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

TABLE = "create table t (id int, v varchar(20))"
MACROS = {
    "@t": [TABLE],
    "@pair": [
        TABLE,
        "create table s (id int, v varchar(20))",
        "insert into t values (1, 'a'), (2, 'b')",
        "insert into s values (2, 'B'), (3, 'C')",
    ],
}
CLEAN_UP = ("drop schema if exists r cascade", "create schema r", "set search_path to r, public")


@dataclass(frozen=True)
class Rule:
    """`verdict` is ok, rows or refused; `expected` is what follows it."""

    name: str
    source: str
    statements: list[str]
    verdict: str
    expected: str


def read_rules() -> list[Rule]:
    rules = []
    for path in sorted((Path(__file__).parent / "rules").glob("*.sql")):
        for block in path.read_text().strip().split("\n\n"):
            head, *lines, last = block.split("\n")
            name, _, source = head.removeprefix("-- ").partition(" | ")
            verdict, _, expected = last.removeprefix("=> ").partition(" ")
            statements = [statement for line in lines for statement in MACROS.get(line, [line])]
            rules.append(Rule(name, source, statements, verdict, expected))
    return rules


RULES = read_rules()


@pytest.fixture
def cursor(connect: Callable[..., Any]) -> Iterator[Any]:
    connection = connect()
    cursor = connection.cursor()
    for statement in CLEAN_UP:
        cursor.execute(statement)
    yield cursor
    connection.close()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_statements_verdict_as_documented(rule: Rule, cursor: Any) -> None:
    for statement in rule.statements[:-1]:
        run(cursor, statement, is_failing=rule.expected == "25P02")
    last = rule.statements[-1]
    if rule.verdict == "refused":
        code, _, text = rule.expected.partition(" ")
        with pytest.raises(psycopg2.Error) as refusal:
            cursor.execute(last)
        assert (refusal.value.pgcode or "").startswith(code), refusal.value
        assert text in str(refusal.value)
        return
    cursor.execute(last)
    if rule.verdict == "rows":
        assert [as_text(row) for row in cursor.fetchall()] == [as_text(row) for row in json.loads(rule.expected)]


def run(cursor: Any, statement: str, is_failing: bool) -> None:
    """Run a statement in front of the last; in a rule about failed transactions it may fail."""
    try:
        cursor.execute(statement)
    except psycopg2.Error:
        if not is_failing:
            raise


def as_text(row: tuple[object, ...]) -> tuple[str, ...]:
    """Values as text; whole floats as integers."""
    return tuple(str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in row)


def test_read_rules_all_files_unique_and_sourced() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) >= 250
    assert {rule.verdict for rule in RULES} == {"ok", "rows", "refused"}
    assert all(rule.source for rule in RULES)
