"""The contract names every type that can be read, and proposes only what reading it can fill."""

from __future__ import annotations

import pytest

from model.source_type import COUNTERPARTS, SourceColumn, mysql_family, postgres_family
from model.type_contract import MYSQL, POSTGRES, Rule, proposed, rule_of

NOT_TYPES = {"enum": "e", "composite": "c"}
NAMES = [(kind, name, rule) for kind, rules in (("mysql", MYSQL), ("postgresql", POSTGRES))
         for rule in rules for name in rule.source.split(", ")]  # fmt: skip


def column(kind: str, name: str) -> SourceColumn:
    """A column of that type, as it would be reflected."""
    data_type = name.removesuffix(" unsigned").removesuffix("(1)")
    if kind == "mysql":
        return SourceColumn("c", data_type, name, mysql_family(data_type))
    data_type = {"array": "_int4", "ranges": "tsrange"}.get(name, name)
    return SourceColumn("c", data_type, data_type, postgres_family(data_type, NOT_TYPES.get(name, "b")))


@pytest.mark.parametrize(("kind", "name", "rule"), NAMES, ids=[f"{kind} {name}" for kind, name, _ in NAMES])
def test_rule_of_every_row_is_found_and_can_be_filled(kind: str, name: str, rule: Rule) -> None:
    found = column(kind, name)
    assert rule_of(found, kind) is rule
    for has_misfits in (False, True):
        assert proposed(found, rule, has_misfits, byte_count=10, decimals=2).name in COUNTERPARTS[found.family]


@pytest.mark.parametrize(
    ("declared", "digits", "has_misfits", "decimals", "sql"),
    [
        ("numeric(10,2)", (10, 2), False, 0, "DECIMAL(10,2)"),
        ("numeric", (None, None), False, 4, "DECIMAL(38,4)"),
        ("numeric", (None, None), True, 4, "VARCHAR(90)"),
        ("numeric(50,10)", (50, 10), False, 0, "DECIMAL(38,10)"),
        ("numeric(5,-2)", (5, -2), False, 0, "DECIMAL(38,0)"),
        ("numeric(3,5)", (3, 5), False, 5, "DECIMAL(38,5)"),
        ("numeric(38,38)", (38, 38), False, 38, "DECIMAL(38,37)"),
    ],
)
def test_proposed_numeric_keeps_what_was_found(declared, digits, has_misfits, decimals, sql) -> None:
    found = SourceColumn("c", "numeric", declared, "decimal", *digits)
    rule = rule_of(found, "postgresql")
    assert rule and proposed(found, rule, has_misfits, byte_count=90, decimals=decimals).sql == sql


def test_proposed_length_beyond_the_type_is_its_widest() -> None:
    for name, widest in (("text", "VARCHAR(65535)"), ("bytea", "VARBYTE(1024000)")):
        found = column("postgresql", name)
        rule = rule_of(found, "postgresql")
        assert rule and proposed(found, rule, False, byte_count=10**9, decimals=0).sql == widest


def test_rule_of_type_that_cannot_be_read_is_none() -> None:
    assert rule_of(SourceColumn("c", "vector", "vector", None), "mysql") is None
