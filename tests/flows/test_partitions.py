"""Tables that are read in ranges of their key, side by side."""

from datetime import date

import pytest
from prefect import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate

from blocks.task_runner import chosen_task_runner
from extract.read_source import read_source
from flows.sync import sync
from model.errors import ConfigError
from model.patience import Patience
from tests.flows.declared import DESIGN, declare

NOW = Patience(retries=0, warehouse_poll_seconds=0.1, warehouse_timeout_seconds=0.3)
ROWS = [(number, f"2025-01-0{1 + number % 3} 10:00:00", f"n{number}", number % 2 == 0) for number in range(-5, 40)]


@pytest.fixture
def source(world):
    world.source(
        "DROP TABLE IF EXISTS ranged",
        "CREATE TABLE ranged (id BIGINT PRIMARY KEY, at DATETIME(6), name VARCHAR(20), is_deleted TINYINT(1))",
        "INSERT INTO ranged VALUES " + ", ".join(f"({i}, '{at}', '{name}', {flag:d})" for i, at, name, flag in ROWS),
    )
    return world


def declare_ranged(tmp_path, monkeypatch, more="partitions: 4, several_snapshots: true", key="id"):
    text = DESIGN.format(source=f"ranged, {more}", load="merge", more="").replace("key: [id]", f"key: [{key}]")
    declare(tmp_path, monkeypatch, ranged=text)


def test_sync_in_partitions_brings_the_window_whole(source, tmp_path, monkeypatch):
    declare_ranged(tmp_path, monkeypatch)
    loaded = sync("mart.ranged", date(2025, 1, 2), patience=NOW, keep_files=True)
    expected = sorted(number for number, at, *_ in ROWS if at.startswith("2025-01-02"))
    assert [row[0] for row in source.warehouse("SELECT id FROM mart.ranged ORDER BY id")] == expected
    assert loaded.copied_row_count == len(expected)
    ranges = {key.split("/")[-2] for key in source.keys("extracted/") if key.endswith(".parquet")}
    assert ranges == {"range-00", "range-01", "range-02", "range-03"}
    whole = sync("mart.ranged", date(2025, 1, 2), full_refresh=True, patience=NOW)
    assert whole.target_row_count == len(ROWS)


def test_sync_in_partitions_reads_no_more_at_once_than_the_account_allows(source, tmp_path, monkeypatch):
    declare_ranged(tmp_path, monkeypatch)
    at_work: list[int] = [0]
    seen = []

    def counted(*arguments):
        at_work[0] += 1
        seen.append(at_work[0])
        yield from read_source(*arguments)
        at_work[0] -= 1

    monkeypatch.setattr("tasks.extract_range.read_source", counted)
    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="source-shop", limit=1))
        try:
            sync("mart.ranged", date(2025, 1, 2), patience=NOW)
        finally:
            client.delete_global_concurrency_limit_by_name("source-shop")
    assert seen == [1, 1, 1, 1]


def test_sync_in_partitions_of_an_empty_window_loads_nothing(source, tmp_path, monkeypatch):
    declare_ranged(tmp_path, monkeypatch)
    assert sync("mart.ranged", date(2024, 1, 2), patience=NOW).copied_row_count == 0


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ("partitions: 4", "id", r"connections to MySQL share no snapshot \(expected several_snapshots: true"),
        ("partitions: 4, several_snapshots: true", "name", r"its key is \(name\) \(expected one whole number\)"),
    ],
)
def test_sync_in_partitions_that_cannot_be_is_refused(source, tmp_path, monkeypatch, more, key, said):
    declare_ranged(tmp_path, monkeypatch, more, key)
    with pytest.raises(ConfigError, match=said):
        sync("mart.ranged", date(2025, 1, 2), patience=NOW)


@pytest.mark.parametrize("choice", ["threads:x", "processes", "tcp://nowhere", "dask:"])
def test_chosen_task_runner_another_choice_is_refused(choice):
    with pytest.raises(ConfigError, match=rf"TASK_RUNNER is '{choice}' \(expected threads:4, dask, dask:4 or tcp://"):
        chosen_task_runner(choice)


def test_chosen_task_runner_connects_to_a_scheduler():
    assert chosen_task_runner("tcp://127.0.0.1:8786").address == "tcp://127.0.0.1:8786"
