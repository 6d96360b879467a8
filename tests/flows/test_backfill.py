"""The past, window by window: what is due, what is left out, what stops, and what a schedule beside it may do."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from prefect import get_client
from prefect.settings import get_current_settings

from command_line.main import main
from flows.backfill import backfill, planned
from flows.orders import orders
from model.errors import ConfigError, DataError, SourceError
from model.load import Load
from model.patience import Patience
from model.read_design import read_design
from model.window import Window
from pipelines import backfill_table
from pipelines.backfill_table import is_due

ROOT = Path(__file__).parents[2]
NOW = Patience(retries=0, lease_poll_seconds=0.1)
FIRST = date(2025, 1, 1)
TARGET = "SELECT order_id, customer_id, order_ts, status, amount FROM mart.orders ORDER BY order_id"
LEDGER = "SELECT run_date, state, flow FROM etl.loads ORDER BY finished_at, run_date"


def fill(world, days, first=FIRST):
    """One order a day, at noon; its number is that of the day, from 1."""
    for number in range(days):
        day = datetime.combine(first + timedelta(days=number), datetime.min.time())
        world.insert_orders((number + 1, 1, day.replace(hour=12), "placed", number))


def run(until, **parameters):
    return backfill("mart.orders", FIRST, until, flow="orders", patience=NOW, **parameters)


def days(world, *, state="loaded"):
    return [day.day for day, found, _ in world.warehouse(LEDGER) if found == state]


def test_backfill_loads_each_day_oldest_first_and_only_what_is_missing(world):
    fill(world, 5)
    orders(run_date=date(2025, 1, 3), patience=NOW)
    assert run(date(2025, 1, 5)) == ["loaded", "loaded", "loaded before", "loaded"]
    assert world.warehouse(LEDGER) == [
        (date(2025, 1, 3), "loaded", "orders"),
        (date(2025, 1, 1), "loaded", "backfill"),
        (date(2025, 1, 2), "loaded", "backfill"),
        (date(2025, 1, 4), "loaded", "backfill"),
    ]
    assert run(date(2025, 1, 5)) == ["loaded before"] * 4
    assert [row[0] for row in world.warehouse(TARGET)] == [1, 2, 3, 4]


def test_backfill_window_of_several_days_exports_each_day_by_itself(world):
    fill(world, 5)
    assert run(date(2025, 1, 6), step="3d") == ["loaded", "loaded"]
    assert days(world) == [1, 4]
    exported = {}
    for key in world.keys("orders_snapshot/"):
        if key.endswith(".parquet"):
            body = world.s3.get_object(Bucket=world.environment["LAKE_BUCKET"], Key=key)["Body"].read()
            exported.setdefault(key.split("/")[1], []).extend(pq.read_table(io.BytesIO(body))["order_id"].to_pylist())
    assert exported == {f"dt=2025-01-0{day}": [day] for day in range(1, 6)}
    assert run(date(2025, 1, 6)) == ["loaded before"] * 5


def test_backfill_failed_window_stops_it_and_is_done_by_the_next(world, capsys):
    fill(world, 4)
    world.source("DELETE FROM orders WHERE order_id < 3")
    with pytest.raises(
        DataError, match=r"Cannot backfill 'mart.orders': 1 of 4 windows failed, the first for 2025-01-01"
    ):
        run(date(2025, 1, 5))
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.lstrip().startswith("mart.orders")]
    assert rows[0][1:3] == ["2025-01-01", "failed"]
    assert [" ".join(row[1:4]) for row in rows[1:]] == [f"2025-01-0{day} not run" for day in (2, 3, 4)]
    assert world.warehouse(LEDGER) == [(FIRST, "failed", "backfill")]

    with pytest.raises(DataError, match=r"2 of 4 windows failed"):
        run(date(2025, 1, 5), stop_on_failure=False)
    assert (days(world), days(world, state="failed")) == ([3, 4], [1, 1, 2])

    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "late", 1), (2, 1, datetime(2025, 1, 2, 12), "late", 2))
    orders(run_date=date(2025, 1, 2), patience=NOW)
    assert run(date(2025, 1, 5), reprocess="failed") == ["loaded", "loaded before", "loaded before", "loaded before"]
    assert run(date(2025, 1, 5), reprocess="all") == ["loaded"] * 4


def test_backfill_killed_goes_on_where_it_stopped(world):
    fill(world, 4)
    program = (
        "import os, signal; from datetime import date; from tasks.verb import listeners\n"
        "def die(said):\n"
        "    if (said.step, said.load.run_date.day) == ('validate_staging', 3): os.kill(os.getpid(), signal.SIGKILL)\n"
        "listeners.append(die)\n"
        "from flows.backfill import backfill\n"
        "backfill('mart.orders', date(2025, 1, 1), date(2025, 1, 5), flow='orders')"
    )
    settings = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=settings, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    assert days(world) == [1, 2]
    assert run(date(2025, 1, 5)) == ["loaded before", "loaded before", "loaded", "loaded"]
    assert world.warehouse(TARGET) == world.source(TARGET.replace("mart.", ""))
    assert world.warehouse("SELECT SUM(inserted_row_count) FROM etl.loads") == [(4,)]
    assert world.keys("extracted/") == []
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []


@pytest.mark.parametrize("date_of_other", [2, 4])
def test_backfill_beside_a_scheduled_run_gives_way_and_both_are_done(world, monkeypatch, date_of_other):
    """The other run begins while a window is staged, takes the table over, and drops what is staged."""
    fill(world, 5)
    load_table, begun = backfill_table.load_table, []

    def disturbed(load, *arguments):
        begun.append(load.run_date.day)
        if begun == [1, 2]:
            from pipelines import load_table as module

            validate = module.validate_staging

            def interrupted(load, *more):
                monkeypatch.setattr(module, "validate_staging", validate)
                orders(run_date=date(2025, 1, date_of_other), patience=NOW)
                return validate.fn(load, *more)

            monkeypatch.setattr(module, "validate_staging", SimpleNamespace(with_options=lambda **_: interrupted))
        return load_table(load, *arguments)

    monkeypatch.setattr(backfill_table, "load_table", disturbed)
    is_same = date_of_other == 2
    assert run(date(2025, 1, 4)) == ["loaded", "loaded before" if is_same else "loaded", "loaded"]
    assert begun == ([1, 2, 3] if is_same else [1, 2, 2, 3])
    assert [row[0] for row in world.warehouse(TARGET)] == sorted({1, 2, 3, date_of_other})
    flows = world.warehouse("SELECT flow, COUNT(*) FROM etl.loads WHERE state = 'loaded' GROUP BY flow ORDER BY flow")
    assert flows == [("backfill", 2 if is_same else 3), ("orders", 1)]


@pytest.fixture
def held(world):
    """The table is held by a run of the flow orders that Prefect knows; gives that run's id."""
    fill(world, 1)
    orders(run_date=FIRST, patience=NOW)
    [(run_id,)] = world.warehouse("SELECT DISTINCT run_id FROM etl.leases")
    assert world.warehouse("SELECT event FROM etl.leases ORDER BY at DESC LIMIT 1") == [("released",)]
    world.warehouse("DELETE FROM etl.leases WHERE event = 'released'")
    return run_id


