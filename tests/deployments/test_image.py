"""What cannot be run here, as far as it can be checked: the image, and the task of Amazon ECS that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.deployments.steps.utility import run_shell_script
from prefect_aws.workers.ecs_worker import ECSJobConfiguration, ECSWorker

from deployments.deploy import _entry, _written
from deployments.prefect_file import PREFECT_FILE, ROOT, PrefectFile, read_prefect_file
from tests.deployments.test_prefect_file import GIVEN

REGION = GIVEN["AWS_DEFAULT_REGION"]
LOGIN = "team:p4ss"
# The words that docs/production.md tells to change.
ON_ECS = {
    "work_pool: *process": "work_pool: *ecs",
    "pull: *checkout": "pull: *image",
    "build: []": "build: *docker",
}


@pytest.fixture
def file(tmp_path) -> PrefectFile:
    text = PREFECT_FILE.read_text()
    for old, new in ON_ECS.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (tmp_path / "prefect.yaml").write_text(text)
    return read_prefect_file(tmp_path / "prefect.yaml", GIVEN)


@pytest.fixture
def aws(monkeypatch) -> Iterator[dict[str, str]]:
    """An AWS account with a network; gives what prefect.yaml asks of the environment."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield GIVEN | {"ECS_VPC_ID": boto3.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]}


def job(file: PrefectFile, variables: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Task definition and request to run it, as the worker of the pool makes them of a deployment's job variables."""
    [pool] = file.used_pools.values()
    values = variables | {"command": "prefect flow-run execute"}
    nobody = PrefectClient("http://127.0.0.1:9/api")  # no block is named, so none is asked for
    filled = ECSJobConfiguration.from_template_and_values(pool.job_template(), values, client=nobody)
    configuration = asyncio.run(filled)
    run = FlowRun(id=uuid4(), name="orders 2025-01-01", flow_id=uuid4(), deployment_id=uuid4())
    configuration.env["PREFECT_API_AUTH_STRING"] = LOGIN  # as that of the worker comes in
    configuration.prepare_for_flow_run(run)
    worker = ECSWorker(work_pool_name="redshift-flows-ecs")
    definition = worker._prepare_task_definition(configuration, REGION, run)
    return definition, worker._prepare_task_run_request(configuration, definition, "arn:task", True)


def test_ecs_task_has_image_roles_logs_and_environment_and_aws_takes_it(file, aws):
    for one in file.deployments:
        definition, request = job(file, one.work_pool.job_variables | {"vpc_id": aws["ECS_VPC_ID"]})
        [container] = definition["containerDefinitions"]
        [override] = request["overrides"]["containerOverrides"]

        assert container["image"] == GIVEN["PREFECT_FLOWS_IMAGE"]
        assert (definition["cpu"], definition["memory"]) == ("1024", "4096")
        assert definition["requiresCompatibilities"] == ["FARGATE"]
        assert definition["executionRoleArn"] == GIVEN["ECS_EXECUTION_ROLE_ARN"]
        assert request["overrides"]["taskRoleArn"] == GIVEN["ECS_TASK_ROLE_ARN"]
        logs = container["logConfiguration"]
        assert (logs["logDriver"], logs["options"]["awslogs-group"]) == ("awslogs", "redshift-flows")
        assert logs["options"]["awslogs-region"] == REGION
        assert container["secrets"] == [
            {"name": "PREFECT_API_AUTH_STRING", "valueFrom": GIVEN["ECS_PREFECT_LOGIN_SECRET_ARN"]}
        ]
        environment = {item["name"]: item["value"] for item in override["environment"]}
        assert environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
        assert override["command"] == ["prefect", "flow-run", "execute"]
        assert (request["cluster"], request["launchType"]) == (GIVEN["ECS_CLUSTER"], "FARGATE")
        assert request["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
        assert LOGIN not in f"{definition}{request}"

    # The client refuses what AWS does not know, or what has another shape.
    ecs = boto3.client("ecs")
    assert ecs.register_task_definition(**definition)["taskDefinition"]["family"] == "redshift-flows"
    run_task = ecs.meta.service_model.operation_model("RunTask").input_shape
    assert ParamValidator().validate(request, run_task).generate_report() == ""


def test_up_builds_and_pushes_the_image_once_for_all_deployments(file, tmp_path, monkeypatch):
    """By a docker that only tells how it was called."""
    written = _written(file, [_entry(one, None) for one in file.deployments])
    assert [sorted({"build", "push"} & one.keys()) for one in written["deployments"]] == [["build"]] + [[]] * 7
    assert "build" not in written
    called = tmp_path / "called"
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$PWD: $*" >> {called}\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.chdir(ROOT)

    for step in written["deployments"][0]["build"]:
        [(name, inputs)] = step.items()
        assert name == "prefect.deployments.steps.run_shell_script"
        asyncio.run(run_shell_script(**inputs))

    image = GIVEN["PREFECT_FLOWS_IMAGE"]
    assert called.read_text().splitlines() == [f"{ROOT}: build --tag {image} .", f"{ROOT}: push {image}"]


def test_dockerfile_copies_what_is_there_to_where_the_deployments_look(file):
    lines = [line.split(maxsplit=1) for line in (ROOT / "Dockerfile").read_text().splitlines() if line[:1].isupper()]
    [folder] = [rest for word, rest in lines if word == "WORKDIR"]
    assert file.pull == [{"prefect.deployments.steps.set_working_directory": {"directory": folder}}]
    ignored = (ROOT / ".dockerignore").read_text().split()
    needed = {one.entrypoint.partition("/")[0] for one in file.deployments} | {"tasks", "warehouse", "prefect.yaml"}
    for source in [rest.split()[0] for word, rest in lines if word == "COPY"]:
        assert (ROOT / source).exists()
        needed.add(source)
    assert not [name for name in needed for pattern in ignored if fnmatch(name, pattern)]
    assert {".git", ".venv", ".sandbox"} <= set(ignored)

    # The same install as ./run makes; nobody is root at work.
    [install] = [rest for word, rest in lines if word == "RUN" and "pip install" in rest]
    assert "--no-deps --require-hashes -r requirements.lock" in install
    assert "--no-deps --require-hashes -r requirements.lock" in (ROOT / "run").read_text()
    [base] = [rest for word, rest in lines if word == "FROM"]
    assert base.startswith("python:3.11")
    assert [word for word, _ in lines].index("USER") > [word for word, _ in lines].index("COPY")
