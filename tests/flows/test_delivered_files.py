"""Tables whose files somebody else puts into the lake."""

from __future__ import annotations

import gzip
import json
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from prefect import flow

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.errors import ConfigError, DataError, SourceError, WarehouseError
from model.file_source import FileSource
from model.patience import Patience
from model.read_design import read_design
from model.window import Window
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load

DAY = date(2025, 1, 1)
SOON = Patience(retries=0, source_poll_seconds=0.2, source_timeout_seconds=0.5)


@flow
def delivered(source: FileSource, patience: Patience = SOON, window: Window | None = None):
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    design = read_design("mart.orders").model_copy(update={"source": source})
    planned = PlannedLoad(design, DAY, window or Window.of_day(DAY))
    return load_table(new_load("delivered", planned, lake, warehouse), lake, warehouse, patience, False)


def put(world, key, body):
    world.s3.put_object(Bucket=world.environment["LAKE_BUCKET"], Key=key, Body=body)


CSV = b"""order_id,customer_id,order_ts,status,amount
1,7,2025-01-01 10:00:00.5,"a, ""b""\",1.50
2,,2025-01-01T11:00:00,\\N,-2
"""
JSON = b"\n".join(
    json.dumps({"ORDER_ID": number, "order_ts": "2025-01-01 10:00:00", "status": "x", "amount": "1.10"}).encode()
    for number in (1, 2, 3)
)


@pytest.mark.parametrize(
    ("source", "files", "expected"),
    [
        (
            FileSource(files="orders/{run_date}/", format="csv"),
            {"orders/2025-01-01/a.csv": CSV},
            [(1, 'a, "b"'), (2, None)],
        ),
        (
            FileSource(files="orders/{run_date}/", format="json", compression="gzip"),
            {"orders/2025-01-01/a.json.gz": gzip.compress(JSON), "orders/2025-01-01-old/b.json.gz": b"not ours"},
            [(1, "x"), (2, "x"), (3, "x")],
        ),
    ],
)
def test_delivered_files_are_loaded_and_stay(world, source, files, expected):
    for key, body in files.items():
        put(world, key, body)
    delivered(source)
    assert world.warehouse("SELECT order_id, status FROM mart.orders ORDER BY 1") == expected
    assert set(files) <= set(world.keys("orders/"))
    assert world.keys("extracted/") == []


def test_delivered_no_file_gives_up_and_names_the_prefix(world):
    with pytest.raises(SourceError, match=r"no file under 's3://lake/orders/2025-01-01/' after 0.5 s"):
        delivered(FileSource(files="orders/{run_date}/", format="csv"))


def test_delivered_rows_of_another_date_gives_up(world):
    put(world, "orders/2025-01-01/a.csv", CSV.replace(b"2025-01-01", b"2024-12-31"))
    with pytest.raises(DataError, match=r"no row of that date under 's3://lake/orders/2025-01-01/'"):
        delivered(FileSource(files="orders/{run_date}/", format="csv"))


def test_delivered_late_file_is_waited_for_and_loaded(world):
    header = CSV.split(b"\n")[0] + b"\n"
    put(world, "orders/2025-01-01/a.csv", header)
    late = threading.Timer(2, put, (world, "orders/2025-01-01/b.csv", CSV))
    late.start()
    began = time.monotonic()
    loaded = delivered(
        FileSource(files="orders/{run_date}/", format="csv"),
        Patience(retries=0, source_poll_seconds=0.2, source_timeout_seconds=20),
    )
    assert loaded.inserted_row_count == 2
    assert time.monotonic() - began >= 1


def test_delivered_bad_record_names_file_line_and_column(world):
    put(world, "orders/2025-01-01/a.csv", CSV.replace(b"1,7,", b"x1,7,"))
    with pytest.raises(DataError, match=r"s3://lake/orders/2025-01-01/a.csv, line 2, column order_id: Invalid digit"):
        delivered(FileSource(files="orders/{run_date}/", format="csv"))
    assert world.warehouse("SELECT COUNT(*) FROM mart.orders") == [(0,)]
    # That record is not the cause of what ends the next COPY of the same file, a moment later.
    with pytest.raises(WarehouseError, match="Failed to decompress GZIP data"):
        delivered(FileSource(files="orders/{run_date}/", format="csv", compression="gzip"))


def test_delivered_missing_files_fail_at_once_or_are_skipped_as_declared(world):
    patient = Patience(retries=0, source_timeout_seconds=3600)
    with pytest.raises(SourceError, match=r"no file under 's3://lake/in/2025/01.csv' after 0 s"):
        delivered(FileSource(files="in/{run_date:%Y/%d}.csv", format="csv", missing="fail"), patient)
    put(world, "in/2025/02.csv", CSV)
    skipped = delivered(FileSource(files="in/{run_date:%Y/%d}.csv", format="csv", missing="skip"), patient)
    assert skipped.is_skipped and skipped.target_row_count is None
    assert world.warehouse("SELECT state FROM etl.loads") == [("failed",)]
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []
    events = world.warehouse("SELECT run_id, event FROM etl.leases ORDER BY at")
    assert [event for _, event in events] == 2 * ["taken", "released"]


def test_delivered_files_of_each_hour_of_several_days_are_read(world):
    source = FileSource(files="in/{run_date}/{hour}-*.csv", format="csv", missing="fail")
    window = Window(since=datetime(2025, 1, 1), until=datetime(2025, 1, 3))
    put(world, "in/2025-01-01/10-a.csv", CSV)
    with pytest.raises(SourceError, match=r"no file under 's3://lake/in/2025-01-02/00-\*.csv' after"):
        delivered(source, window=window)
    put(world, "in/2025-01-02/23-a.csv", CSV.replace(b"2025-01-01", b"2025-01-02").replace(b"\n2,", b"\n4,"))
    put(world, "in/2025-01-03/00-a.csv", b"not of these days")
    delivered(source, window=window)
    assert world.warehouse("SELECT order_id, TRUNC(order_ts) FROM mart.orders ORDER BY 1, 2") == [
        (1, date(2025, 1, 2)),
        (2, date(2025, 1, 1)),
        (4, date(2025, 1, 2)),
    ]


def test_delivered_json_by_jsonpaths_finds_fields_anywhere(world):
    source = FileSource(
        files="in/{run_date}/", format="json", fields_by="paths/orders.json", time_format="epochmillisecs"
    )
    moment = int(datetime(2025, 1, 1, 10, tzinfo=UTC).timestamp() * 1000) + 5
    record = {"Order": {"id": 7, "at": moment}, "items": [{"status": "\u8fd4"}], "sum": "1.10", "by": ""}
    put(world, "in/2025-01-01/a.json", json.dumps(record).encode())
    paths = ["$['Order']['id']", "$['by']", "$['Order']['at']", "$['items'][0]['status']"]
    for wrong, finding in (
        ({"JSONPaths": [*paths, "$['sum']"]}, "no list 'jsonpaths'"),
        ({"jsonpaths": paths}, "found 4 paths"),
    ):
        put(world, "paths/orders.json", json.dumps(wrong).encode())
        with pytest.raises(ConfigError, match=finding):
            delivered(source)
    put(world, "paths/orders.json", json.dumps({"jsonpaths": [*paths, "$['sum']"]}).encode())
    delivered(source)
    rows = world.warehouse("SELECT order_id, customer_id, order_ts, status, amount FROM mart.orders")
    assert rows == [(7, None, datetime(2025, 1, 1, 10, 0, 0, 5000), "\u8fd4", Decimal("1.10"))]
