"""Flows unattended, on a real Prefect server with a real worker: deployed, killed, restarted, late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.schedules import CronSchedule

from deployments.account import removals, wanted_changes
from deployments.messages import message_changes
from deployments.prefect_file import PREFECT_FILE, PrefectFile, read_prefect_file
from sandbox.servers import Sandbox
from tests.deployments.deployed import ROOT, Deployed, until

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


def test_up_names_everybody_to_tell(deployed, tmp_path, monkeypatch):
    monkeypatch.setitem(deployed.environment, "NOTIFICATION_URL", "json://127.0.0.1:1/")
    file = declared(tmp_path)

    def of_messages(apply: bool = False) -> list[str]:
        with deployed.client() as client:
            changes = list(message_changes(client, file, deployed.environment))
            for change in changes if apply else ():
                change.apply()
        return [str(change) for change in changes if change.action != "keep"]

    assert of_messages(apply=True) == [
        "create block slack-webhook/operators",
        "create automation redshift-flows: failed",
        "create automation redshift-flows: crashed",
        "create automation redshift-flows: late",
    ]
    assert of_messages() == []
    monkeypatch.setitem(deployed.environment, "LATE_AFTER_SECONDS", "60")
    assert of_messages() == ["change automation redshift-flows: late (trigger)"]


def test_down_shows_all_that_up_made_and_takes_it_away(deployed, tmp_path):
    file = declared(tmp_path)
    with deployed.client() as client:
        found = list(removals(client, file))
        for change in found:
            change.apply()
        left = list(removals(client, file))

    assert {change.kind for change in found} == {"deployment", "automation", "block", "work pool"}
    assert len([change for change in found if change.kind == "deployment"]) == len(file.deployments) - 1
    assert left == []
    with deployed.client() as client:
        assert client.read_deployments() == []
