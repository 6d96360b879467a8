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
from model.patience import Patience

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
