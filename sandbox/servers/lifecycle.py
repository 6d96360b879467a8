"""Starting and stopping a sandbox: for a block of Python, or for longer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox.servers.process import ServerError, last_lines
from sandbox.servers.state import State
from sandbox.servers.supervisor import REPOSITORY


class Sandbox:
    """A sandbox that lives as long as a `with` block, or as this process, whichever ends first.

    `state` None means a private folder that is removed in the end. `environment` holds what a command needs.
    Raises: ServerError when a server does not start.
    """

    def __init__(self, state: Path | None = None, with_prefect: bool = False) -> None:
        self.is_temporary = state is None
        self.state_folder = state or Path(tempfile.mkdtemp(prefix="sandbox-state-"))
        self.with_prefect = with_prefect
        self.environment: dict[str, str] = {}
        self.supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> Sandbox:
        options = ["--until-stdin-closes", *(["--temporary"] if self.is_temporary else [])]
        self.supervisor = start_supervisor(self.state_folder, options, self.with_prefect, subprocess.PIPE)
        self.environment = State(self.state_folder).read("environment.json")
        return self

    def stop(self) -> None:
        """Stop all servers and wait for their end; once is enough."""
        if self.supervisor:
            stdin = self.supervisor.stdin
            if stdin:
                stdin.close()
            self.supervisor.wait()
            self.supervisor = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_supervisor(state_folder: Path, options: list[str], with_prefect: bool, stdin: int) -> subprocess.Popen[bytes]:
    """Start the supervisor in the background and wait until it is ready. Raises: ServerError with its words."""
    state = State(state_folder)
    command = [sys.executable, "-m", "sandbox.servers", str(state.folder), *options]
    command += ["--prefect"] if with_prefect else []
    log = state.path("supervisor.log")
    with log.open("ab") as errors:
        supervisor = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            cwd="/",
            start_new_session=True,
        )
    assert supervisor.stdout
    try:
        answer = supervisor.stdout.read().decode()
    except BaseException:
        supervisor.terminate()
        supervisor.wait()
        raise
    if answer != "ready":
        supervisor.wait()
        text = answer or f"Cannot start the sandbox in '{state.folder}'. {last_lines(log)}"
        if "--temporary" in options:
            shutil.rmtree(state.folder, ignore_errors=True)
        raise ServerError(text)
    return supervisor


def bring_up(state_folder: Path, with_prefect: bool) -> dict[str, str]:
    """Start a sandbox that stays; return the environment.

    One that runs already is left as it is, unless a server of it has ended: then all are stopped and started anew.
    """
    state = State(state_folder)
    is_up = bool(state.holder() and state.read("environment.json"))
    if is_up and state.ended():
        is_up = not take_down(state_folder)
    if not is_up:
        start_supervisor(state_folder, [], with_prefect, subprocess.DEVNULL)
    return state.read("environment.json")


def take_down(state_folder: Path, timeout_seconds: float = 30) -> bool:
    """Stop the sandbox of a folder and what a killed one left there; False when there was nothing to stop."""
    state = State(state_folder)
    holder = state.holder()
    if holder is None:
        was_left = bool(state.running())
        state.stop_orphans()
        return was_left
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + timeout_seconds
    while state.holder() == holder:
        if time.monotonic() > deadline:
            raise ServerError(
                f"Cannot stop the sandbox in '{state.folder}': process {holder} did not end in "
                f"{timeout_seconds:.0f} s. Read '{state.path('supervisor.log')}'."
            )
        time.sleep(0.05)
    return True
