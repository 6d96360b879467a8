"""The flow `orders` from a real MySQL through S3 into the warehouse, and what must always hold."""

from __future__ import annotations

import io
import threading
import time
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal

import psycopg2
import pyarrow.parquet as pq
import pytest
from prefect import flow

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from extract.safe_bound import safe_bound
from flows.orders import orders
from flows.sync import sync
from model.errors import ConfigError, DataError, SourceError, TransientError, WarehouseError
from model.patience import Patience
from model.read_design import read_design
from model.table_design import DatabaseSource
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load
from sql.tables import staging_table
from tests.flows.read_inside import read_inside

NOW = Patience(
    retries=0,
    warehouse_poll_seconds=0.1,
    warehouse_timeout_seconds=0.3,
    source_poll_seconds=0.1,
    source_timeout_seconds=0.3,
)
FIRST, SECOND = date(2025, 1, 1), date(2025, 1, 2)
TARGET = "SELECT order_id, customer_id, order_ts, status, amount FROM mart.orders ORDER BY order_id"
ROWS = [
    (1, 7, datetime(2025, 1, 1, 0, 0, 0), "placed", Decimal("10.50")),
    (2, None, datetime(2025, 1, 1, 12, 30, 0, 123456), "", Decimal("-3.99")),
    (3, 8, datetime(2025, 1, 1, 23, 59, 59, 999999), None, Decimal("9999999999999999.99")),
    (4, 9, datetime(2025, 1, 2, 0, 0, 0), "zurückgesandt", None),
    (5, 9, datetime(2025, 1, 2, 8, 0, 0), "it's 5%\\", Decimal("0.01")),
    (6, 9, datetime(2025, 1, 3, 0, 0, 0), "later", Decimal("1.00")),
]


def run(day=FIRST, **parameters):
    return orders(run_date=day, patience=NOW, **parameters)[0]


def all_of(world):
    """The target with every column, the ledger without what names a run or a time."""
    return world.warehouse("SELECT * FROM mart.orders ORDER BY order_id")


def test_orders_of_a_day_takes_few_statements_and_counts_the_target_twice(world):
    """Each is a round trip. The target is counted in the publish and through the Data API."""
    world.insert_orders(*ROWS)
    run(FIRST)
    session = [row[0] for row in world.warehouse("SELECT MAX(query_id) FROM sys_query_history")]
    run(SECOND)
    told = world.warehouse(
        f"SELECT query_text FROM sys_query_history WHERE query_id > {session[0]} AND query_text LIKE '/* orders:%'"
    )
    assert len(told) <= 29, told
    assert sum(text.strip().endswith("FROM mart.orders") for (text,) in told) == 2


def test_orders_two_days_arrive_exactly(world):
    world.insert_orders(*ROWS)
    first, second = run(FIRST), run(SECOND)
    assert world.warehouse(TARGET) == ROWS[:5]
    assert (first.inserted_row_count, first.updated_row_count, first.unchanged_row_count) == (3, 0, 0)
    assert (second.inserted_row_count, second.updated_row_count, second.unchanged_row_count) == (2, 0, 3)
    assert second.target_row_count == 5


