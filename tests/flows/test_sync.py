"""The flow `sync`: any design, its load methods, deletes, and a cursor that is NULL."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from prefect import flow

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from command_line.main import main
from flows.sync import sync
from model.errors import ConfigError, DataError
from model.patience import Patience
from model.read_design import read_design
from pipelines.new_load import PlannedLoad, new_load
from tasks.alter_target import alter_target
from tasks.check_cursor import check_cursor
from tasks.compare_schema import compare_schema
from tasks.create_staging import create_staging
from tasks.create_target import create_target
from tasks.detect_deletes import detect_deletes
from tests.flows.declared import declare, designed

NOW = Patience(retries=0, warehouse_poll_seconds=0.1, source_poll_seconds=0.1)
DAY = date(2025, 1, 1)
NOON = datetime(2025, 1, 1, 12)
TARGET = "SELECT id, name FROM mart.item ORDER BY id"


@pytest.fixture
def shop(world):
    """An empty source table `item`."""
    world.source(
        "DROP TABLE IF EXISTS item",
        "CREATE TABLE item"
        " (id BIGINT PRIMARY KEY, at DATETIME(6) NULL, name VARCHAR(20), is_deleted BOOLEAN, KEY (at))",
    )
    return world


@pytest.fixture
def design(tmp_path, monkeypatch):
    """Declares mart.item."""
    return lambda **parts: declare(tmp_path, monkeypatch, item=designed(**parts))


def fill(world, *rows):
    """Rows of (id, at, name, is_deleted)."""
    with world.connect_source() as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO item VALUES (%s, %s, %s, %s)", rows)


def run(**parameters):
    return sync("mart.item", **{"run_date": DAY, "patience": NOW} | parameters)


@pytest.mark.parametrize("load", ["merge", "append", "replace"])
def test_sync_any_method_brings_the_day_and_again_changes_nothing(shop, design, load):
    design(load=load)
    fill(shop, (1, NOON, "a", 0), (2, NOON, None, 0), (3, datetime(2025, 1, 2), "next day", 0))
    run()
    expected = [(1, "a"), (2, None)] + ([(3, "next day")] if load == "replace" else [])
    assert shop.warehouse(TARGET) == expected
    run()
    assert shop.warehouse(TARGET) == expected


@pytest.mark.parametrize("load", ["merge", "append"])
def test_sync_full_refresh_replaces_the_whole_table(shop, design, load):
    design(load=load)
    fill(shop, (1, NOON, "a", 0), (2, NOON, "b", 0), (3, datetime(2020, 1, 1), "old", 0))
    run()
    shop.source("DELETE FROM item WHERE id = 1", "UPDATE item SET name = 'c' WHERE id = 2")
    loaded = run(full_refresh=True)
    assert shop.warehouse(TARGET) == [(2, "c"), (3, "old")]
    assert loaded.target_row_count == 2
    assert shop.warehouse("SELECT method FROM etl.loads ORDER BY method DESC") == [("replace",), (load,)]


def test_sync_unknown_table_names_the_near_one_before_anything_runs(shop, design, capsys):
    design()
    assert main(["sync", "--table", "mart.itm", "--run-date", "2025-01-01"]) == 2
    assert "Cannot find table 'mart.itm'" in (said := capsys.readouterr().err)
    assert "expected one of mart.item" in said


def test_sync_without_a_table_gets_one_line_and_code_2(capsys):
    assert main(["sync"]) == 2
    assert "the following arguments are required: --table" in capsys.readouterr().err


def test_sync_dry_run_prints_the_deletes_that_a_run_makes(shop, design, capsys):
    design(more="detect_deletes: true")
    assert main(["sync", "--table", "mart.item", "--run-date", "2025-01-01", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "-- detect_deletes" in printed
    assert "DELETE FROM mart.item USING staging.mart$item$dryrun_deleted" in printed


def test_sync_marked_row_goes_and_comes_back_with_its_mark(shop, design):
    design(more="soft_delete: {column: is_deleted, removes_row: true}")
    fill(shop, (1, NOON, "a", 0), (2, NOON, "b", None), (3, NOON, "never seen", 1))
    run()
    assert shop.warehouse(TARGET) == [(1, "a"), (2, "b")]
    shop.source("UPDATE item SET is_deleted = 1 WHERE id = 2")
    loaded = run()
    assert shop.warehouse(TARGET) == [(1, "a")]
    assert (loaded.deleted_row_count, loaded.unchanged_row_count, loaded.inserted_row_count) == (1, 1, 0)
    shop.source("UPDATE item SET is_deleted = 0 WHERE id = 2")
    assert run().inserted_row_count == 1
    assert shop.warehouse("SELECT SUM(deleted_row_count) FROM etl.loads") == [(1,)]


def test_sync_marked_row_of_a_full_refresh_stays_away(shop, design):
    design(more="soft_delete: {column: is_deleted, removes_row: true}")
    fill(shop, (1, NOON, "a", 0), (2, NOON, "b", 1))
    run(full_refresh=True)
    assert shop.warehouse(TARGET) == [(1, "a")]


def test_sync_mark_that_removes_nothing_is_carried_over(shop, design):
    design(more="soft_delete: {column: is_deleted}")
    fill(shop, (1, NOON, "a", 0), (2, NOON, "b", 1))
    run()
    assert shop.warehouse("SELECT id, is_deleted FROM mart.item ORDER BY id") == [(1, False), (2, True)]


def test_sync_detect_deletes_takes_what_the_source_lacks_and_leaves_what_it_has_more(shop, design):
    design(more="detect_deletes: true")
    fill(shop, *((number, NOON, "a", 0) for number in range(-1000, 5001)))
    run()
    shop.source("DELETE FROM item WHERE id IN (-1000, -7, 0, 3, 4999, 5000)")
    fill(shop, (-2000, datetime(2025, 3, 1), "not of this day", 0), (6000, datetime(2025, 3, 1), "nor this", 0))
    loaded = run()
    assert loaded.deleted_row_count == 6
    assert shop.warehouse("SELECT COUNT(*), MIN(id), MAX(id) FROM mart.item") == [(5995, -999, 4998)]
    assert run().deleted_row_count == 0


def test_sync_detect_deletes_looks_closer_until_keys_are_few(shop, design, monkeypatch):
    from tasks import detect_deletes

    monkeypatch.setattr(detect_deletes, "_MOST_KEYS", 50)
    monkeypatch.setattr(detect_deletes, "_BUCKETS", 10)
    design(more="detect_deletes: true")
    fill(shop, *((number * 7, NOON, "a", 0) for number in range(-900, 900)), (2**62, NOON, "far", 0))
    run()
    shop.source("DELETE FROM item WHERE id IN (-6300, -7, 0, 7, 700, 4900)")
    assert run().deleted_row_count == 6
    assert shop.warehouse("SELECT COUNT(*) FROM mart.item WHERE id IN (-6300, -7, 0, 7, 700, 4900)") == [(0,)]


def test_sync_detect_deletes_fetches_no_key_of_a_quiet_table(shop, design, monkeypatch):
    from tasks import detect_deletes

    design(more="detect_deletes: true\nsoft_delete: {column: is_deleted, removes_row: true}")
    fill(shop, *((number, NOON, "a", number % 50 == 0) for number in range(1, 5001)))
    run()
    asked = []
    query = detect_deletes.query_source
    monkeypatch.setattr(
        detect_deletes, "query_source", lambda address, table, text: asked.append(text) or query(address, table, text)
    )
    assert run().deleted_row_count == 0
    assert len(asked) == 1


def test_sync_detect_deletes_keeps_a_key_that_comes_back_while_it_runs(shop, design, monkeypatch):
    from pipelines import extract_rows

    design(more="detect_deletes: true")
    fill(shop, (1, NOON, "a", 0), (2, NOON, "b", 0))
    run()
    shop.source("DELETE FROM item WHERE id = 2")
    extract = extract_rows.extract_table

    def comes_back(load, source, lake):
        fill(shop, (2, NOON, "back", 0))
        return extract(load, source, lake)

    monkeypatch.setattr(extract_rows.extract_table, "with_options", lambda **_: comes_back)
    run()
    assert shop.warehouse(TARGET) == [(1, "a"), (2, "back")]


def test_sync_detect_deletes_of_an_emptied_source_stops(shop, design, tmp_path, monkeypatch):
    declare(tmp_path, monkeypatch, item=designed(more="detect_deletes: true").replace("allow_empty: true", ""))
    fill(shop, (1, NOON, "a", 0))
    run()
    shop.source("DELETE FROM item")
    with pytest.raises(DataError, match="the source has none of the target's keys"):
        run()
    assert shop.warehouse(TARGET) == [(1, "a")]


@flow
def steps_twice():
    lake, warehouse, source = Lake.load("lake"), Warehouse.load("warehouse"), SourceDatabase.load("shop")
    load = new_load("sync", PlannedLoad.of_day(read_design("mart.item"), DAY), lake, warehouse)

    def twice(step, *arguments):
        return step(*arguments), step(*arguments)

    first, again = twice(compare_schema, load, source, warehouse)
    assert first == again
    load = load.model_copy(update={"design": again.design})
    assert check_cursor(load, source, again) == check_cursor(load, source, again)
    create_target(load, warehouse)
    altered = twice(alter_target, load, warehouse, again)
    create_staging(load, warehouse)
    found = twice(detect_deletes, load, source, lake, warehouse)
    return altered, found


def test_sync_each_step_before_the_rows_twice_ends_as_once(shop, design):
    more = "detect_deletes: true\non_schema_change: evolve"
    design(more=more)
    fill(shop, (1, NOON, "a", 0), (2, NOON, "b", 0))
    run()
    shop.source("DELETE FROM item WHERE id = 1", "ALTER TABLE item ADD COLUMN phone VARCHAR(10)")
    altered, found = steps_twice()
    assert [len(one.statements) for one in altered] == [1, 0]
    assert [one.row_count for one in found] == [1, 1]
    [(table,)] = shop.warehouse("SELECT table_name FROM svv_tables WHERE table_name LIKE '%deleted'")
    assert shop.warehouse(f"SELECT id FROM staging.{table}") == [(1,)]
    assert shop.warehouse("SELECT column_name FROM etl.source_columns WHERE column_name = 'phone'") == [("phone",)]


def test_sync_null_cursor_fails_and_says_how_many(shop, design):
    design()
    fill(shop, (1, NOON, "a", 0), (2, None, "b", 0), (3, None, "c", 0))
    with pytest.raises(DataError, match="at is NULL in 2 rows of the source"):
        run()
    assert shop.warehouse("SELECT nspname FROM pg_namespace WHERE nspname = 'mart'") == []


@pytest.mark.parametrize(
    ("load", "policy", "expected"),
    [
        ("merge", "ignore", [(1, "a")]),
        ("merge", "load", [(1, "a"), (2, "b")]),
        ("append", "load", [(1, "a"), (2, "b")]),
        ("replace", "fail", [(1, "a"), (2, "b")]),
    ],
)
def test_sync_null_cursor_by_policy(shop, design, load, policy, expected):
    design(load=load, more=f"null_cursor: {policy}")
    fill(shop, (1, NOON, "a", 0), (2, None, "b", 0))
    run()
    run()
    assert shop.warehouse(TARGET) == expected


@pytest.mark.parametrize(
    ("load", "more", "said"),
    [
        ("append", "detect_deletes: true", "expected it only where load is merge, from a database"),
        ("merge", "soft_delete: {column: gone}", "'gone' is not among the columns"),
        ("merge", "soft_delete: {column: name}", "found VARCHAR\\(20\\) \\(expected one of BOOLEAN"),
        ("append", "soft_delete: {column: is_deleted, removes_row: true}", "only where load is merge or replace"),
        ("merge", "null_cursor: skip", "null_cursor: found 'skip'"),
        ("merge", "on_schema_change: adapt", "on_schema_change: found 'adapt'"),
    ],
)
def test_sync_design_that_cannot_be_meant_is_refused(design, load, more, said):
    design(load=load, more=more)
    with pytest.raises(ConfigError, match=said):
        run()
