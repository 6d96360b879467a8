"""What editors are told about design files agrees with what reads them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from command_line.commands import schema as schema_command
from model.column_type import parse_column_type, type_names
from model.design_schema import design_schema
from model.errors import ConfigError
from model.read_design import WAREHOUSE, parse_design
from model.table_design import TableDesign
from model.value_policy import ValuePolicy

GOOD = (WAREHOUSE / "mart" / "orders.yaml").read_text()
VALIDATOR = Draft7Validator(design_schema())


def errors_in(text: str) -> list[str]:
    """What an editor marks; it reads dates as text."""
    declared = yaml.safe_load(text)
    declared = json.loads(json.dumps(declared, default=datetime.date.isoformat))
    return [error.message for error in VALIDATOR.iter_errors(declared)]


@pytest.mark.parametrize("path", sorted(WAREHOUSE.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_design_schema_every_design_is_valid(path: Path) -> None:
    assert errors_in(path.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount: NUMERIC(18,2)", "amount: MONEY"),
        ("amount: NUMERIC(18,2)", "amount: BIGINT(20)"),
        ("amount: NUMERIC(18,2)", "amount: {type: DATE, zero_dates: error}"),
        ("amount: NUMERIC(18,2)", "amount: {zero_date: error}"),
        ("amount: NUMERIC(18,2)", "Amount: BIGINT"),
        ("key: [order_id]\n", ""),
        ("cursor: order_ts\n", ""),
        ("load: merge", "load: mrege"),
        ("load: merge\n", ""),
        ("lookback_days: 1", "lookback_days: -1"),
        ("lookback_days: 1", "loockback_days: 1"),
        ("description:", "schema_name: x\ndescription:"),
    ],
)
def test_design_schema_what_the_reader_refuses_is_invalid(old: str, new: str) -> None:
    assert old in GOOD
    bad = GOOD.replace(old, new)
    with pytest.raises(ConfigError):
        parse_design(bad, Path("warehouse/mart/orders.yaml"))
    assert errors_in(bad)


@pytest.mark.parametrize(
    "column",
    [
        "{type: DATE, zero_date: null}",
        '{type: "DATE not null", zero_date: 1970-01-01}',
        '{type: "VARCHAR(10)", too_long: cut, nul_character: remove}',
        '{type: "numeric(5, 2)", nan: 0, infinity: error}',
        "double  precision",
        "varchar(max) NOT NULL",
    ],
)
def test_design_schema_what_the_reader_takes_is_valid(column: str) -> None:
    text = GOOD.replace("amount: NUMERIC(18,2)", f"amount: {column}")
    parse_design(text, Path("warehouse/mart/orders.yaml"))
    assert errors_in(text) == []


def test_design_schema_transformation_may_do_without_load() -> None:
    text = "description: x\ncolumns: {a: TIMESTAMP}\ndistribution: auto\n"
    assert errors_in(text) == []
    assert errors_in(text + "load: append\n")
    assert errors_in(text + "load: append\ncursor: a\n") == []
    assert errors_in(text + "load: merge\nkey: [a]\n") == []
    assert errors_in(text + "lookback_days: 1\n")


def test_design_schema_every_field_and_policy_is_described() -> None:
    schema = design_schema()
    fields = TableDesign.model_fields.keys() - {"schema_name", "table_name"}
    assert schema["properties"].keys() == fields
    assert not [name for name, field in schema["properties"].items() if not field.get("description")]
    column = schema["properties"]["columns"]["additionalProperties"]["anyOf"][1]["properties"]
    assert column.keys() == {"type", "source", "sensitive", *ValuePolicy.model_fields}
    assert all(field["description"] for field in column.values())


def test_type_names_are_what_the_parser_knows() -> None:
    plain, with_size = type_names()
    for name in plain:
        parse_column_type(name)
    for name in with_size:
        parse_column_type(f"{name}(5)")


def test_schema_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema_command.main([]) == 0
    assert json.loads(capsys.readouterr().out) == design_schema()
    with pytest.raises(ConfigError, match="--help"):
        schema_command.main(["--nonsense"])
