"""A run killed after any step, and started again, ends as an undisturbed one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from flows.orders import orders
from flows.sync_all import sync_all
from flows.transform import transform
from model.patience import Patience
from tests.flows.declared import declare, declare_query, designed

SOON = Patience(retry_delay_seconds=1)
ROOT = Path(__file__).parents[2]
STEPS = [
    "wait_for_warehouse",
    "create_target",
    "create_staging",
    "reading",
    "extract_table",
    "copy_into_staging",
    "deduplicate_staging",
    "validate_staging",
    "publish",
    "unload_table",
    "check_metadata",
    "clean_up",
]
STATE = """
SELECT order_id, customer_id, order_ts, status, amount FROM mart.orders ORDER BY order_id
"""


@pytest.mark.parametrize("step", STEPS)
def test_orders_killed_after_a_step_and_run_again_ends_the_same(world, step):
    world.insert_orders(*((number, 1, datetime(2025, 1, 1, 12), "placed", number) for number in range(1, 51)))
    orders(run_date=date(2025, 1, 1), patience=SOON)
    world.source("UPDATE orders SET status = 'paid' WHERE order_id <= 10")
    world.insert_orders(*((number, 1, datetime(2025, 1, 2, 12), "placed", number) for number in range(51, 61)))
    killed = subprocess.run(
        [sys.executable, "-m", "tests.flows.killed_run", step],
        cwd=ROOT,
        env=os.environ | get_current_settings().to_environment_variables(exclude_unset=True),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr.decode()

    orders(run_date=date(2025, 1, 2), patience=SOON)

    expected = world.source("SELECT order_id, customer_id, order_ts, status, amount FROM orders ORDER BY order_id")
    assert world.warehouse(STATE) == expected
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []
    assert world.keys("extracted/") == []
    exported = [key for key in world.keys("orders_snapshot/dt=2025-01-02/") if key.endswith(".parquet")]
    assert 1 <= len(exported) <= 2
    # A publish that was committed before the kill is in the ledger, and is not counted again.
    inserted = world.warehouse("SELECT SUM(inserted_row_count), SUM(updated_row_count) FROM etl.loads")
    assert inserted == [(60, 10)]


FIRST, SECOND = date(2025, 1, 1), date(2025, 1, 2)
MADE = """
load: replace
columns: {day: DATE, row_count: BIGINT}
checks: [{check: range, column: row_count, min: 1}]
"""
EACH = "create_target,extract_table,copy_into_staging,publish,clean_up"
KILLED = {
    "replaced": EACH,
    "appended": EACH,
    "compared": "detect_deletes,copy_into_staging,publish,clean_up",
    "evolved": "compare_schema,alter_target,copy_into_staging,publish",
    "made": "create_staging,build_table,run_checks,publish,clean_up",
}


def test_every_method_killed_after_each_step_and_run_again_ends_the_same(world, tmp_path, monkeypatch):
    """Replace, append, merge with deletes, merge into a table that gets a column, and a transformation."""
    world.source(
        "DROP TABLE IF EXISTS item",
        "CREATE TABLE item (id BIGINT PRIMARY KEY, at DATETIME(6), name VARCHAR(20), is_deleted BOOLEAN)",
        *(f"INSERT INTO item VALUES ({number}, '2025-01-01 12:00', 'a', 0)" for number in range(1, 6)),
    )
    declare(
        tmp_path,
        monkeypatch,
        replaced=designed(load="replace", more="on_schema_change: discard"),
        appended=designed(load="append", more="on_schema_change: discard"),
        compared=designed(more="on_schema_change: discard\ndetect_deletes: true"),
        evolved=designed(more="on_schema_change: evolve"),
    )
    declare_query(
        tmp_path,
        monkeypatch,
        "made",
        "SELECT TRUNC(at) AS day, COUNT(*) AS row_count FROM mart.appended GROUP BY 1",
        MADE,
    )
    sync_all(run_date=FIRST, patience=SOON)
    world.source(
        "ALTER TABLE item ADD COLUMN phone VARCHAR(20)",
        "DELETE FROM item WHERE id = 1",
        "UPDATE item SET at = '2025-01-02 12:00', name = 'b', phone = '1' WHERE id = 2",
        "INSERT INTO item VALUES (6, '2025-01-02 12:00', 'c', 0, '2')",
    )
    program = [sys.executable, "-m", "tests.flows.killed_steps", str(tmp_path), str(SECOND)]
    settings = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
    steps = [f"mart.{name}:{steps}" for name, steps in KILLED.items()]
    killed = subprocess.run([*program, *steps], cwd=ROOT, env=settings, capture_output=True, check=False)
    assert killed.returncode == 0, killed.stderr.decode()

    sync_all(run_date=SECOND, patience=SOON)
    transform(tables=("mart.made",), run_date=SECOND, patience=SOON)

    now = world.source("SELECT id, name FROM item ORDER BY id")
    found = {name: world.warehouse(f"SELECT id, name FROM mart.{name} ORDER BY 1, 2") for name in list(KILLED)[:4]}
    assert found["replaced"] == found["compared"] == now
    assert found["evolved"] == [(1, "a"), *now]
    assert found["appended"] == sorted([(number, "a") for number in range(1, 6)] + [(2, "b"), (6, "c")])
    assert world.warehouse("SELECT id, phone FROM mart.evolved WHERE phone IS NOT NULL ORDER BY 1") == [
        (2, "1"),
        (6, "2"),
    ]
    assert world.warehouse("SELECT day, row_count FROM mart.made ORDER BY 1") == [(FIRST, 5), (SECOND, 2)]
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []
    assert world.keys("extracted/") == []
