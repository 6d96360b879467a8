"""Every task run twice in a row gives the same end as run once."""

from __future__ import annotations

from datetime import date, datetime

from prefect import flow

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.patience import Patience
from model.read_design import read_design
from pipelines.new_load import PlannedLoad, new_load
from tasks.check_metadata import check_metadata
from tasks.clean_up import clean_up
from tasks.copy_into_staging import copy_into_staging
from tasks.create_staging import create_staging
from tasks.create_target import create_target
from tasks.deduplicate_staging import deduplicate_staging
from tasks.extract_table import extract_table
from tasks.publish import publish
from tasks.unload_table import unload_table
from tasks.validate_staging import validate_staging
from tasks.wait_for_warehouse import wait_for_warehouse


def twice(task, *arguments):
    """Both results; they may differ in times and in what a first run had to do, so only the second is passed on."""
    task(*arguments)
    return task(*arguments)


@flow
def each_task_twice():
    lake, warehouse, source = Lake.load("lake"), Warehouse.load("warehouse"), SourceDatabase.load("shop")
    load = new_load("orders", PlannedLoad.of_day(read_design("mart.orders"), date(2025, 1, 1)), lake, warehouse)
    twice(wait_for_warehouse, load, warehouse, Patience())
    twice(create_target, load, warehouse)
    twice(create_staging, load, warehouse)
    extracted = twice(extract_table, load, source, lake)
    copied = twice(copy_into_staging, load, warehouse, extracted)
    deduplicated = twice(deduplicate_staging, load, warehouse, copied)
    twice(validate_staging, load, warehouse, deduplicated)
    published = twice(publish, load, warehouse, extracted, copied)
    unloaded = twice(unload_table, load, lake, warehouse)
    twice(check_metadata, load, warehouse, published)
    twice(clean_up, load, lake, warehouse, False)
    return copied, published, unloaded


def test_each_task_twice_ends_as_once(world):
    rows = [(number, 1, datetime(2025, 1, 1, 12), "placed", number) for number in range(1, 101)]
    world.insert_orders(*rows)
    copied, published, unloaded = each_task_twice()
    assert copied.row_count == unloaded.row_count == 100
    assert published.inserted_row_count == published.target_row_count == 100
    assert world.warehouse("SELECT order_id, customer_id, order_ts, status, amount FROM mart.orders ORDER BY 1") == rows
    assert world.warehouse("SELECT COUNT(*) FROM etl.loads") == [(1,)]
    assert world.warehouse("SELECT COUNT(DISTINCT run_id) FROM etl.leases") == [(1,)]
    assert world.keys("extracted/") == []
