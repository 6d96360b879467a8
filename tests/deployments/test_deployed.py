"""Flows unattended, on a real Prefect server with a real worker: deployed, killed, restarted, late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import State
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.states import Scheduled

from deployments.account import removals, wanted_changes
from deployments.prefect_file import PREFECT_FILE, PrefectFile, read_prefect_file
from sandbox.servers import Sandbox
from tests.deployments.deployed import ROOT, Deployed, until
from tests.flows.conftest import World

pytestmark = pytest.mark.slow
CODE = {"PREFECT_FLOWS_DIRECTORY": str(ROOT)}


@pytest.fixture(scope="module")
def deployed(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A server, all deployments, no worker yet."""
    started = Deployed(tmp_path_factory.mktemp("deployed"), sandbox.environment)
    try:
        started.server.wait()
        with started.settings:
            yield started
    finally:
        started.close()


def declared(tmp_path, *replacements: tuple[str, str]) -> PrefectFile:
    """prefect.yaml with a few words replaced."""
    text = PREFECT_FILE.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "prefect.yaml").write_text(text)
    return read_prefect_file(tmp_path / "prefect.yaml", CODE)


def lines(deployed: Deployed, file: PrefectFile, apply: bool = False) -> list[str]:
    """What would change; with `apply`, what did."""
    with deployed.client() as client:
        changes = list(wanted_changes(client, file, deployed.environment | CODE))
        for change in changes if apply else ():
            change.apply()
    return [str(change) for change in changes if change.action != "keep"]


def test_up_twice_creates_all_then_nothing(deployed, tmp_path):
    created = deployed.command("deployments", "up")

    assert "create work pool redshift-flows" in created
    assert "create automation redshift-flows: late" in created
    assert "create deployment orders/daily" in created
    with deployed.client() as client:
        daily = client.read_deployment_by_name("orders/daily")
        assert (daily.work_pool_name, daily.global_concurrency_limit.limit) == ("redshift-flows", 1)
        assert daily.parameters["patience"] == {"retries": 2, "retry_delay_seconds": 300}
        resting = client.read_deployment_by_name("sync/nps-full")
        assert [schedule.active for schedule in resting.schedules] == [False]
    assert lines(deployed, declared(tmp_path)) == []


def test_up_changes_what_differs_removes_what_has_left_and_keeps_what_an_operator_paused(deployed, tmp_path):
    text = PREFECT_FILE.read_text()
    start, end = (text.index(f"  - <<: *everywhere\n    name: {name}\n") for name in ("backfill", "nps-incremental"))
    with deployed.client() as client:
        daily = client.read_deployment_by_name("orders/daily")
        client.pause_deployment(daily.id)
        client.create_deployment_schedules(daily.id, [(CronSchedule(cron="0 15 * * *"), True)])
        full = client.read_deployment_by_name("sync/nps-full")
        client.update_deployment_schedule(full.id, full.schedules[0].id, active=True)
    file = declared(
        tmp_path, ("All answers,", "Every answer,"), ("The shop's orders", "All orders"), (text[start:end], "")
    )

    shown = lines(deployed, file, apply=True)

    assert "change deployment orders/daily (description, schedules)" in shown
    assert "change deployment sync/nps-full (description)" in shown
    assert any(line.startswith("remove schedule orders/daily ") for line in shown)
    assert "remove deployment backfill/backfill" in shown
    assert len(shown) == 4
    assert lines(deployed, file) == []
    with deployed.client() as client:
        daily, full = (client.read_deployment_by_name(name) for name in ("orders/daily", "sync/nps-full"))
        assert daily.paused
        assert daily.description.startswith("All orders of the last complete day")
        assert [schedule.slug for schedule in daily.schedules] == ["nightly"]
        assert [schedule.active for schedule in full.schedules] == [True]
        assert "backfill" not in {one.name for one in client.read_deployments()}
        client.resume_deployment(daily.id)
        client.update_deployment_schedule(full.id, full.schedules[0].id, active=False)


