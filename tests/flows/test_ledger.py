"""The ledger: what a run leaves there, how it is shown, and that nothing is lost between two windows."""

from __future__ import annotations

import json
import re
import time
from contextlib import closing
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from prefect import flow

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from command_line.commands.freshness import freshness
from command_line.main import main
from flows.orders import orders
from model.errors import DataError, WarehouseError
from model.patience import Patience
from model.read_design import read_design
from model.window import Window
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load

NOW = Patience(retries=0)
FIRST = date(2025, 1, 1)


def test_load_that_fails_is_recorded_with_its_cause_and_then_as_loaded(world):
    with pytest.raises(DataError):
        orders(run_date=FIRST, patience=NOW)
    [(state, cause, inserted, since, until)] = world.warehouse(
        "SELECT state, cause, inserted_row_count, since, until FROM etl.loads WHERE finished_at >= started_at"
        " - INTERVAL '2 seconds'"
    )
    assert (state, inserted) == ("failed", None)
    assert cause.startswith("Cannot load 'mart.orders' for 2025-01-01: staged were no rows")
    assert (since, until) == (datetime(2025, 1, 1), datetime(2025, 1, 2))
    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))
    orders(run_date=FIRST, patience=NOW)
    assert world.warehouse(
        "SELECT state, cause, checks, extracted_row_count, copied_row_count, inserted_row_count, deleted_row_count"
        " FROM etl.loads ORDER BY state"
    )[1] == ("loaded", None, "row_count, not_empty, key_not_null, key_unique, in_window", 1, 1, 1, 0)


def test_load_that_fails_unexpectedly_records_no_text_that_could_hold_a_secret(world, monkeypatch):
    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))

    def broken(*_, **__):
        raise KeyError("canary-p4ssw0rd")

    monkeypatch.setattr("tasks.validate_staging.measures", broken)
    with pytest.raises(KeyError):
        orders(run_date=FIRST, patience=NOW)
    assert world.warehouse("SELECT cause FROM etl.loads") == [("KeyError; see the log of the run",)]


def test_load_that_fails_shows_its_cause_although_the_ledger_cannot_be_written(world, monkeypatch):
    def broken(*_):
        raise WarehouseError("the ledger is gone")

    monkeypatch.setattr("tasks.record_failure.insert_failure", broken)
    with pytest.raises(DataError, match="staged were no rows"):
        orders(run_date=FIRST, patience=NOW)
    assert world.warehouse("SELECT event FROM etl.leases ORDER BY at DESC LIMIT 1") == [("released",)]


def test_run_that_lost_its_lease_leaves_the_files_of_the_other(world, monkeypatch):
    from pipelines import load_table as module

    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))
    others = "extracted/mart.orders/2025-01-01/other-run/part-00000.parquet"
    validate = module.validate_staging

    def takes_over(load, warehouse, deduplicated, **_):
        world.warehouse("INSERT INTO etl.leases VALUES ('mart.orders', 'other-run', 'orders', 'taken', SYSDATE)")
        world.s3.put_object(Bucket=world.environment["LAKE_BUCKET"], Key=others, Body=b"")
        return validate.fn(load, warehouse, deduplicated)

    monkeypatch.setattr(module, "validate_staging", SimpleNamespace(with_options=lambda **_: takes_over))
    with pytest.raises(WarehouseError, match="run other-run has taken the table over"):
        orders(run_date=FIRST, patience=NOW)
    assert world.keys("extracted/") == [others]
    assert world.warehouse("SELECT run_id, event FROM etl.leases ORDER BY at DESC LIMIT 1") == [("other-run", "taken")]


@flow
def load_day(day):
    """mart.orders without a lookback: nothing but the ledger can make a run read what the day before left."""
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    design = read_design("mart.orders")
    design = design.model_copy(
        update={"source": design.source.model_copy(update={"lookback_days": 0}), "allow_empty": True}
    )
    return load_table(
        new_load("orders", PlannedLoad(design, day, Window.of_day(day)), lake, warehouse), lake, warehouse, NOW, False
    )


def test_row_that_commits_late_is_read_by_the_run_of_the_next_window(world):
    """An open transaction holds back the bound of today's load; tomorrow's run begins where today's ended."""
    [(now,)] = world.source("SELECT UTC_TIMESTAMP(6)")
    today = now.date()
    midnight = datetime.combine(today, datetime.min.time())
    world.insert_orders((1, 1, midnight, "early", 1))
    world.insert_orders((3, 1, now + timedelta(seconds=2), "after the bound", 3))
    with closing(world.connect_source(autocommit=False)) as writer, writer.cursor() as cursor:
        cursor.execute("INSERT INTO orders VALUES (2, 1, UTC_TIMESTAMP(6), 'late', 2)")
        time.sleep(2.5)
        first = load_day(today)
        writer.commit()
    assert first.copied_row_count == 1
    assert midnight < first.read_until < now + timedelta(seconds=2)

    second = load_day(today + timedelta(days=1))
    assert second.inserted_row_count == 2
    ids = "SELECT order_id FROM mart.orders ORDER BY 1"
    assert world.warehouse(ids) == world.source(ids.replace("mart.", "")) == [(1,), (2,), (3,)]
    [(read_since,)] = world.warehouse("SELECT MAX(read_since) FROM etl.loads")
    assert read_since == first.read_until
    assert second.exported_row_count == 3


