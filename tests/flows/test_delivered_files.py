"""Tables whose files somebody else puts into the lake."""

from __future__ import annotations

import gzip
import json
import threading
import time
from datetime import date

import pytest
from prefect import flow

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.errors import DataError, SourceError
from model.patience import Patience
from model.read_design import read_design
from model.table_design import FileSource
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load

DAY = date(2025, 1, 1)
SOON = Patience(retries=0, source_poll_seconds=0.2, source_timeout_seconds=0.5)


@flow
def delivered(source: FileSource, patience: Patience = SOON):
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    design = read_design("mart.orders").model_copy(update={"source": source})
    return load_table(
        new_load("delivered", PlannedLoad.of_day(design, DAY), lake, warehouse), lake, warehouse, patience, False
    )


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
