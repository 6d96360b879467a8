import doctest

import pytest

from model import source_type
from model.column_type import parse_column_type
from model.source_type import COUNTERPARTS, mysql_family, postgres_family


@pytest.mark.parametrize(
    ("data_type", "family"),
    [
        ("tinyint", "integer"),
        ("longtext", "text"),
        ("timestamp", "instant"),
        ("datetime", "timestamp"),
        ("point", "geometry"),
        ("vector", None),
    ],
)
def test_mysql_family_of_data_type(data_type: str, family: str | None) -> None:
    assert mysql_family(data_type) == family


@pytest.mark.parametrize(
    ("udt_name", "type_kind", "family"),
    [
        *(("timestamptz", "b", "instant"), ("_text", "b", "nested"), ("address", "c", "nested"), ("mood", "e", "text")),
        *(("hstore", "b", "nested"), ("int", "b", None), ("polygon", "b", "shown"), ("pg_snapshot", "b", None)),
    ],
)
def test_postgres_family_of_type_name(udt_name: str, type_kind: str, family: str | None) -> None:
    assert postgres_family(udt_name, type_kind) == family


def test_counterparts_are_types_of_the_warehouse() -> None:
    for targets in COUNTERPARTS.values():
        for target in targets:
            assert parse_column_type(target).name == target


def test_source_type_doctests_hold() -> None:
    assert doctest.testmod(source_type).failed == 0