def test_schedules_create_runs_at_their_hours(deployed):
    with deployed.client() as client:
        daily = client.read_deployment_by_name("orders/daily")
        of_daily = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[daily.id]))
        runs = until(lambda: client.read_flow_runs(flow_run_filter=of_daily), "runs that the schedule made")

    assert {(run.expected_start_time.hour, run.expected_start_time.minute) for run in runs} == {(3, 0)}
    assert all(run.auto_scheduled and run.expected_start_time > datetime.now(UTC) for run in runs)


@contextmanager
def held(world: World) -> Iterator[None]:
    """As long as the block takes, runs stop before they read the source."""
    connection = world.connect_source()
    connection.cursor().execute("LOCK TABLES orders WRITE")
    try:
        yield
    finally:
        connection.close()


@pytest.fixture(scope="module")
def shop(deployed: Deployed, sandbox: Sandbox) -> World:
    """Twenty days of orders, a worker, and an empty warehouse."""
    world = World(sandbox.environment)
    world.reset()
    days = [datetime(2025, 1, day, 12) for day in range(1, 21)]
    world.insert_orders(*((number, 1, days[number % 20], "placed", number) for number in range(200)))
    deployed.command("deployments", "up")
    deployed.start_worker()
    return world


def dates(world: World) -> list[str]:
    """The dates that were loaded, in the order of their publishes."""
    rows = world.warehouse("SELECT run_date FROM etl.loads WHERE state = 'loaded' ORDER BY finished_at")
    return [f"{date:%m-%d}" for (date,) in rows]


def check_rows(world: World, *days: str) -> None:
    """Every order of these days is there, once; the lookback brings the day before the first."""
    quoted = ", ".join(f"'2025-{day}'" for day in days)
    select = "SELECT order_id, order_ts, status, amount FROM {} WHERE {} IN ({}) ORDER BY order_id"
    found = world.warehouse(select.format("mart.orders", "TRUNC(order_ts)", quoted))
    assert len(found) == 10 * len(days)
    assert found == world.source(select.format("orders", "DATE(order_ts)", quoted))


def test_two_runs_at_once_go_one_after_the_other(deployed, shop):
    with held(shop):
        deployed.command("prefect", "deployment", "run", "orders/daily", "-p", "run_date=2025-01-01")
        with deployed.client() as client:
            first = until(
                lambda: next((run.id for run in client.read_flow_runs() if run.parameters.get("run_date")), None), "run"
            )
        deployed.in_state(first, "Running")
        second = deployed.run("orders/daily", run_date="2025-01-02")
        deployed.in_state(second, "AwaitingConcurrencySlot")
        assert deployed.read(first).name == "orders 2025-01-01"
    assert (deployed.ended(first), deployed.ended(second)) == ("Completed", "Completed")
    assert deployed.read(first).end_time <= deployed.read(second).start_time
    assert dates(shop) == ["01-01", "01-02"]
    check_rows(shop, "01-01", "01-02")
    written = EventFilter(event=EventNameFilter(name=["prefect.asset.materialization.succeeded"]))
    with deployed.client() as client:
        events = until(lambda: client.read_events(filter=written, limit=50).events, "assets that were written")
    assets = {event.resource.id: [one.id for one in event.related if one.role == "asset"] for event in events}
    assert assets["redshift://mart/orders"] == ["database://shop/orders"]
    assert assets["s3://lake/orders_snapshot/dt=2025-01-01/"] == ["redshift://mart/orders"]


def test_killed_process_frees_the_slot_and_the_next_run_makes_it_good(deployed, shop):
    with held(shop):
        killed = deployed.run("orders/daily", run_date="2025-01-03")
        deployed.in_state(killed, "Running")
        waiting = deployed.run("orders/daily", run_date="2025-01-03")
        deployed.in_state(waiting, "AwaitingConcurrencySlot")
        os.kill(deployed.process_of(killed), signal.SIGKILL)
        assert deployed.ended(killed) == "Crashed"
    assert deployed.ended(waiting) == "Completed"
    assert dates(shop) == ["01-01", "01-02", "01-03"]
    check_rows(shop, "01-01", "01-02", "01-03")


