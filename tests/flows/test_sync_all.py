"""The flow `sync_all`: tables side by side, one failure among them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from prefect.client.orchestration import get_client

from command_line.main import main
from deployments.blocks import save_blocks
from flows import transform
from flows.sync_all import planned, sync_all
from model.errors import ConfigError, LoadError
from model.patience import Patience
from tests.flows.conftest import World
from tests.flows.declared import declare, designed

NOW = Patience(retries=0, warehouse_poll_seconds=0.1, source_poll_seconds=0.1)
DAY = date(2025, 1, 1)
NAMES = ("first", "second", "third", "fourth")


@pytest.fixture
def shop(world, tmp_path, monkeypatch):
    """Four tables with a row each, and a design for each."""
    for number, name in enumerate(NAMES):
        world.source(
            f"DROP TABLE IF EXISTS {name}",
            f"CREATE TABLE {name} (id BIGINT PRIMARY KEY, at DATETIME(6), name VARCHAR(20), is_deleted BOOLEAN)",
            f"INSERT INTO {name} VALUES ({number}, '2025-01-01 12:00', '{name}', 0)",
        )
    declare(tmp_path, monkeypatch, **{name: designed(source=name) for name in NAMES})
    return world


def test_sync_all_brings_every_table_that_matches(shop):
    loaded = sync_all(("mart.f*", "mart.third"), run_date=DAY, patience=NOW)
    assert [one.table for one in loaded] == ["mart.first", "mart.fourth", "mart.third"]
    assert shop.warehouse("SELECT id, name FROM mart.fourth") == [(3, "fourth")]
    assert shop.warehouse("SELECT table_name FROM svv_tables WHERE table_name = 'second'") == []


def test_sync_all_one_failure_stops_no_other_and_the_run_fails(shop, capsys):
    shop.source("DROP TABLE second")
    with pytest.raises(LoadError, match=r"Cannot sync_all 1 of 4 tables:\n  mart.second: Cannot extract 'second'"):
        sync_all(run_date=DAY, max_parallel=2, patience=NOW)
    assert [shop.warehouse(f"SELECT COUNT(*) FROM mart.{name}") for name in ("first", "third", "fourth")] == [
        [(1,)]
    ] * 3
    shown = capsys.readouterr().out
    assert re.search(r"mart\.second +failed", shown)
    assert re.search(r"mart\.first +done +1 +\d+\.\d", shown)


def test_sync_all_keeps_the_results_as_an_artifact(shop):
    sync_all(("mart.first",), run_date=DAY, patience=NOW)
    with get_client(sync_client=True) as client:
        kept = client.request("GET", "/artifacts/{key}/latest", path_params={"key": "sync-all"}).json()
    assert '"table": "mart.first"' in kept["data"] and '"state": "done"' in kept["data"]


@pytest.mark.parametrize("pattern", ["mart.frist", "mart.frist*", "shop.*"])
def test_sync_all_pattern_without_a_table_is_refused_before_anything_runs(shop, pattern):
    with pytest.raises(ConfigError, match=rf"Cannot find a table for '{re.escape(pattern)}': .*mart.first"):
        sync_all(("mart.second", pattern), run_date=DAY, patience=NOW)
    assert shop.warehouse("SELECT nspname FROM pg_namespace WHERE nspname = 'mart'") == []


def test_sync_all_bad_design_among_good_ones_is_refused_before_anything_runs(shop, tmp_path, monkeypatch):
    declare(tmp_path, monkeypatch, third=designed(load="upsert"))
    with pytest.raises(ConfigError, match=r"mart/third.yaml.*\n.*load: found 'upsert'"):
        sync_all(run_date=DAY, patience=NOW)
    assert shop.warehouse("SELECT nspname FROM pg_namespace WHERE nspname = 'mart'") == []


def test_sync_all_lines_of_the_terminal_name_their_table(shop, capsys):
    assert main(["sync_all", "--tables", "mart.first", "mart.t*", "--run-date", "2025-01-01"]) == 0
    shown = capsys.readouterr().out
    for name in ("mart.first", "mart.third"):
        assert re.search(rf"{name} +publish +1 inserted", shown), shown
    assert "mart.second" not in shown
    for line in shown.splitlines():
        assert not re.match(r" +(publish|extract_table|unload_table) ", line), line


def test_sync_all_loads_max_parallel_tables_at_one_time(shop, monkeypatch):
    from tasks import verb

    under_way, most = set(), 0

    def listen(said):
        nonlocal most
        under_way.add(said.load.table)
        most = max(most, len(under_way))
        if said.step == "clean_up" and said.result is not None:
            under_way.discard(said.load.table)

    monkeypatch.setattr(verb, "listeners", [listen])
    sync_all(run_date=DAY, max_parallel=3, patience=NOW)
    assert most == 3


@pytest.fixture
def serializable(shop, sandbox):
    """The same warehouse, in a database where what cannot be put in a row ends with 1023."""
    shop.warehouse("CREATE DATABASE strict ISOLATION LEVEL SERIALIZABLE")
    strict = World(sandbox.environment | {"REDSHIFT_DATABASE": "strict"})
    list(save_blocks(strict.environment))
    yield strict
    list(save_blocks(sandbox.environment))


def test_sync_all_side_by_side_where_transactions_are_serializable_needs_no_second_try(serializable):
    for _ in range(2):
        sync_all(run_date=DAY, patience=NOW)
    assert [serializable.warehouse(f"SELECT COUNT(*) FROM mart.{name}") for name in NAMES] == [[(1,)]] * 4
    assert serializable.warehouse("SELECT COUNT(*) FROM etl.loads WHERE state = 'loaded'") == [(8,)]


def test_sync_all_patterns_leave_the_songplays_to_their_own_flow():
    assert [one.design.name for one in planned(("*",), DAY, False, "UTC")] == ["mart.nps", "mart.orders"]
    named = planned(("mart.nps", "staging.staging_songs"), DAY, False, "UTC")
    assert [one.design.name for one in named] == ["mart.nps", "staging.staging_songs"]
    built = transform.planned(("mart.*",), DAY, "UTC")
    assert [one.design.name for one in built] == ["mart.nps_summary", "mart.nps_monthly"]
    for plan in (
        lambda: planned(("staging.*",), DAY, False, "UTC"),
        lambda: transform.planned(("mart.s*",), DAY, "UTC"),
    ):
        with pytest.raises(ConfigError, match=r"(?s)another flow loads .* Run python -m flows songplays"):
            plan()
