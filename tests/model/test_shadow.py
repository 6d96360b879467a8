"""Designs moved into the shadow schemas."""

from __future__ import annotations

from pydantic import TypeAdapter

from model.check import Check
from model.shadow import _moved_check

MOVED = {"mart.people": "mart__shadow", "mart.sales": "mart__shadow"}


def moved(**fields):
    return _moved_check(TypeAdapter(Check).validate_python(fields), MOVED)


def test_moved_check_references_look_into_the_shadow_only_for_tables_that_are_built_there():
    fields = {"check": "references", "columns": ("person",), "to": ("id",)}
    assert moved(**fields, table="mart.people").table == "mart__shadow.people"
    assert moved(**fields, table="ref.people") == TypeAdapter(Check).validate_python(fields | {"table": "ref.people"})


def test_moved_check_sql_and_its_rows_look_into_the_shadow():
    of_sales = "SELECT {} FROM mart.sales AS s JOIN ref.rates AS r ON r.id = s.rate WHERE s.note <> 'mart.sales'"
    check = moved(check="sql", sql=of_sales.format("COUNT(*)"), rows=of_sales.format("s.id"), expect="0")
    assert check.sql == of_sales.format("COUNT(*)").replace("FROM mart.", "FROM mart__shadow.")
    assert check.rows == of_sales.format("s.id").replace("FROM mart.", "FROM mart__shadow.")
    assert moved(check="sql", sql=of_sales.format("COUNT(*)"), expect="0").rows is None


def test_moved_check_of_its_own_rows_stays():
    assert moved(check="not_null", columns=("id",)) == TypeAdapter(Check).validate_python(
        {"check": "not_null", "columns": ("id",)}
    )