def test_backfill_takes_the_table_of_a_run_that_prefect_knows_to_have_ended(world, held):
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(held).state.is_final()
    assert run(date(2025, 1, 2), reprocess="all") == ["loaded"]


def test_backfill_waits_for_a_run_that_is_going_on_and_takes_over_after_the_time_out(world, held, monkeypatch):
    world.warehouse("UPDATE etl.leases SET run_id = '00000000-0000-0000-0000-000000000000', at = SYSDATE")
    waiting = NOW.model_copy(update={"lease_timeout_seconds": 3})
    began = datetime.now()
    assert backfill("mart.orders", FIRST, date(2025, 1, 2), reprocess="all", flow="orders", patience=waiting) == [
        "loaded"
    ]
    assert 2 <= (datetime.now() - began).total_seconds() <= 20


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"step": "1w"}, "step is '1w' (expected whole days or months"),
        ({"until": FIRST}, "since 2025-01-01 is not before until 2025-01-01"),
        ({"until": date(2999, 1, 1)}, "lies after the last complete day"),
        ({"parallel": 2}, "the windows of one table overlap"),
        ({"newest_first": True}, "old versions would be merged over new ones"),
        ({"flow": "backfill"}, "by flow 'backfill': it loads no table by day"),
        ({"flow": "../x"}, "it loads no table by day"),
        ({"table": "mart.order"}, "Cannot find table 'mart.order'"),
    ],
)
def test_planned_wrong_parameter_is_refused_before_anything_runs(parameters, said):
    given = {"table": "mart.orders", "since": FIRST, "until": date(2025, 1, 3), "step": "1d", "newest_first": False}
    given |= {"parallel": 1, "flow": "orders", "time_zone": "UTC"} | parameters
    if "table" in parameters:
        given["flow"] = "sync"
    with pytest.raises(ConfigError) as refused:
        planned(**given)
    assert said in str(refused.value)


def test_planned_replaced_table_is_refused_with_the_reason(monkeypatch):
    design = read_design("mart.orders").model_copy(update={"load": "replace"})
    monkeypatch.setattr("flows.orders.read_design", lambda _: design)
    with pytest.raises(
        ConfigError, match=r"its design replaces the whole table .* Run python -m flows sync --table mart"
    ):
        planned("mart.orders", FIRST, None, "1d", False, 1, "orders", "UTC")


