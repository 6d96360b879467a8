"""Flows unattended, on a real Prefect server with a real worker: deployed, killed, restarted, late."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import State
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.states import Cancelled, Scheduled

from deployments.account import removals, wanted_changes
from deployments.prefect_file import PREFECT_FILE, PrefectFile, read_prefect_file
from sandbox.servers import Sandbox
from tests.deployments.deployed import POOL, ROOT, Deployed, until
from tests.flows.conftest import World
from tests.flows.test_songplays import event, put_events, put_songs, song

pytestmark = pytest.mark.slow
DAY, LATER = date(2018, 11, 1), date(2018, 11, 5)
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
    assert "create limit source-shop" in created
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


@pytest.fixture(scope="module")
def beside(deployed: Deployed, shop: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, UUID]:
    """Runs of other deployments, which work while the tests look at orders; each is looked at by a test of its own."""
    shop.source(
        "DROP TABLE IF EXISTS nps",
        "CREATE TABLE nps (id INT PRIMARY KEY, created_at DATETIME(6) NOT NULL, score SMALLINT)",
        "INSERT INTO nps VALUES (1, CURRENT_DATE - INTERVAL 1 DAY, 9), (2, CURRENT_DATE, 3)",
    )
    cron = '"{}", timezone: UTC, slug: nps-incremental'
    file = declared(tmp_path_factory.mktemp("beside"), (cron.format("0 9 * * *"), cron.format("* * * * *")))
    lines(deployed, file, apply=True)
    put_songs(shop, song())
    put_events(shop, event(level="gold"), day=DAY)
    star = deployed.run("songplays/hourly", run_date=str(DAY))
    deployed.in_state(star, "Pending", "Running")
    piled_up = {name: deployed.run("songplays/hourly", run_date=str(DAY)) for name in ("second star", "third star")}
    return {"star": star, **piled_up, "leaky": deployed.run(deploy_leaky(deployed))}


def deploy_leaky(deployed: Deployed) -> str:
    with deployed.client() as client:
        client.create_deployment(
            client.create_flow_from_name("leaky"),
            "leaky",
            entrypoint="tests/deployments/leaky.py:leaky",
            work_pool_name=POOL,
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(ROOT)}}],
            parameter_openapi_schema={"type": "object", "properties": {}},
        )
    return "leaky/leaky"


def dates(world: World) -> list[str]:
    """The dates of orders that were loaded, in the order of their publishes."""
    loaded = "SELECT run_date FROM etl.loads WHERE table_name = 'mart.orders' AND state = 'loaded' ORDER BY finished_at"
    rows = world.warehouse(loaded)
    return [f"{date:%m-%d}" for (date,) in rows]


def check_rows(world: World, *days: str) -> None:
    """Every order of these days is there, once; the lookback brings the day before the first."""
    quoted = ", ".join(f"'2025-{day}'" for day in days)
    select = "SELECT order_id, order_ts, status, amount FROM {} WHERE {} IN ({}) ORDER BY order_id"
    found = world.warehouse(select.format("mart.orders", "TRUNC(order_ts)", quoted))
    assert len(found) == 10 * len(days)
    assert found == world.source(select.format("orders", "DATE(order_ts)", quoted))


@pytest.mark.usefixtures("beside")
def test_two_runs_at_once_go_one_after_the_other(deployed, shop):
    with held(shop):
        deployed.command("prefect", "deployment", "run", "orders/daily", "-p", "run_date=2025-01-01")
        with deployed.client() as client:
            of_orders = FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[client.read_deployment_by_name("orders/daily").id])
            )
            runs = until(
                lambda: [run for run in client.read_flow_runs(flow_run_filter=of_orders) if not run.auto_scheduled],
                "run of the command",
            )
            first = runs[0].id
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
    facts = {event.resource.id: event.payload for event in events}
    assert facts["redshift://mart/orders"]["inserted_row_count"] == 10
    assert facts["s3://lake/orders_snapshot/dt=2025-01-01/"]["row_count"] >= 10


def test_killed_process_frees_the_slot_and_the_next_run_makes_it_good(deployed, shop):
    with held(shop):
        killed = deployed.run("orders/daily", run_date="2025-01-03")
        deployed.in_state(killed, "Running")
        waiting = deployed.run("orders/daily", run_date="2025-01-03")
        deployed.in_state(waiting, "AwaitingConcurrencySlot")
        os.kill(deployed.process_of(killed), signal.SIGKILL)
        assert deployed.ended(killed) == "Crashed"
    told = deployed.receiver.message("orders 2025-01-03 crashed")
    assert "Process exited with status code: -9" in told
    assert f"Run it again: prefect flow-run retry {killed}" in told
    assert deployed.ended(waiting) == "Completed"
    assert dates(shop) == ["01-01", "01-02", "01-03"]
    check_rows(shop, "01-01", "01-02", "01-03")


def test_runs_of_the_star_that_pile_up_are_cancelled(deployed, beside):
    assert [deployed.ended(beside[name]) for name in ("second star", "third star")] == ["Cancelled", "Cancelled"]
    assert "concurrency limit reached" in deployed.read(beside["second star"]).state.message


def test_failed_check_stops_the_run_and_is_told(deployed, shop, beside):
    assert deployed.ended(beside["star"]) == "Failed"
    told = deployed.receiver.message("songplays 2018-11-01", "failed")
    assert "Cannot publish 'staging.staging_events' for 2018-11-01: 1 of 3 checks failed" in told
    assert "(expected none but free, paid)" in told
    assert "The target is unchanged. Mend the source or the check, then run that date again." in told
    assert f"prefect flow-run retry {beside['star']}" in told

    put_events(shop, event(gender="X"), day=DAY)
    beside["star"] = deployed.run("songplays/hourly", run_date=str(DAY))


@pytest.mark.usefixtures("beside")
def test_cron_begins_a_run_that_the_worker_works_off(deployed, shop, tmp_path):
    with deployed.client() as client:
        found = client.read_deployment_by_name("sync/nps-incremental")
        of_it = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[found.id]))
        of_it.state = FlowRunFilterState(name=FlowRunFilterStateName(any_=["Completed"]))
        run = until(lambda: next(iter(client.read_flow_runs(flow_run_filter=of_it)), None), "a run by the minute")
    assert run.auto_scheduled
    assert run.expected_start_time.second == 0
    yesterday = (run.expected_start_time - timedelta(days=1)).date()
    assert run.name == f"sync mart.nps {yesterday}"
    answers = f"SELECT id, score FROM {{}} WHERE {{}} = '{yesterday}'"
    loaded = shop.warehouse(answers.format("mart.nps", "TRUNC(created_at)"))
    assert loaded == shop.source(answers.format("nps", "DATE(created_at)")) != []

    lines(deployed, declared(tmp_path), apply=True)
    assert deployed.ended(deployed.run("transform/nps")) == "Completed"
    assert shop.warehouse("SELECT COUNT(*) FROM mart.nps_summary") == [(1,)]


def test_star_is_built_and_a_check_that_only_warns_is_told(deployed, shop, beside):
    assert deployed.ended(beside["star"]) == "Completed"
    assert shop.warehouse("SELECT level, songid FROM mart.songplays") == [("free", "S1")]
    told = deployed.receiver.message("a check warns")
    assert "of 'staging.staging_events' for 2018-11-01: found" in told
    assert "It only warns, so the load goes on." in told


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
    findings = json.loads(deployed.artifact("maintenance", swept))
    assert {"lost run", "staging table", "lease"} <= {one["what"] for one in findings}
    assert "orders 2025-01-06" in [one["name"] for one in findings]
    assert staging(shop) == []
    last = "SELECT event FROM etl.leases WHERE table_name = 'mart.orders' ORDER BY at DESC LIMIT 1"
    assert shop.warehouse(last) == [("released",)]
    assert deployed.ended(deployed.run("orders/daily", run_date="2025-01-06")) == "Completed"
    check_rows(shop, "01-05", "01-06")


def test_missed_nights_are_loaded_each_once_and_in_order(deployed, shop):
    deployed.lose_machine()
    nights = [deployed.run("orders/daily", scheduled=night(day)) for day in (9, 8, 10)]
    told = deployed.receiver.message("orders/daily is late")
    assert "has not begun (expected a worker that takes it)" in told
    assert "prefect work-pool inspect redshift-flows" in told
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


def test_waiting_for_the_warehouse_gives_process_and_slot_back(deployed, shop, beside):
    shop.redshift.pause_cluster(ClusterIdentifier="sandbox")
    patience = {"warehouse_poll_seconds": 20, "source_poll_seconds": 20, "source_timeout_seconds": 3600}
    try:
        waiting = deployed.run("orders/daily", run_date="2025-01-09", patience=patience)
        deployed.in_state(waiting, "AwaitingRetry")
        # Between two looks; on a slow machine the end of one may meet the begin of the next.
        until(lambda: deployed.is_free(waiting, "orders/daily"), "a moment without process and slot")
    finally:
        shop.redshift.resume_cluster(ClusterIdentifier="sandbox")
    events = {"table": "staging.staging_events", "run_date": str(LATER), "full_refresh": False}
    beside["delivered"] = deployed.run("sync/nps-full", **events, patience=patience)
    beside["empty"] = deployed.run("songplays/hourly", run_date=str(LATER), patience=patience)
    assert deployed.waited(waiting, "waits for warehouse 'sandbox'")
    assert deployed.ended(waiting) == "Completed"
    assert deployed.read(waiting).run_count > 1


def test_waiting_for_files_gives_process_and_slot_back(deployed, shop, beside):
    what = f"waits for files of staging.staging_events {LATER}"
    for name, deployment in {"delivered": "sync/nps-full", "empty": "songplays/hourly"}.items():
        until(lambda one=beside[name]: deployed.waited(one, what), f"{name} {what}")
        until(lambda one=beside[name], of=deployment: deployed.is_free(one, of), "a moment without process and slot")
    with deployed.client() as client:
        client.set_flow_run_state(beside["empty"], Cancelled(), force=True)
    # A file, but with the plays of another day.
    put_events(shop, event(), day=LATER)


def test_cancel_ends_what_runs_at_the_source_and_in_the_warehouse(deployed, shop):
    with held(shop):
        reading = deployed.run("orders/daily", run_date="2025-01-09")
        until(lambda: at_source(shop), "query at the source")
        with deployed.client() as client:
            assert client.read_global_concurrency_limit_by_name("source-shop").active_slots >= 1
        assert not [line for line in deployed.command_lines() for secret in deployed.secrets() if secret in line]
        deployed.cancel(reading)
        assert deployed.ended(reading) == "Cancelled"
        until(lambda: not at_source(shop), "end of the query at the source")
    assert staging(shop) == []
    assert shop.keys("extracted/mart.orders/") == []

    with closing(shop.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK mart.orders, mart.nps_summary")
        publishing = deployed.run("orders/daily", run_date="2025-01-10", keep_files=True)
        # This one works in threads.
        transforming = deployed.run("transform/nps")
        until(lambda: in_warehouse(shop) == {"mart.orders", "mart.nps_summary"}, "statements in the warehouse")
        for one in (publishing, transforming):
            deployed.cancel(one)
        assert [deployed.ended(one) for one in (publishing, transforming)] == ["Cancelled"] * 2
        until(lambda: not in_warehouse(shop), "end of the statements in the warehouse")
        cursor.execute("ROLLBACK")
    assert staging(shop) == staging(shop, "mart$nps") == []
    assert shop.keys("extracted/mart.orders/2025-01-10/") != []
    assert "01-10" not in dates(shop)


def test_waiting_for_rows_gives_process_and_slot_back(deployed, shop, beside):
    what = f"waits for rows of staging.staging_events {LATER}"
    until(lambda: deployed.waited(beside["delivered"], what), what)
    until(lambda: deployed.is_free(beside["delivered"], "sync/nps-full"), "a moment without process and slot")
    moment = int(datetime(2018, 11, 5, 9, tzinfo=UTC).timestamp() * 1000)
    put_events(shop, event(ts=moment), event(1, ts=moment + 1), day=LATER)


def test_drain_waits_for_the_runs_at_work_and_goes_on_afterwards(deployed, shop, beside):
    with held(shop), deployed.client() as client:
        running = deployed.run("orders/daily", run_date="2025-01-15")
        deployed.in_state(running, "Running")
        drain = [sys.executable, "-m", "deployments", "drain", "--", sys.executable, "-c", "print('restarted')"]
        command = subprocess.Popen(drain, cwd=ROOT, env=deployed.environment, stdout=subprocess.PIPE, text=True)
        until(lambda: client.read_work_pool("redshift-flows").is_paused, "paused pool")
        waits = command.stdout.readline()
    said, _ = command.communicate()
    assert re.match(r"Waits for .*\borders 2025-01-15\b", waits)
    assert (command.returncode, said.splitlines()[-1]) == (0, "restarted")
    assert deployed.read(running).state.name == "Completed"
    beside["backfill"] = deployed.run("backfill/backfill", table="mart.orders", since="2025-01-14", until="2025-01-18")
    with deployed.client() as client:
        assert not client.read_work_pool("redshift-flows").is_paused


def test_run_that_waited_for_warehouse_files_and_rows_ends_well(deployed, shop, beside):
    assert deployed.ended(beside["delivered"]) == "Completed"
    assert deployed.read(beside["delivered"]).run_count > 2
    assert shop.warehouse(f"SELECT COUNT(*) FROM staging.staging_events WHERE TRUNC(ts) = '{LATER}'") == [(2,)]


def test_runs_leave_what_people_look_at(deployed, beside):
    assert deployed.ended(beside["backfill"]) == "Completed"
    windows = json.loads(deployed.artifact("backfill", beside["backfill"]))
    assert [(one["window"], one["state"], one["rows"]) for one in windows] == [
        ("2025-01-14", "loaded before", ""),
        ("2025-01-15", "loaded before", ""),
        ("2025-01-16", "loaded", "20"),
        ("2025-01-17", "loaded", "20"),
    ]
    assert deployed.artifact("backfill-progress", beside["backfill"]) == "100.0"
    report = deployed.artifact("load-mart-orders", beside["backfill"])
    assert "# mart.orders 2025-01-17: published" in report
    assert "| publish | 10 inserted" in report
    assert "## Against the load before (2025-01-16)" in report and "| inserted | 10 | 10 | +0 |" in report
    assert "## The last loads" in report and "`████████████████████` 20" in report
    assert "prefix=orders_snapshot/dt=2025-01-17/)" in report
    checks = json.loads(deployed.artifact("checks-staging-staging-events", beside["star"]))
    assert {one["state"] for one in checks} == {"passed", "warned"}
    assert next(one["rows"] for one in checks if one["state"] == "warned") != ""


def test_rebuild_switches_what_it_has_built(deployed, shop):
    before = shop.warehouse("SELECT COUNT(*), SUM(amount) FROM mart.orders")
    assert deployed.ended(deployed.run("rebuild/whole", patterns=["mart.orders"])) == "Completed"
    assert shop.warehouse("SELECT COUNT(*), SUM(amount) FROM mart.orders") == shop.source(
        "SELECT COUNT(*), SUM(amount) FROM orders"
    )
    assert shop.warehouse("SELECT COUNT(*), SUM(amount) FROM mart__former.orders") == before


def test_no_secret_is_kept_by_server_and_worker_whatever_a_run_tells(deployed, beside):
    assert deployed.ended(beside["leaky"]) == "Failed"
    assert "refused" not in deployed.read(beside["leaky"]).state.message
    told = list(deployed.told())
    assert [place for place, text in told for secret in deployed.secrets() if secret in text] == []
    masked = {place for place, text in told if "********" in text}
    assert {"artifact", "log", "flow_run_state", "task_run_state"} <= masked
    with deployed.client() as client:
        documents = client.read_block_documents(include_secrets=False)
        client.delete_deployment(client.read_deployment_by_name("leaky/leaky").id)
    shown = str([document.data for document in documents])
    assert [secret for secret in deployed.secrets() if secret in shown] == []
    assert "********" in shown


def test_form_asks_for_dates_as_dates_and_choices_as_choices(deployed, shop):
    with deployed.client() as client:
        fields = client.read_deployment_by_name("backfill/backfill").parameter_openapi_schema["properties"]
    assert fields["since"]["format"] == "date"
    assert fields["reprocess"]["enum"] == ["missing", "failed", "all"]
    assert all(field["description"] for field in fields.values())


def night(day: int) -> State:
    """As the schedule would have made it: for 03:00 UTC of that day, which has passed."""
    return Scheduled(scheduled_time=datetime(2025, 1, day, 3, tzinfo=UTC))


def staging(world: World, prefix: str = "mart$orders") -> list[str]:
    """The staging tables of the runs of a table."""
    names = f"SELECT table_name FROM svv_tables WHERE table_schema = 'staging' AND table_name LIKE '{prefix}$%'"
    return [name for (name,) in world.warehouse(names)]


def at_source(world: World) -> list[str]:
    """The queries of ours that MySQL works on."""
    running = world.source("SELECT info FROM information_schema.processlist WHERE info LIKE 'SELECT%order_id%'")
    return [text for (text,) in running if "processlist" not in text]


def in_warehouse(world: World) -> set[str]:
    """The tables of ours whose statements wait for a lock, or work."""
    texts = [text for (text,) in world.warehouse("SELECT text FROM stv_inflight")]
    return {table for text in texts for table in ("mart.orders", "mart.nps_summary") if f":{table}:" in text}


def test_down_shows_all_that_up_made_and_takes_it_away(deployed, tmp_path):
    file = declared(tmp_path)
    with deployed.client() as client:
        found = list(removals(client, file))
        for change in found:
            change.apply()
        left = list(removals(client, file))

    assert {change.kind for change in found} == {"deployment", "automation", "block", "work pool", "limit"}
    assert len([change for change in found if change.kind == "deployment"]) == len(file.deployments)
    assert left == []
    with deployed.client() as client:
        assert client.read_deployments() == []
