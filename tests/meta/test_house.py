"""The house itself: which room may use which, and whether every deployment loads."""

import ast
import subprocess
from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

ROOT = Path(__file__).parents[2]
MAY_USE = {
    "command_line": {"command_line", "flows", "pipelines", "reports", "tasks", "blocks", "sql", "model"},
    "flows": {"flows", "pipelines", "reports", "tasks", "blocks", "model"},
    "reports": {"reports", "pipelines", "tasks", "model"},
    "pipelines": {"pipelines", "tasks", "blocks", "sql", "model"},
    "tasks": {"tasks", "extract", "blocks", "sql", "model"},
    "extract": {"extract", "model"},
    "blocks": {"blocks", "model"},
    "sql": {"sql", "model"},
    "model": {"model"},
    "deployments": {"deployments", "blocks", "model"},
    "sandbox": {"sandbox"},
}
ROOMS = [*MAY_USE, "benchmarks", "demo", "tests"]
PURE = {"model": {"prefect", "boto3", "sqlalchemy"}, "sql": {"prefect", "boto3"}, "extract": {"prefect"}}


def imported(file: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("room", MAY_USE)
def test_imports_only_go_down(room):
    files = list((ROOT / room).rglob("*.py"))
    assert files
    for file in files:
        if file == ROOT / "flows" / "__main__.py":
            continue  # the door to command_line
        used = imported(file)
        assert used & set(ROOMS) <= MAY_USE[room], file
        assert not used & PURE.get(room, set()), file


def test_artifacts_are_made_where_secrets_are_masked():
    rooms = [name for name in MAY_USE if name != "sandbox"]
    users = [file for room in rooms for file in (ROOT / room).rglob("*.py") if "prefect.artifacts" in file.read_text()]
    assert users == [ROOT / "tasks" / "artifacts.py"]


def deployments():
    return yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


# Prefect ignores a key that it does not know.
KEYS = {
    *("name", "version", "description", "entrypoint", "tags", "parameters", "concurrency_limit"),
    *("schedules", "work_pool", "enforce_parameter_schema", "pull"),
}


@pytest.mark.parametrize("entry", deployments(), ids=lambda entry: entry["name"])
def test_deployment_loads_and_takes_its_parameters(entry, monkeypatch):
    monkeypatch.chdir(ROOT)
    flow = load_flow_from_entrypoint(entry["entrypoint"], use_placeholder_flow=False)
    # What a deployment without a schedule leaves open is asked of whoever starts a run.
    asked = {} if entry["schedules"] else dict.fromkeys(flow.parameters.required, "2025-01-01")
    flow.validate_parameters(asked | entry.get("parameters", {}))
    assert set(entry) <= KEYS
    assert entry["description"] and entry["tags"]
    assert entry["concurrency_limit"]["limit"] == 1


def test_deployments_have_slugs_of_their_own():
    slugs = [schedule["slug"] for entry in deployments() for schedule in entry["schedules"]]
    assert len(set(slugs)) == len(slugs)


def test_lock_names_no_registry():
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_no_file_is_left_out_of_version_control_by_its_folder():
    ignored = subprocess.run(
        ["git", "check-ignore", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    assert ignored == ""
