from pathlib import Path

import pytest

from model.column_type import parse_column_type
from model.errors import ConfigError
from model.read_design import WAREHOUSE, parse_design
from model.value_policy import CHOICES, ValuePolicy, parse_policy

PATH = Path("warehouse/mart/orders.yaml")
GOOD = (WAREHOUSE / "mart" / "orders.yaml").read_text()


def test_parse_design_column_as_object_has_its_policies() -> None:
    text = GOOD.replace("status: VARCHAR(20)", "status: {type: VARCHAR(20) NOT NULL, too_long: cut}")
    column = parse_design(text, PATH).column("status")
    assert (column.type.sql, column.is_not_null) == ("VARCHAR(20)", True)
    assert column.policy == ValuePolicy(too_long="cut")
    assert column.policy.chosen == {"too_long": "cut"}
    assert parse_design(GOOD, PATH).column("status").policy.chosen == {}


@pytest.mark.parametrize(
    ("column", "finding"),
    [
        ("{type: DATE, zero_dates: error}", "column 'status': found the unknown field 'zero_dates' (expected type or"),
        ("{zero_date: error}", "(expected TYPE, TYPE NOT NULL or an object with type)"),
        ("{type: MONEY}", "'MONEY' is no type that can be loaded"),
        ("{type: DATE, zero_date: never}", "zero_date is 'never' (expected error, null, a value of the column's type)"),
        ("{type: DATE, zero_date: 1970-02-30}", "zero_date is '1970-02-30'"),
        ("{type: TIMESTAMPTZ, zero_date: 1970-01-01 00:00:00}", "zero_date is '1970-01-01 00:00:00'"),
        ("{type: DATE NOT NULL, zero_date: null}", "zero_date is 'null' (expected another choice, because the column"),
        ("{type: BIGINT, too_long: cut}", "too_long is not for BIGINT (expected CHAR, SUPER, VARBYTE, VARCHAR)"),
        ("{type: SUPER, too_long: cut}", "too_long is 'cut' (expected error, null)"),
        ("{type: VARBYTE(5), too_long: cut}", "too_long is 'cut' (expected error, null)"),
        ("{type: VARCHAR(5), too_long: shorten}", "too_long is 'shorten' (expected error, null, cut)"),
        ("{type: VARCHAR(5), nul_character: [remove]}", "nul_character is ['remove'] (expected error, null, remove)"),
        ('{type: "DECIMAL(5,2)", nan: 1.005}', "nan is '1.005'"),
        ('{type: "DECIMAL(5,2)", nan: 1000}', "nan is '1000'"),
        ("{type: DOUBLE PRECISION, nan: 0}", "nan is not for DOUBLE PRECISION (expected DECIMAL)"),
    ],
)
def test_parse_design_bad_policy_names_column_and_what_is_allowed(column: str, finding: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_design(GOOD.replace("status: VARCHAR(20)", f"status: {column}"), PATH)
    assert "column 'status': " in str(caught.value) or "column 'status' is" in str(caught.value)
    assert finding in str(caught.value)


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("DATE", {"zero_date": "1970-01-01"}),
        ("TIMESTAMP", {"zero_date": "1970-01-01", "infinity": "9999-12-31 23:59:59.999999"}),
        ("TIMESTAMPTZ", {"minus_infinity": "0001-01-01 00:00:00+00"}),
        ("DECIMAL(5,2)", {"nan": "-0.01", "infinity": "999.99"}),
        ("CHAR(5)", {"too_long": "cut", "nul_character": "null"}),
    ],
)
def test_parse_policy_value_of_the_type_is_taken(written: str, declared: dict[str, str]) -> None:
    assert parse_policy(declared, parse_column_type(written), is_not_null=False).chosen == declared


def test_choices_are_for_every_policy() -> None:
    assert CHOICES.keys() == ValuePolicy.model_fields.keys()
