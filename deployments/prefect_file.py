"""prefect.yaml as it is written, refused where Prefect would let a mistake pass.

Prefect ignores a key of a deployment that it does not know, stores `{{ $NAME }}` as it stands where NAME is not set,
and takes parameters that the flow does not have: all three fail at night.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import load_flow_from_entrypoint
from prefect.workers.base import BaseWorker
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.errors import ConfigError
from model.read_yaml import validated

ROOT = Path(__file__).parents[1]
PREFECT_FILE = ROOT / "prefect.yaml"

_PLACEHOLDER = re.compile(r"\{\{\s*\$(\w+)\s*\}\}")
# Of parameters that a deployment leaves open, because whoever starts a run gives them.
_ANY_VALUE = "2025-01-01"

Steps = list[dict[str, dict[str, Any]]]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConcurrencyLimit(_Strict):
    limit: Literal[1] = Field(description="One writer a table.")
    collision_strategy: Literal["ENQUEUE", "CANCEL_NEW"]
    grace_period_seconds: int | None = Field(default=None, ge=60)


class Schedule(_Strict):
    """`active` is how a new schedule begins; afterwards the operator decides."""

    cron: str
    timezone: str
    slug: str
    active: bool = True

    @model_validator(mode="after")
    def _is_one_that_prefect_takes(self) -> Schedule:
        try:
            self.as_prefect()
        except ValidationError as error:
            found = error.errors()[0]
            raise ValueError(
                f"{found['loc'][0]} is '{found['input']}' (expected, for example, cron '0 3 * * *', timezone UTC)"
            ) from error
        return self

    def as_prefect(self) -> CronSchedule:
        return CronSchedule(cron=self.cron, timezone=self.timezone)


class DeploymentPool(_Strict):
    name: str
    work_queue_name: str | None = None
    job_variables: dict[str, Any] = {}


class Deployment(_Strict):
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    description: str = Field(min_length=1)
    entrypoint: str
    tags: list[str]
    parameters: dict[str, Any] = {}
    concurrency_limit: ConcurrencyLimit
    schedules: list[Schedule]
    work_pool: DeploymentPool

    def flow(self) -> Flow[..., Any]:
        """The flow, really imported. Raises: whatever the import raises."""
        return _load_flow(self.entrypoint)


@functools.cache
def _load_flow(entrypoint: str) -> Flow[..., Any]:
    return load_flow_from_entrypoint(str(ROOT / entrypoint), use_placeholder_flow=False)


class WorkPool(_Strict):
    type: str
    description: str | None = None
    concurrency_limit: int | None = Field(default=None, ge=1, description="Most runs at a time, of all deployments.")

    def job_template(self) -> dict[str, Any]:
        """The template of the pool's type, of which job variables fill the places.

        Raises: ConfigError for a type that no installed package knows.
        """
        worker = BaseWorker.get_worker_class_from_type(self.type)
        if worker is None:
            known = ", ".join(sorted(BaseWorker.get_all_available_worker_types()))
            raise ConfigError(f"Cannot use work pools of type '{self.type}': not known here (expected {known}).")
        return worker.get_default_base_job_template()


class Definitions(BaseModel):
    """What `up` makes around the deployments; all other keys hold anchors."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    work_pools: dict[str, WorkPool]
    global_limits: dict[str, int] = Field(default={}, description="Most tasks at a time that take the limit's name.")


class PrefectFile(_Strict):
    name: str
    prefect_version: str = Field(alias="prefect-version")
    definitions: Definitions
    build: Steps = []
    push: Steps = []
    pull: Steps
    deployments: list[Deployment]

    @model_validator(mode="after")
    def _is_consistent(self) -> PrefectFile:
        if wrong := [*self._inconsistencies()]:
            raise ValueError("\n  ".join(wrong))
        return self

    def _inconsistencies(self) -> Iterator[str]:
        slugs = Counter(schedule.slug for one in self.deployments for schedule in one.schedules)
        yield from (f"schedules: the slug '{slug}' stands twice" for slug, count in slugs.items() if count > 1)
        names = Counter((one.entrypoint, one.name) for one in self.deployments)
        yield from (
            f"deployments: '{name}' of {flow} stands twice" for (flow, name), count in names.items() if count > 1
        )
        for one in self.deployments:
            if self.name not in one.tags:
                yield f"deployments.{one.name}.tags: found {one.tags} (expected '{self.name}' among them)"
            if one.work_pool.name not in self.definitions.work_pools:
                known = ", ".join(self.definitions.work_pools)
                yield f"deployments.{one.name}.work_pool: found '{one.work_pool.name}' (expected one of {known})"

    @property
    def used_pools(self) -> dict[str, WorkPool]:
        used = {one.work_pool.name for one in self.deployments}
        return {name: pool for name, pool in self.definitions.work_pools.items() if name in used}


def read_prefect_file(path: Path, environment: Mapping[str, str]) -> PrefectFile:
    """What the file declares, each `{{ $NAME }}` replaced out of `environment`.

    Raises: ConfigError with every finding: unknown keys, placeholders that are not set, flows that do not load,
    parameters that a flow does not have or refuses, bad cron.
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"Cannot read '{path.name}': {error}. Correct the YAML there.") from error
    unset: set[str] = set()
    used = {
        key: value if key == "definitions" else _filled(value, environment, unset) for key, value in written.items()
    }
    if unset:
        raise ConfigError(
            f"Cannot read '{path.name}': it names {', '.join(sorted(unset))}, not set in the environment. Set them."
        )
    try:
        file = validated(PrefectFile, used, Path(path.name))
    except ConfigError as error:
        raise ConfigError(_named(str(error), used)) from error
    if wrong := [finding for one in file.deployments for finding in _of_flow(one)]:
        raise ConfigError(f"Cannot read '{path.name}':\n  " + "\n  ".join(wrong) + "\nCorrect the file.")
    return file


def _filled(value: Any, environment: Mapping[str, str], unset: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, environment, unset) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, environment, unset) for inner in value]
    if not isinstance(value, str):
        return value
    unset |= {name for name in _PLACEHOLDER.findall(value) if not environment.get(name)}
    return _PLACEHOLDER.sub(lambda found: environment.get(found[1], ""), value)


def _named(lines: str, written: Mapping[str, Any]) -> str:
    """Deployments by their names instead of their numbers."""
    names = [str(one.get("name")) for one in written.get("deployments") or ()]
    return re.sub(r"\bdeployments\.(\d+)\b", lambda found: f"deployments.{names[int(found[1])]}", lines)


def _of_flow(deployment: Deployment) -> Iterator[str]:
    """What is wrong between the deployment and its flow."""
    where = f"deployments.{deployment.name}"
    try:
        flow = deployment.flow()
    except Exception as error:
        yield f"{where}.entrypoint: found '{deployment.entrypoint}', which does not load: {error!r}"
        return
    for unknown in deployment.parameters.keys() - flow.parameters.properties.keys():
        known = ", ".join(flow.parameters.properties)
        yield f"{where}.parameters: found '{unknown}' (expected one of {known})"
        return
    asked = {} if deployment.schedules else dict.fromkeys(flow.parameters.required, _ANY_VALUE)
    try:
        flow.validate_parameters(asked | deployment.parameters)
    except Exception as error:
        yield f"{where}.parameters: {' '.join(str(error).split())}"
