"""Values without a counterpart, through the whole pipeline: changed and counted as declared, else refused by name."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from model.errors import DataError
from model.results import ChangedValues, Extracted
from reports.console import described
from tasks import verb
from tests.flows.every_value import load_whole, loaded_rows, postgres, proposed_design


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[Extracted]:
    """What extract_table returned, run by run."""
    found: list[Extracted] = []

    def listen(said: verb.Report) -> None:
        if isinstance(said.result, Extracted):
            found.append(said.result)

    monkeypatch.setattr(verb, "listeners", [listen])
    return found


def test_load_table_mysql_policies_change_count_and_show(world, extracted, caplog, monkeypatch) -> None:
    # Prefect's loggers keep their lines to themselves.
    monkeypatch.setattr("tasks.extract_table.logger", lambda: logging.getLogger("heard"))
    world.source(
        "DROP TABLE IF EXISTS odd",
        "CREATE TABLE odd (id INT PRIMARY KEY, day DATE, at DATETIME(6), stamp TIMESTAMP NULL,"
        " note MEDIUMTEXT, raw BLOB)",
        "SET sql_mode = '', time_zone = '+00:00'",
        "INSERT INTO odd VALUES (1, '0000-00-00', '2024-00-10 10:00:00', '0000-00-00', REPEAT('é', 40000), 'abc')",
        "INSERT INTO odd VALUES (2, '2024-02-00', '2024-01-31 10:00:00.5', '2024-01-31 10:00:00', 'a\\0b', 'abcdefgh')",
        "INSERT INTO odd VALUES (3, NULL, NULL, NULL, NULL, NULL)",
    )
    design = proposed_design(
        "shop",
        "odd",
        day="{type: DATE, zero_date: 1970-01-01}",
        at="{type: TIMESTAMP, zero_date: null}",
        stamp="{type: TIMESTAMPTZ, zero_date: null}",
        note="{type: VARCHAR(65535), too_long: cut, nul_character: remove}",
        raw="{type: VARBYTE(5), too_long: null}",
    )
    load_whole(design)
    assert loaded_rows(world, design) == {
        "id": [1, 2, 3],
        "day": [date(1970, 1, 1), date(1970, 1, 1), None],
        "at": [None, datetime(2024, 1, 31, 10, 0, 0, 500000), None],
        "stamp": [None, datetime(2024, 1, 31, 10, tzinfo=UTC), None],
        "note": ["é" * 32767, "ab", None],
        "raw": [b"abc", None, None],
    }
    counts = {"at zero_date": 1, "day zero_date": 2, "note nul_character": 1, "note too_long": 1}
    counts |= {"raw too_long": 1, "stamp zero_date": 1}
    assert {f"{one.column} {one.policy}": one.value_count for one in extracted[0].changed_values} == counts
    assert described(extracted[0], 1.0).endswith(" · 7 values changed by policy")
    assert "mart.odd: 2 values of day were changed by its policy zero_date" in caplog.text
    again = load_whole(design)
    assert (again.unchanged_row_count, again.updated_row_count) == (3, 0)


def test_load_table_postgres_policies_change_count_and_show(world, extracted) -> None:
    with postgres(world) as cursor:
        cursor.execute("DROP TABLE IF EXISTS odd")
        cursor.execute("CREATE TABLE odd (id int PRIMARY KEY, day date, at timestamptz, number numeric, note text)")
        cursor.execute("INSERT INTO odd VALUES (1, 'infinity', '-infinity', 'NaN', repeat('💶', 3000000))")
        cursor.execute("INSERT INTO odd VALUES (2, '-infinity', 'infinity', '-Infinity', 'short')")
    design = proposed_design(
        "shop-postgres",
        "odd",
        day="{type: DATE, infinity: 9999-12-31, minus_infinity: null}",
        at='{type: TIMESTAMPTZ, infinity: null, minus_infinity: "0001-01-01 00:00:00+00"}',
        number='{type: "DECIMAL(9,2)", nan: null, minus_infinity: -9999999.99}',
        note="{type: VARCHAR(10), too_long: cut}",
    )
    load_whole(design)
    assert loaded_rows(world, design) == {
        "id": [1, 2],
        "day": [date(9999, 12, 31), None],
        "at": [datetime(1, 1, 1, tzinfo=UTC), None],
        "number": [None, Decimal("-9999999.99")],
        "note": ["💶💶", "short"],
    }
    assert sum(one.value_count for one in extracted[0].changed_values) == 7
    assert ChangedValues(column="note", policy="too_long", value_count=1) in extracted[0].changed_values


@pytest.mark.parametrize(
    ("source", "value", "declared", "reason"),
    [
        ("DATE", "'0000-00-00'", "DATE", "month or day 0"),
        ("TEXT", "REPEAT('é', 6)", "VARCHAR(11)", "12 bytes long"),
        ("JSON", "'\"\\\\u0000\"'", "SUPER", "NUL"),
        ("BIGINT UNSIGNED", "18446744073709551615", "BIGINT", "does not fit"),
    ],
)
def test_load_table_value_that_does_not_fit_is_refused_and_the_target_stays(
    world, source, value, declared, reason
) -> None:
    world.source("DROP TABLE IF EXISTS odd", f"CREATE TABLE odd (id INT PRIMARY KEY, v {source})")
    world.source("INSERT INTO odd VALUES (1, NULL)")
    design = proposed_design("shop", "odd", v=declared)
    load_whole(design)
    world.source("SET sql_mode = ''", f"INSERT INTO odd VALUES (2, {value})")
    with pytest.raises(DataError, match=rf"'odd\.v': in the row id=2 .*{reason}"):
        load_whole(design)
    assert world.warehouse("SELECT id, v IS NULL FROM mart.odd") == [(1, True)]


def test_load_table_geometry_arrives_as_ewkb_with_its_srid(world) -> None:
    world.source(
        "DROP TABLE IF EXISTS places",
        "CREATE TABLE places (id INT PRIMARY KEY, place GEOMETRY)",
        "INSERT INTO places VALUES (1, ST_GeomFromText('POINT(1 2)', 4326)), (3, NULL)",
        "INSERT INTO places VALUES (2, ST_GeomFromText('LINESTRING(0 0,1 1)'))",
    )
    design = proposed_design("shop", "places")
    load_whole(design)
    point = bytes.fromhex("01 01000020 E6100000 000000000000F03F 0000000000000040")
    line = bytes.fromhex("01 02000020 00000000 02000000" + "00" * 16 + "000000000000F03F" * 2)
    assert loaded_rows(world, design)["place"] == [point, line, None]