def past(state, since, until, read_until=None, run_id="other"):
    since, until = datetime(2025, 1, since), datetime(2025, 1, until)
    read = read_until or until
    return SimpleNamespace(run_id=run_id, flow="sync", state=state, since=since, until=until, read_until=read)


def switch(flow):
    return SimpleNamespace(run_id=flow, flow=flow, state="loaded", since=None, until=None, read_until=None)


REBUILT, RESTORED = switch("rebuild"), switch("restore")


@pytest.mark.parametrize(
    ("reprocess", "rows", "expected"),
    [
        ("missing", [], True),
        ("missing", [past("failed", 1, 2)], True),
        ("missing", [past("failed", 1, 2), past("loaded", 1, 2)], False),
        ("missing", [past("loaded", 1, 2), past("failed", 1, 2, run_id="third")], False),
        ("missing", [past("loaded", 1, 2), past("failed", 1, 2)], True),
        ("missing", [past("loaded", 1, 2, datetime(2025, 1, 1, 12))], True),
        ("missing", [past("loaded", 1, 8)], False),
        ("missing", [past("loaded", 1, 2), REBUILT], False),
        ("missing", [past("loaded", 1, 2), REBUILT, RESTORED], False),
        ("missing", [REBUILT, past("loaded", 1, 2), RESTORED], True),
        ("missing", [REBUILT, past("loaded", 1, 2), RESTORED, RESTORED], False),
        ("missing", [REBUILT, RESTORED, past("loaded", 1, 2), RESTORED], True),
        ("missing", [REBUILT, past("loaded", 1, 2), REBUILT, RESTORED], False),
        ("failed", [REBUILT, past("failed", 1, 2), RESTORED], False),
        ("failed", [], False),
        ("failed", [past("failed", 1, 2)], True),
        ("failed", [past("failed", 1, 2), past("loaded", 1, 2)], False),
        ("failed", [past("loaded", 1, 2), past("failed", 1, 2)], True),
        ("all", [past("loaded", 1, 2)], True),
        ("all", [past("loaded", 1, 2, run_id="own")], False),
    ],
)
def test_is_due_by_what_the_ledger_says(reprocess, rows, expected):
    load = Load.model_construct(run_id="own", window=Window.of_day(FIRST))
    assert is_due(load, rows, reprocess) is expected


def test_main_backfill_shows_progress_and_a_table_and_plans_dry(world, capsys):
    fill(world, 2)
    arguments = ["backfill", "--table", "mart.orders", "--flow", "orders", "--since", "2025-01-01", "--until"]
    assert main([*arguments, "2025-01-03", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("-- publish") == 2
    assert world.keys("") == []
    assert main([*arguments, "2025-01-03", "--no-stop-on-failure"]) == 0
    table = [
        line.split()[:4] for line in capsys.readouterr().out.splitlines() if line.lstrip().startswith("mart.orders")
    ]
    assert [" ".join(line) for line in table] == ["mart.orders 2025-01-01 loaded 1", "mart.orders 2025-01-02 loaded 2"]
    with get_client(sync_client=True) as client:
        progress, windows = (
            client.request("GET", "/artifacts/{key}/latest", path_params={"key": key}).json()
            for key in ("backfill-progress", "backfill")
        )
    assert progress["data"] == 100
    assert "2025-01-02" in windows["data"]


def test_backfill_of_several_tables_runs_them_side_by_side_and_one_failure_leaves_the_others(
    world, tmp_path, monkeypatch
):
    fill(world, 2)
    orders(run_date=FIRST, patience=NOW)
    text = (ROOT / "warehouse/mart/orders.yaml").read_text()
    (tmp_path / "mart").mkdir()
    (tmp_path / "mart" / "orders.yaml").write_text(text)
    (tmp_path / "mart" / "orders_too.yaml").write_text(text.replace("table: orders", "table: no_orders"))
    for name in ("read_design", "table_names", "transformation_names"):
        monkeypatch.setattr(f"model.read_design.{name}.__defaults__", (tmp_path,))
    with pytest.raises(SourceError, match=r"Cannot backfill 'mart.\*': 1 of 4 windows failed"):
        backfill("mart.*", FIRST, date(2025, 1, 3), parallel=2, patience=NOW)
    assert [row[0] for row in world.warehouse(TARGET)] == [1, 2]
    assert world.warehouse("SELECT table_name, state, COUNT(*) FROM etl.loads GROUP BY 1, 2 ORDER BY 1, 2") == [
        ("mart.orders", "loaded", 2),
        ("mart.orders_too", "failed", 1),
    ]