def test_killed_worker_and_restarted_server_lose_no_run(deployed, shop):
    with held(shop):
        running = deployed.run("orders/daily", run_date="2025-01-04")
        state = deployed.in_state(running, "Running").state
        deployed.kill_worker()
        deployed.server.restart()
        waiting = deployed.run("orders/daily", run_date="2025-01-05")
        deployed.start_worker()
        # The run that lives on without its worker keeps its slot, or breaks at a line that nobody reads any more.
        if deployed.in_state(waiting, "AwaitingConcurrencySlot", "Running").state.name != "Running":
            with deployed.client() as client:
                # A lease that the server had forgotten would end the run that holds it some minutes later.
                lease_id = state.state_details.deployment_concurrency_lease_id
                client.renew_concurrency_lease(lease_id, 300)
    assert deployed.ended(running) in ("Completed", "Crashed")
    assert deployed.ended(waiting) == "Completed"
    if deployed.read(running).state.name == "Crashed":
        assert deployed.ended(deployed.run("orders/daily", run_date="2025-01-04")) == "Completed"
    assert sorted(dates(shop)) == ["01-01", "01-02", "01-03", "01-04", "01-05"]
    check_rows(shop, "01-01", "01-02", "01-03", "01-04", "01-05")


def test_lost_machine_is_noticed_and_what_its_run_left_is_cleared(deployed, shop):
    with held(shop):
        lost = deployed.run("orders/daily", run_date="2025-01-06")
        deployed.in_state(lost, "Running")
        until(lambda: staging(shop), "staging table")
        deployed.lose_machine()
    assert deployed.read(lost).state.name == "Running"
    deployed.start_worker()
    swept = deployed.run("maintenance/hourly", silent_seconds=1, older_than_hours=0)

    assert deployed.ended(swept) == "Completed"
    assert deployed.ended(lost) == "Crashed"
    assert staging(shop) == []
    assert shop.warehouse("SELECT event FROM etl.leases ORDER BY at DESC LIMIT 1") == [("released",)]
    assert deployed.ended(deployed.run("orders/daily", run_date="2025-01-06")) == "Completed"
    check_rows(shop, "01-05", "01-06")


def test_missed_nights_are_loaded_each_once_and_in_order(deployed, shop):
    deployed.lose_machine()
    nights = [deployed.run("orders/daily", scheduled=night(day)) for day in (9, 8, 10)]
    deployed.start_worker()

    assert [deployed.ended(one) for one in nights] == ["Completed"] * 3
    assert dates(shop)[-3:] == ["01-07", "01-08", "01-09"]
    check_rows(shop, "01-07", "01-08", "01-09")
    assert deployed.read(nights[0]).name == "orders 2025-01-08"


def test_missed_nights_newest_alone_by_setting(deployed, shop):
    deployed.lose_machine()
    before = dates(shop)
    newest = {"missed_dates": "newest"}
    nights = [deployed.run("orders/daily", scheduled=night(day), patience=newest) for day in (13, 15, 14)]
    deployed.start_worker()

    assert [deployed.ended(one) for one in nights] == ["Cancelled", "Completed", "Cancelled"]
    assert dates(shop) == [*before, "01-14"]
    assert "left out: a run of a later date is due" in deployed.read(nights[0]).state.message


def test_waiting_for_the_warehouse_gives_process_and_slot_back(deployed, shop):
    shop.redshift.pause_cluster(ClusterIdentifier="sandbox")
    try:
        patience = {"warehouse_poll_seconds": 30, "warehouse_timeout_seconds": 3600}
        waiting = deployed.run("orders/daily", run_date="2025-01-09", patience=patience)
        state = deployed.in_state(waiting, "AwaitingRetry").state

        def is_all_free() -> bool:
            """Between two looks; on a slow machine the end of one may meet the begin of the next."""
            with deployed.client() as client:
                slots = client.read_deployment_by_name("orders/daily").global_concurrency_limit.active_slots
            return slots == 0 and not deployed.has_process(waiting)

        until(is_all_free, "a moment without process and slot")
    finally:
        shop.redshift.resume_cluster(ClusterIdentifier="sandbox")
    assert state.message == "waits for warehouse 'sandbox'"
    assert deployed.ended(waiting) == "Completed"
    assert deployed.read(waiting).run_count > 1


