"""Deployments as prefect.yaml declares them: what differs from the server's, and `prefect deploy` for these."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect.utilities.callables import parameter_schema

from deployments.change import Change, difference
from deployments.prefect_file import ROOT, Deployment, PrefectFile
from model.errors import ConfigError

_QUEUE = "default"


def deployment_changes(client: SyncPrefectClient, file: PrefectFile) -> Iterator[Change]:
    """What differs, deployment by deployment; the first change deploys all that differ, in one go.

    What an operator has paused or resumed stays so.
    """
    found = found_deployments(client, file)
    entries: list[dict[str, Any]] = []
    wanted_names = set()
    for one in file.deployments:
        name = f"{one.flow().name}/{one.name}"
        wanted_names.add(name)
        there = found.get(name)
        facts = difference(_wanted(one, file), _found(there)) if there else ()
        if there and not facts:
            yield Change("deployment", name, "keep")
            continue
        entries.append(_entry(one, there))
        deploy = partial(_deploy, file, entries) if len(entries) == 1 else lambda: None
        yield Change("deployment", name, "change" if there else "create", facts, deploy)
        if there:
            yield from _removed_schedules(client, name, one, there)
    yield from removed_deployments(client, {name: one for name, one in found.items() if name not in wanted_names})


def _removed_schedules(
    client: SyncPrefectClient, name: str, one: Deployment, there: DeploymentResponse
) -> Iterator[Change]:
    """Prefect replaces schedules by others, but where the file has none any more, the old ones would go on."""
    slugs = {schedule.slug for schedule in one.schedules}
    for left in there.schedules:
        if left.slug not in slugs:
            remove = partial(_remove_schedule, client, there.id, left.id)
            yield Change("schedule", f"{name} {left.slug or left.id}", "remove", apply=remove)


def _remove_schedule(client: SyncPrefectClient, deployment_id: UUID, schedule_id: UUID) -> None:
    with contextlib.suppress(ObjectNotFound):
        client.delete_deployment_schedule(deployment_id, schedule_id)


def removed_deployments(client: SyncPrefectClient, found: dict[str, DeploymentResponse]) -> Iterator[Change]:
    for name, one in found.items():
        yield Change("deployment", name, "remove", apply=partial(client.delete_deployment, one.id))


def found_deployments(client: SyncPrefectClient, file: PrefectFile) -> dict[str, DeploymentResponse]:
    """The server's deployments by flow and name that bear the file's tag, its mark."""
    marked = DeploymentFilter(tags=DeploymentFilterTags(all_=[file.name]))
    found = client.read_deployments(deployment_filter=marked, limit=200)
    return {f"{client.read_flow(one.flow_id).name}/{one.name}": one for one in found}


def _wanted(one: Deployment, file: PrefectFile) -> dict[str, Any]:
    limit = one.concurrency_limit
    return {
        "description": one.description,
        "entrypoint": one.entrypoint,
        "tags": sorted(one.tags),
        "parameters": one.parameters,
        "concurrency": (limit.limit, limit.collision_strategy, limit.grace_period_seconds),
        "schedules": {schedule.slug: schedule.as_prefect() for schedule in one.schedules},
        "work_pool": (one.work_pool.name, one.work_pool.work_queue_name or _QUEUE),
        "job_variables": one.work_pool.job_variables,
        "pull": file.pull,
        "parameter_schema": parameter_schema(one.flow()).model_dump(exclude_unset=True),
    }


def _found(one: DeploymentResponse) -> dict[str, Any]:
    limit, options = one.global_concurrency_limit, one.concurrency_options
    return {
        "description": one.description,
        "entrypoint": one.entrypoint,
        "tags": sorted(one.tags),
        "parameters": one.parameters,
        "concurrency": (
            limit and limit.limit,
            options and options.collision_strategy.value,
            options.grace_period_seconds if options and "grace_period_seconds" in options.model_fields_set else None,
        ),
        "schedules": {schedule.slug: schedule.schedule for schedule in one.schedules},
        "work_pool": (one.work_pool_name, one.work_queue_name),
        "job_variables": one.job_variables,
        "pull": one.pull_steps,
        "parameter_schema": one.parameter_openapi_schema,
    }


def _entry(one: Deployment, there: DeploymentResponse | None) -> dict[str, Any]:
    """The entry for `prefect deploy`, paused and resting as it is there: deployed as written, it would wake up."""
    entry = one.model_dump(exclude_none=True)
    if there:
        active = {schedule.slug: schedule.active for schedule in there.schedules}
        for schedule in entry["schedules"]:
            schedule["active"] = active.get(schedule["slug"], schedule["active"])
        entry["paused"] = there.paused
    return entry


def _written(file: PrefectFile, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The file for `prefect deploy`; the image is built and pushed for the first entry: else it would be for each."""
    first = {name: getattr(file, name) for name in ("build", "push") if getattr(file, name)}
    return {
        "name": file.name,
        "prefect-version": file.prefect_version,
        "pull": file.pull,
        "deployments": [one | first if number == 0 else one for number, one in enumerate(entries)],
    }


def _deploy(file: PrefectFile, entries: Sequence[dict[str, Any]]) -> None:
    """Raises: ConfigError with what Prefect says."""
    written = _written(file, entries)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as effective:
        yaml.safe_dump(written, effective)
        effective.flush()
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", effective.name],
            cwd=ROOT,
            env=os.environ | get_current_settings().to_environment_variables(exclude_unset=True),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise ConfigError(f"Cannot deploy: prefect deploy ended with {done.returncode}:\n{done.stdout}{done.stderr}")