def test_row_at_the_very_bound_is_in_one_window_or_the_other(world, monkeypatch):
    """The bound is the end of what is read: a row of that microsecond belongs to the next run, and is not lost."""
    bound = datetime(2025, 1, 1, 15, 0, 0, 123456)
    world.insert_orders(
        (1, 1, bound - timedelta(microseconds=1), "before", 1), (2, 1, bound, "at", 2), (3, 1, bound, "at", 3)
    )
    monkeypatch.setattr("tasks.extract_table.safe_bound", lambda _: bound)
    assert load_day(FIRST).inserted_row_count == 1
    # The transaction stays open for a day more: the end of what was read is handed on from window to window.
    assert load_day(FIRST + timedelta(days=1)).inserted_row_count == 0
    monkeypatch.setattr("tasks.extract_table.safe_bound", lambda _: datetime(2025, 1, 9))
    last = load_day(FIRST + timedelta(days=2))
    # The export of the day that got rows late is written anew.
    assert (last.inserted_row_count, last.exported_row_count) == (2, 3)


def test_failed_load_hands_on_no_bound(world, monkeypatch):
    """What a failed run has read is not in the target: the run of the next window does not go on from there."""
    world.insert_orders((1, 1, datetime(2025, 1, 2, 12), "placed", 1))
    load_day(date(2024, 1, 1))
    monkeypatch.setattr("tasks.extract_table.safe_bound", lambda _: datetime(2025, 1, 1, 15))
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr("tasks.validate_staging.measures", lambda _: 1 / 0)
        load_day(FIRST)
    monkeypatch.setattr("tasks.extract_table.safe_bound", lambda _: datetime(2025, 1, 9))
    load_day(FIRST + timedelta(days=1))
    assert world.warehouse(
        "SELECT state, read_since, read_until FROM etl.loads WHERE since > '2024-12-31' ORDER BY since"
    ) == [
        ("failed", datetime(2025, 1, 1), datetime(2025, 1, 1, 15)),
        ("loaded", datetime(2025, 1, 2), datetime(2025, 1, 3)),
    ]


def test_commands_show_the_ledger_and_the_age_of_each_table(world, capsys):
    assert main(["freshness", "--json"]) == 0
    ages = {one["table"]: one["age_hours"] for one in json.loads(capsys.readouterr().out)}
    assert ages["mart.orders"] is None
    assert main(["loads", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []

    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))
    orders(run_date=FIRST, patience=NOW)
    with pytest.raises(DataError):
        orders(run_date=date(2024, 1, 1), patience=NOW)
    capsys.readouterr()

    assert main(["loads", "--table", "mart.orders"]) == 0
    head, failed, loaded = capsys.readouterr().out.splitlines()
    assert re.search(r"mart\.orders +2025-01-01 +merge +loaded +1 +1 +0 +0 +\d+", loaded)
    assert re.search(r"mart\.orders +2024-01-01 +merge +failed +\d+ +Cannot load 'mart.orders'", failed)
    assert head.split()[:3] == ["finished", "(UTC)", "table"]
    assert main(["loads", "--last", "1", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["state"], row["run_date"], row["copied_row_count"]) == ("failed", "2024-01-01", None)

    assert main(["freshness", "--max-age-hours", "1e9"]) in (0, 1)
    assert re.search(r"mart\.orders +2025-01-02 00:00 +[\d,]+\.\d h", capsys.readouterr().out)
    assert main(["freshness", "--max-age-hours", "24"]) == 1
    assert "mart.orders" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["loads", "--table", "mart.ordres"],
            "Cannot show loads of 'mart.ordres': no such table",
        ),
        (["loads", "--last", "0"], "--last is 0 (expected 1 or more)"),
        (["freshness", "--max-age-hours", "x"], "argument --max-age-hours: invalid float value: 'x'"),
    ],
)
def test_commands_wrong_argument_gets_one_line_and_code_2(world, capsys, arguments, said):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_freshness_takes_the_newest_of_windows_and_whole_loads_in_utc():
    now = datetime(2025, 1, 3, 12)
    rows = [
        SimpleNamespace(table_name="a.windows", read_until=datetime(2025, 1, 3), loaded_at=None),
        SimpleNamespace(table_name="a.whole", read_until=None, loaded_at=datetime(2025, 1, 3, 11)),
        SimpleNamespace(table_name="a.both", read_until=datetime(2025, 1, 2), loaded_at=datetime(2025, 1, 3, 11)),
        SimpleNamespace(table_name="a.ahead", read_until=datetime(2025, 1, 4), loaded_at=None),
        SimpleNamespace(table_name="b.gone", read_until=datetime(2025, 1, 4), loaded_at=None),
    ]
    zones = {"a.windows": "Europe/Berlin", "a.whole": "UTC", "a.both": "UTC", "a.ahead": "UTC", "a.never": "UTC"}
    found = {one.table: one.age_hours for one in freshness(zones, rows, now)}
    assert found == {"a.ahead": 0.0, "a.both": 1.0, "a.never": None, "a.whole": 1.0, "a.windows": 13.0}