def test_orders_same_date_twice_changes_nothing(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    before = all_of(world)
    again = run(FIRST)
    assert all_of(world) == before
    assert (again.inserted_row_count, again.updated_row_count, again.unchanged_row_count) == (0, 0, 3)


def test_orders_changed_row_is_updated_and_only_it(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    before = all_of(world)
    world.source("UPDATE orders SET status = 'placed ' WHERE order_id = 1")
    changed = run(SECOND)
    after = all_of(world)
    assert (changed.inserted_row_count, changed.updated_row_count, changed.unchanged_row_count) == (2, 1, 2)
    assert after[0][3] == "placed "
    assert after[0][5] > before[0][5]
    assert after[1:3] == before[1:3]


def test_orders_export_holds_the_day_and_no_stale_file(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    stale = "orders_snapshot/dt=2025-01-01/0009_part_09.parquet"
    world.s3.put_object(Bucket=world.environment["LAKE_BUCKET"], Key=stale, Body=b"stale")
    world.source("DELETE FROM orders")
    world.warehouse("DELETE FROM mart.orders WHERE order_id > 1")
    world.insert_orders(ROWS[0])
    assert run(FIRST).exported_row_count == 1
    keys = world.keys("orders_snapshot/")
    assert stale not in keys
    files = [key for key in keys if key.endswith(".parquet")]
    bodies = [world.s3.get_object(Bucket=world.environment["LAKE_BUCKET"], Key=key)["Body"].read() for key in files]
    rows = [row for body in bodies for row in pq.read_table(io.BytesIO(body)).to_pylist()]
    assert [tuple(row.values())[:5] for row in rows] == ROWS[:1]


def test_orders_nothing_is_left_behind(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    assert world.keys("extracted/") == []
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []


def test_orders_keep_files_keeps_what_was_extracted(world):
    world.insert_orders(*ROWS)
    run(FIRST, keep_files=True)
    assert [key.rpartition("/")[2] for key in world.keys("extracted/mart.orders/2025-01-01/")] == [
        "manifest.json",
        "part-00000.parquet",
    ]


def test_orders_since_until_loads_each_day(world):
    world.insert_orders(*ROWS)
    loaded = orders(since=FIRST, until=date(2025, 1, 3), patience=NOW)
    assert [one.run_date for one in loaded] == [FIRST, SECOND]
    assert world.warehouse(TARGET) == ROWS[:5]


def test_orders_ledger_speaks_of_each_publish(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    run(SECOND)
    assert world.warehouse(
        "SELECT table_name, method, read_since, read_until, extracted_row_count, copied_row_count, inserted_row_count,"
        " unchanged_row_count, target_row_count FROM etl.loads ORDER BY until"
    ) == [
        ("mart.orders", "merge", datetime(2024, 12, 31), datetime(2025, 1, 2), 3, 3, 3, 0, 3),
        ("mart.orders", "merge", datetime(2025, 1, 1), datetime(2025, 1, 3), 5, 5, 2, 3, 5),
    ]


def test_orders_no_rows_fails_and_says_how_to_allow_it(world):
    with pytest.raises(DataError, match=r"Cannot load 'mart.orders' for 2025-01-01: staged were no rows.*allow_empty"):
        run(FIRST)
    assert world.keys("") == []


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ("DROP TABLE orders", SourceError, r"Cannot extract 'orders': no such table"),
        (
            "ALTER TABLE orders DROP COLUMN amount",
            ConfigError,
            r"amount is gone from the source: ALTER TABLE mart.orders DROP COLUMN amount;",
        ),
        (
            "UPDATE orders SET status = 'éééééééééééé' WHERE order_id = 2",
            DataError,
            r"Cannot extract 'orders.status': in the row order_id=2 .*VARCHAR\(20\)",
        ),
        (
            "ALTER TABLE orders MODIFY amount DECIMAL(20,4)",
            ConfigError,
            r"amount was decimal\(18,2\) in the source and is decimal\(20,4\) now, the design has DECIMAL\(18,2\)",
        ),
    ],
)
def test_orders_bad_source_fails_and_leaves_the_target(world, change, error, text):
    world.insert_orders(*ROWS)
    run(FIRST)
    before = all_of(world)
    world.source(change)
    with pytest.raises(error, match=text):
        run(FIRST)
    assert all_of(world) == before


def test_orders_target_of_other_columns_fails_and_says_so(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    world.warehouse("ALTER TABLE mart.orders DROP COLUMN status")
    with pytest.raises(ConfigError, match=r"target lacks it: ALTER TABLE mart.orders ADD COLUMN status VARCHAR\(20\);"):
        run(FIRST)


def test_orders_reader_never_sees_an_empty_or_half_table(world, monkeypatch):
    world.insert_orders(*((number, 1, datetime(2025, 1, 1, 12), "placed", 1) for number in range(1, 20001)))
    run(FIRST)
    world.source("UPDATE orders SET status = 'paid'")
    seen, stop = set(), threading.Event()
    query = "SELECT COUNT(*), MIN(status), MAX(status) FROM mart.orders"
    inside = read_inside(world, monkeypatch, "MERGE INTO mart.orders", query)

    def poll():
        connection = world.connect()
        with connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute(query)
                seen.add(cursor.fetchone())
        connection.close()

    reader = threading.Thread(target=poll)
    reader.start()
    run(FIRST)
    time.sleep(0.2)
    stop.set()
    reader.join()
    assert seen == {(20000, "placed", "placed"), (20000, "paid", "paid")}
    assert inside == [(20000, "placed", "placed")]


def test_orders_later_run_takes_the_table_over(world, monkeypatch):
    """A run that was thought dead lives on: it must not publish after a later one has begun."""
    from pipelines import load_table

    world.insert_orders(*ROWS)
    validate = load_table.validate_staging

    def takes_over(load, warehouse, deduplicated, **_):
        with warehouse.transaction("take over") as transaction:
            transaction.run("INSERT INTO etl.leases VALUES ('mart.orders', 'later', 'orders', 'taken', SYSDATE)")
        return validate.fn(load, warehouse, deduplicated)

    monkeypatch.setattr(load_table.validate_staging, "with_options", lambda **_: takes_over)
    with pytest.raises(WarehouseError, match="run later has taken the table over"):
        run(FIRST)
    assert world.warehouse("SELECT COUNT(*) FROM mart.orders") == [(0,)]
    assert world.warehouse("SELECT COUNT(*) FROM etl.loads WHERE state = 'loaded'") == [(0,)]


def before_step(step, act):
    """A listener that calls `act` with the load just before that step begins."""
    return [lambda said: act(said.load) if said.step == step and said.result is None else None]


def test_orders_copy_of_other_rows_than_the_manifest_says_fails_and_leaves_the_target(world, monkeypatch):
    from pipelines import load_table

    world.insert_orders(*ROWS)
    run(FIRST)
    before = all_of(world)
    world.source("UPDATE orders SET status = 'paid'")
    extract = load_table.extract_rows

    def miscounted(*given):
        extracted = extract(*given)
        return extracted.model_copy(update={"row_count": extracted.row_count + 1})

    monkeypatch.setattr(load_table, "extract_rows", miscounted)
    with pytest.raises(DataError, match=r"COPY read 3 rows \(expected 4, as s3://\S+manifest\.json says\)"):
        run(FIRST)
    assert all_of(world) == before


@pytest.mark.parametrize(
    ("disturbance", "finding"),
    [
        (
            "INSERT INTO {0} SELECT * FROM {0} WHERE order_id = 1",
            r"staged were 4 rows \(expected 3, as were copied\); 1 rows with the key \(order_id\) of another row\.",
        ),
        (
            "UPDATE {0} SET order_ts = '2025-01-02 00:00:00' WHERE order_id = 1",
            r"staged were 1 rows whose order_ts is NULL or outside \S.*2025-01-02",
        ),
    ],
)
def test_orders_staged_rows_that_are_not_those_read_stop_before_the_target(world, monkeypatch, disturbance, finding):
    world.insert_orders(*ROWS)
    run(FIRST)
    before = all_of(world)
    world.source("UPDATE orders SET status = 'paid'")

    def disturb(load):
        world.warehouse(disturbance.format(staging_table(load)))

    monkeypatch.setattr("tasks.verb.listeners", before_step("validate_staging", disturb))
    with pytest.raises(DataError, match=finding):
        run(FIRST)
    assert all_of(world) == before


def test_orders_target_of_another_count_than_was_published_fails_and_says_so(world, monkeypatch):
    world.insert_orders(*ROWS)
    another = "INSERT INTO mart.orders (order_id, order_ts) VALUES (99, SYSDATE)"
    monkeypatch.setattr("tasks.verb.listeners", before_step("check_metadata", lambda _: world.warehouse(another)))
    with pytest.raises(
        DataError,
        match=r"Cannot confirm 'mart.orders' for 2025-01-01: the Data API counts 4 rows "
        r"\(expected 3, as the publish reported\)\. Look for another writer\.",
    ):
        run(FIRST)
    assert world.warehouse(TARGET)[:3] == ROWS[:3]


def test_orders_duplicate_keys_leave_the_newest(world):
    world.source("ALTER TABLE orders DROP PRIMARY KEY")
    world.insert_orders(
        (1, 1, datetime(2025, 1, 1, 9), "old", 1),
        (1, 1, datetime(2025, 1, 1, 11), "new", 2),
        (1, 1, datetime(2025, 1, 1, 10), "older", 3),
    )
    run(FIRST)
    assert world.warehouse("SELECT order_id, status FROM mart.orders") == [(1, "new")]


def test_orders_null_key_stops_before_the_target(world):
    world.source("ALTER TABLE orders DROP PRIMARY KEY, MODIFY order_id BIGINT NULL")
    world.insert_orders((None, 1, datetime(2025, 1, 1, 9), "x", 1), (2, 1, datetime(2025, 1, 1, 9), "x", 1))
    with pytest.raises(DataError, match=r"1 rows with NULL in the key \(order_id\)"):
        run(FIRST)
    assert world.warehouse("SELECT COUNT(*) FROM mart.orders") == [(0,)]


@pytest.mark.parametrize(
    "begun",
    [
        "INSERT INTO orders VALUES (100, 1, UTC_TIMESTAMP(6), 'late', 1)",
        "SELECT COUNT(*) FROM orders",  # has written nothing yet, and may
    ],
)
def test_orders_open_transaction_holds_back_the_bound(world, begun):
    """What commits late lies after the stored bound, so that a later run reads it."""
    world.insert_orders(*ROWS)
    writer = world.connect_source(autocommit=False)
    with writer.cursor() as cursor:
        cursor.execute("SELECT UTC_TIMESTAMP(6)")
        began = cursor.fetchone()[0]
        cursor.execute(begun)
        time.sleep(1.5)
        run(FIRST)
    [(bound,)] = world.warehouse("SELECT source_bound FROM etl.loads")
    writer.rollback()
    writer.close()
    assert abs((bound - began).total_seconds()) <= 1.0


def test_safe_bound_of_postgres_lies_before_open_transactions_and_nobody_knows_of_prepared_ones(world):
    address = SourceDatabase.load("shop-postgres").address
    with closing(postgres_source(world)) as writer, writer.cursor() as cursor:
        cursor.execute("SELECT now() AT TIME ZONE 'UTC'")
        began = cursor.fetchone()[0]
        assert safe_bound(address) == began
        cursor.execute("PREPARE TRANSACTION 'late'")
        try:
            with pytest.raises(TransientError, match="the prepared transaction 'late' is open"):
                safe_bound(address)
        finally:
            writer.rollback()
            writer.autocommit = True
            cursor.execute("ROLLBACK PREPARED 'late'")
        assert safe_bound(address) > began


def test_orders_full_refresh_exports_no_row_a_second_time(world):
    world.insert_orders(*ROWS)
    run(FIRST)
    exported = world.keys("orders_snapshot/")
    sync(table="mart.orders", run_date=SECOND, full_refresh=True, patience=NOW)
    assert exported and world.keys("orders_snapshot/") == exported


@flow
def from_postgres(day):
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    design = read_design("mart.orders")
    source = DatabaseSource(database="shop-postgres", table="orders")
    load = new_load("orders", PlannedLoad.of_day(design.model_copy(update={"source": source}), day), lake, warehouse)
    return load_table(load, lake, warehouse, NOW, False)


def postgres_source(world):
    facts = {part: world.environment[f"POSTGRES_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")}
    return psycopg2.connect(**{part.lower(): value for part, value in facts.items()})


def test_orders_from_postgres_arrive_exactly(world):
    source = postgres_source(world)
    with source, source.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders")
        cursor.execute(
            "CREATE TABLE orders (order_id bigint, customer_id bigint, order_ts timestamp(6), status varchar(20),"
            " amount numeric(18,2))"
        )
        cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s, %s, %s)", ROWS)
    source.close()
    assert from_postgres(FIRST).inserted_row_count == 3
    assert world.warehouse(TARGET) == ROWS[:3]


def test_orders_text_key_that_ends_with_a_blank_is_refused(world):
    """The warehouse finds 'a' equal to 'a ': a merge would take two rows for one."""
    world.insert_orders((1, 1, datetime(2025, 1, 1, 9), "a", 1), (2, 1, datetime(2025, 1, 1, 9), "a ", 1))
    with pytest.raises(DataError, match=r"in 1 rows the key \(status\) ends with a blank"):
        by_status(FIRST)
    assert world.warehouse("SELECT COUNT(*) FROM mart.orders") == [(0,)]


@flow
def by_status(day):
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    load = new_load("orders", PlannedLoad.of_day(read_design("mart.orders"), day), lake, warehouse)
    design = load.design.model_copy(update={"key": ("status",)})
    return load_table(load.model_copy(update={"design": design}), lake, warehouse, NOW, False)
