"""`./run server`, as a person runs it: up, a run by hand, Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def marked(state: Path) -> list[int]:
    """The processes that were started for the folder."""
    mark = f"DEMO_STATE={state}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def test_server_has_all_deployments_runs_one_and_ends_clean(tmp_path):
    state = tmp_path / "server"
    sandbox = [sys.executable, "-m", "sandbox", "run", "--state", str(state), "--prefect", "--"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "AWS_"))}
    environment = own | {"DEMO_STATE": str(state), "PREFECT_WORKER_QUERY_SECONDS": "2"}
    server = subprocess.Popen(
        [*sandbox, sys.executable, "-m", "demo.server"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        shown = ""
        while "Ctrl-C ends both" not in shown:
            line = server.stdout.readline()
            assert line, shown
            shown += line
        [(url, login)] = re.findall(r"PREFECT_API_URL=(\S+) PREFECT_API_AUTH_STRING=(\S+)", shown)

        def prefect(*arguments: str, login: str = login) -> subprocess.CompletedProcess[str]:
            asked = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": login, "PREFECT_HOME": str(tmp_path / "home")}
            command = [sys.executable, "-m", "prefect", *arguments]
            return subprocess.run(command, env=own | asked, capture_output=True, text=True, check=False)

        listed = prefect("deployment", "ls", "--output", "json").stdout
        assert all(f'"{name}"' in listed for name in ("daily", "nps-incremental", "hourly", "whole", "backfill"))
        assert "401" in prefect("deployment", "ls", login="prefect:guessed").stderr
        run = prefect("deployment", "run", "orders/daily", "--watch")
        assert run.returncode == 0, run.stdout + run.stderr
        assert (state / "login").stat().st_mode & 0o077 == 0
    finally:
        os.killpg(server.pid, signal.SIGINT)  # as the terminal does
        rest, _ = server.communicate(timeout=120)
    assert server.returncode in (0, 130), rest
    assert marked(state) == []
