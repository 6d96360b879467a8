"""`sync-sql`, a worker that loads by what it brought, and `unload`."""

from __future__ import annotations

import io
import json

import pyarrow.parquet as pq
import pytest

from command_line.main import main
from flows.warehouse.dump import dump
from flows.warehouse.load import load
from flows.warehouse.unload import unload
from model.patience import Patience
from pipelines import warehouse_works
from tests.flows.warehouse.declared_shop import MADE, declare_shop
from tests.flows.warehouse.plans import check_is_as_planned, planned_statements, sent_by

NOW = Patience(retries=0, warehouse_poll_seconds=0.1)


def read(shop, key):
    return shop.world.s3.get_object(Bucket="lake", Key=key)["Body"].read()


@pytest.fixture
def shop(sources, monkeypatch):
    declare_shop(sources)
    dump(designs=sources.designs, patience=NOW)
    # The worker's own copy of the repository, which knows where the lake is.
    (sources.folder.parent / "worker").mkdir()
    (sources.folder.parent / "worker" / "sources.yaml").write_text((sources.folder / "sources.yaml").read_text())
    monkeypatch.setattr("model.sources.read_sources.__defaults__", (sources.folder.parent / "worker",))
    return sources


def sync(shop, *arguments):
    return main(["warehouse", "sync-sql", "--designs", shop.designs, *arguments])


def test_sync_sql_brings_what_was_reviewed_and_a_worker_loads_exactly_that(shop, capsys):
    assert main(["warehouse", "load", "--designs", "lake"]) == 2
    assert "Cannot find designs at 's3://lake/test/designs/current.json'" in capsys.readouterr().err
    assert sync(shop, "--dry-run") == 0
    assert "new        erp.total" in capsys.readouterr().out
    assert shop.world.keys("test/designs/") == []
    assert sync(shop) == 0
    first = json.loads(read(shop, "test/designs/current.json"))["files"]
    assert set(first) == {
        "sources.yaml",
        *("crm/people.yaml", "erp/sales.yaml"),
        *(f"erp/{name}.{suffix}" for name in ("by_person", "ranking", "total") for suffix in ("sql", "yaml")),
    }

    # What is written on somebody's desk afterwards is not what the worker loads.
    shop.transform("erp.total", "SELECT 1 AS amount, 2 AS person_count", MADE.format(columns="{amount: BIGINT}"))
    loaded = load(designs="lake", patience=NOW)
    assert [one.table for one in loaded] == ["crm.people", "erp.sales", "erp.by_person", "erp.ranking", "erp.total"]
    assert shop.world.warehouse("SELECT person_count FROM erp.total") == [(10,)]

    capsys.readouterr()
    assert sync(shop) == 2
    assert "Cannot sync the designs:\n  erp.total: Cannot read" in capsys.readouterr().err
    total = MADE.format(columns="{amount: BIGINT, person_count: BIGINT}")
    shop.transform("erp.total", "SELECT 1 AS amount, 2 AS person_count", total)
    shop.transform("erp.by_person", "SELECT person, COUNT(*) AS amount FROM erp.sales GROUP BY 1", "")
    assert sync(shop, "erp.total") == 0
    second = json.loads(read(shop, "test/designs/current.json"))["files"]
    assert {path for path in first if first[path] != second[path]} == {"erp/total.sql", "erp/total.yaml"}

    key = f"test/designs/files/{second['erp/total.sql']}"
    shop.world.s3.put_object(Bucket="lake", Key=key, Body=b"SELECT 3 AS amount, 4 AS person_count")
    assert main(["warehouse", "load", "--designs", "lake"]) == 2
    assert "Cannot use 'erp/total.sql'" in capsys.readouterr().err
    outside = json.dumps({"files": {"../outside.yaml": "0"}}).encode()
    shop.world.s3.put_object(Bucket="lake", Key="test/designs/current.json", Body=outside)
    assert main(["warehouse", "load", "--designs", "lake"]) == 2
    assert "it names what is no file of designs" in capsys.readouterr().err
    assert warehouse_works.IN_LAKE == "lake"


def test_update_and_restore_read_the_designs_under_their_prefix(shop, capsys):
    load(designs=shop.designs, patience=NOW)
    designs = ["--designs", "lake", "--prefix", "team/ann"]
    for command in ("update", "restore"):
        assert main(["warehouse", command, *designs]) == 2
        assert "Cannot find designs at 's3://lake/team/ann/designs/current.json'" in capsys.readouterr().err
    total = MADE.format(columns='{amount: "DECIMAL(18,2)", person_count: BIGINT}')
    shop.transform("erp.total", "SELECT 1.5 AS amount, 7 AS person_count", total)
    assert sync(shop, "--prefix", "team/ann") == 0
    assert main(["warehouse", "update", "erp.total", *designs]) == 0
    assert shop.world.warehouse("SELECT person_count FROM erp.total") == [(7,)]
    capsys.readouterr()
    assert main(["warehouse", "restore", *designs]) == 2
    assert "no former state of these tables is kept" in capsys.readouterr().err


def test_unload_writes_rows_manifest_and_columns_as_the_dry_run_says(shop, capsys):
    load(designs=shop.designs, patience=NOW)
    arguments = ["warehouse", "unload", "erp.*", "--designs", shop.designs]
    capsys.readouterr()
    assert main([*arguments, "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert shop.world.keys("test/unload/") == []
    check_is_as_planned(sent_by(shop.world, arguments), planned_statements(printed))
    keys = shop.world.keys("test/unload/erp.sales/")
    assert [key.rpartition("/")[2] for key in keys if "parquet" not in key] == ["columns.json", "manifest"]
    rows = sum(pq.read_table(io.BytesIO(read(shop, key))).num_rows for key in keys if key.endswith(".parquet"))
    assert rows == 50
    columns = json.loads(read(shop, keys[[key.endswith("columns.json") for key in keys].index(True)]))
    assert columns["table"] == "erp.sales"
    assert columns["columns"][2] == {"name": "amount", "type": "DECIMAL(12,2)", "not_null": False}
    assert shop.world.keys("test/unload/erp.ranking/")

    again = unload(("erp.*",), designs=shop.designs, patience=NOW)
    assert {one.table: one.row_count for one in again}["erp.sales"] == 50
    assert shop.world.keys("test/unload/erp.sales/") == keys