def test_cancel_ends_what_runs_at_the_source_and_in_the_warehouse(deployed, shop):
    with held(shop):
        reading = deployed.run("orders/daily", run_date="2025-01-09")
        until(lambda: at_source(shop), "query at the source")
        deployed.cancel(reading)
        assert deployed.ended(reading) == "Cancelled"
        until(lambda: not at_source(shop), "end of the query at the source")
    assert staging(shop) == []

    with closing(shop.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK mart.orders")
        publishing = deployed.run("orders/daily", run_date="2025-01-10")
        until(lambda: in_warehouse(shop), "statement in the warehouse")
        deployed.cancel(publishing)
        assert deployed.ended(publishing) == "Cancelled"
        until(lambda: not in_warehouse(shop), "end of the statement in the warehouse")
        cursor.execute("ROLLBACK")
    assert staging(shop) == []
    assert shop.keys("extracted/") == []
    assert "01-10" not in dates(shop)


def test_drain_waits_for_the_runs_at_work_and_goes_on_afterwards(deployed, shop):
    with held(shop), deployed.client() as client:
        running = deployed.run("orders/daily", run_date="2025-01-15")
        deployed.in_state(running, "Running")
        drain = [sys.executable, "-m", "deployments", "drain", "--", sys.executable, "-c", "print('restarted')"]
        command = subprocess.Popen(drain, cwd=ROOT, env=deployed.environment, stdout=subprocess.PIPE, text=True)
        until(lambda: client.read_work_pool("redshift-flows").is_paused, "paused pool")
        waits = command.stdout.readline()
    said, _ = command.communicate()
    assert waits == "Waits for orders 2025-01-15\n"
    assert (command.returncode, said.splitlines()[-1]) == (0, "restarted")
    assert deployed.read(running).state.name == "Completed"
    with deployed.client() as client:
        assert not client.read_work_pool("redshift-flows").is_paused


def test_form_asks_for_dates_as_dates_and_choices_as_choices(deployed, shop):
    with deployed.client() as client:
        fields = client.read_deployment_by_name("backfill/backfill").parameter_openapi_schema["properties"]
    assert fields["since"]["format"] == "date"
    assert fields["reprocess"]["enum"] == ["missing", "failed", "all"]
    assert all(field["description"] for field in fields.values())


def night(day: int) -> State:
    """As the schedule would have made it: for 03:00 UTC of that day, which has passed."""
    return Scheduled(scheduled_time=datetime(2025, 1, day, 3, tzinfo=UTC))


def staging(world: World) -> list[str]:
    return [name for (name,) in world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'")]


def at_source(world: World) -> list[str]:
    """The queries of ours that MySQL works on."""
    running = world.source("SELECT info FROM information_schema.processlist WHERE info LIKE 'SELECT%order_id%'")
    return [text for (text,) in running if "processlist" not in text]


def in_warehouse(world: World) -> list[str]:
    """The statements on orders that wait for a lock, or work."""
    return [text for (text,) in world.warehouse("SELECT text FROM stv_inflight") if "/* orders:mart.orders" in text]


def test_down_shows_all_that_up_made_and_takes_it_away(deployed, tmp_path):
    file = declared(tmp_path)
    with deployed.client() as client:
        found = list(removals(client, file))
        for change in found:
            change.apply()
        left = list(removals(client, file))

    assert {change.kind for change in found} == {"deployment", "automation", "block", "work pool"}
    assert len([change for change in found if change.kind == "deployment"]) == len(file.deployments)
    assert left == []
    with deployed.client() as client:
        assert client.read_deployments() == []
