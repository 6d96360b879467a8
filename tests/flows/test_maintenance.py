"""Order after accidents: of each kind, what is dead and old enough goes, what lives or is young stays."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from prefect import flow, get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort
from prefect.events import emit_event
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter
from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL
from prefect.states import Completed, Pending, Running

from flows.maintenance import maintenance
from flows.orders import orders

HEARTBEAT = "prefect.flow-run.heartbeat"
OURS = ["redshift-flows"]
HOUR = timedelta(hours=1)


@flow
def left_alone() -> None:
    """Whose runs are made by hand."""


def begun(client: SyncPrefectClient, name: str, state, ago: timedelta, tags=OURS) -> str:
    """The id of a flow run that is in `state` for so long; by the database: the server's API asks its own clock."""
    run_id = str(client.create_flow_run(left_alone, name=name, state=state, tags=tags).id)
    _, _, file = PREFECT_SERVER_DATABASE_CONNECTION_URL.value().partition("///")
    since = (datetime.now(UTC) - ago).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(file, timeout=60)) as database, database:
        update = "UPDATE flow_run_state SET timestamp = ? WHERE flow_run_id = ?"
        assert database.execute(update, (since, run_id)).rowcount == 1
    return run_id


def beat(client: SyncPrefectClient, run_id: str) -> None:
    """The heartbeat of a run's process, as the server has it."""
    resource = f"prefect.flow-run.{run_id}"
    emit_event(HEARTBEAT, resource={"prefect.resource.id": resource})
    heard = EventFilter(event=EventNameFilter(name=[HEARTBEAT]), resource=EventResourceFilter(id=[resource]))
    deadline = time.monotonic() + 120
    while not client.read_events(filter=heard, limit=1).events:
        assert time.monotonic() < deadline, "the heartbeat has not come"
        time.sleep(0.2)


def staging_table(run_id: str) -> str:
    return f"mart$orders${run_id.replace('-', '')[-12:]}"


@pytest.fixture
def runs(world):
    """By name the runs, each with a staging table, a lease on a table of its name, and files."""
    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))
    orders(run_date=date(2025, 1, 1))
    with get_client(sync_client=True) as client:
        found = {
            "lost": begun(client, "lost", Running(), HOUR),
            "killed": begun(client, "killed", Completed(), HOUR),
            "young": begun(client, "young", Completed(), HOUR),
            "alive": begun(client, "alive", Running(), HOUR),
            "fresh": begun(client, "fresh", Running(), timedelta(0)),
            "starting": begun(client, "starting", Pending(), timedelta(minutes=10)),
            "foreign": begun(client, "foreign", Running(), HOUR, tags=["others"]),
        }
        beat(client, found["alive"])
    for name, run_id in found.items():
        age = "1 hour" if name == "young" else "2 days"
        world.warehouse(f'CREATE TABLE staging."{staging_table(run_id)}" (id INT)')
        world.warehouse(
            f"INSERT INTO etl.leases (table_name, run_id, flow, event, at) VALUES ('mart.{name}', '{run_id}', 'orders',"
            f" 'taken', SYSDATE - INTERVAL '{age}')"
        )
        key = f"extracted/mart.orders/2025-01-01/{run_id}/part-00000.parquet"
        world.s3.put_object(Bucket=world.environment["LAKE_BUCKET"], Key=key, Body=b"x")
    world.warehouse("CREATE TABLE staging.of_somebody_else (id INT)")
    return found


def test_maintenance_clears_what_is_dead_by_age_and_nothing_that_lives(world, runs):
    def state() -> tuple[set[str], set[str], set[str]]:
        """Names of the runs that Prefect takes for running, of those with a staging table, and with a lease."""
        with get_client(sync_client=True) as client:
            going_on = {name for name, one in runs.items() if not client.read_flow_run(one).state.is_final()}
        rows = world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'")
        tables = {name for (name,) in rows}
        held = world.warehouse(
            "SELECT table_name FROM etl.leases GROUP BY table_name"
            " HAVING SUM(CASE event WHEN 'taken' THEN 1 ELSE -1 END) > 0"
        )
        assert "of_somebody_else" in tables
        return (
            going_on,
            {name for name, one in runs.items() if staging_table(one) in tables},
            {table.removeprefix("mart.") for (table,) in held},
        )

    def with_files() -> set[str]:
        keys = world.keys("extracted/")
        return {name for name, one in runs.items() if any(one in key for key in keys)}

    everything = state()
    reported = maintenance(silent_seconds=300, older_than_hours=24, only_report=True)
    assert state() == everything
    assert set(reported.leases) == {"mart.killed"}  # the lost run still counts as running

    swept = maintenance(silent_seconds=300, older_than_hours=24)

    living = {"alive", "fresh", "starting", "foreign"}
    assert state() == (living, living | {"young"}, living | {"young"})
    assert set(swept.staging_tables) == {staging_table(runs[name]) for name in ("lost", "killed")}
    assert set(swept.leases) == {"mart.lost", "mart.killed"}
    assert swept.prefixes == ()
    assert with_files() == set(runs)
    shown = report()
    for name in ("lost run", staging_table(runs["killed"]), "mart.lost"):
        assert name in shown
    with get_client(sync_client=True) as client:
        assert "Nothing was heard of this run for 300 s" in client.read_flow_run(runs["lost"]).state.message

    older = maintenance(silent_seconds=300, older_than_hours=0)

    assert state() == (living, living, living)
    assert with_files() == living
    dead = {name: f"extracted/mart.orders/2025-01-01/{runs[name]}/" for name in ("lost", "killed", "young")}
    assert set(older.prefixes) == set(dead.values())
    assert all(prefix in report() for prefix in dead.values())


def report() -> str:
    """The findings of the last run, as Prefect shows them."""
    with get_client(sync_client=True) as client:
        of_key = ArtifactFilter(key=ArtifactFilterKey(any_=["maintenance"]))
        return client.read_artifacts(artifact_filter=of_key, sort=ArtifactSort.CREATED_DESC)[0].data
