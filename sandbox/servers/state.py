"""The state folder of one sandbox.

secrets.json       passwords, random, made once for this folder
environment.json   what a command needs to connect; there only while the sandbox runs
processes.json     pid and start time of every process; outlives a SIGKILL
control.json       status of the cluster, written by the AWS endpoint, read by the Redshift endpoint
lock               held by the supervisor
engine/ source/ mysql/   data folders, each with its `.log` beside it
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import string
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from sandbox.servers.process import ServerError

DEFAULT_STATE = Path(".sandbox")


class State:
    """Files of a state folder; the folder is made when it is missing, readable by its owner only.

    Raises: ServerError when it cannot be one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ServerError(
                f"Cannot use '{folder}' as state folder: {error.strerror} (expected a folder, or nothing there). "
                "Give another --state."
            ) from error

    def path(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> dict[str, Any]:
        """The content of a JSON file; empty when there is none."""
        try:
            content: dict[str, Any] = json.loads(self.path(name).read_text())
        except FileNotFoundError:
            return {}
        return content

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace a JSON file at once: a reader sees the old or the new one."""
        draft = self.path(f".{name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=2))
        draft.replace(self.path(name))

    def secrets(self) -> dict[str, str]:
        """The passwords and keys of this folder."""
        known = self.read("secrets.json")
        if not known:
            known = {name: password() for name in ("redshift", "mysql", "postgres", "aws_secret_access_key")}
            known["aws_access_key_id"] = "AKIA" + random_text(16, string.ascii_uppercase + string.digits)
            self.write("secrets.json", known)
        return known

    def lock(self, patience_seconds: float = 1) -> TextIO:
        """Hold the folder as long as the returned file is open. Raises: ServerError when another one does."""
        handle = self.path("lock").open("a+")
        deadline = time.monotonic() + patience_seconds
        while not try_lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                handle.close()
                raise ServerError(
                    f"Cannot start the sandbox in '{self.folder}': one runs there (expected none). "
                    f"Use it, run python -m sandbox down --state {self.folder}, or give another --state."
                )
            time.sleep(0.02)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        return handle

    def holder(self) -> int | None:
        """The pid of the supervisor that holds the folder; None when nobody does."""
        with self.path("lock").open("a+") as handle:
            if try_lock(handle, fcntl.LOCK_SH):
                return None
            handle.seek(0)
            return int(handle.read() or 0) or None

    def record(self, pids: dict[str, int], socket_dir: Path) -> None:
        """Remember the running processes, for the next start or `status`."""
        processes = {name: {"pid": pid, "started": start_ticks(pid)} for name, pid in pids.items()}
        self.write("processes.json", {"socket_dir": str(socket_dir), "processes": processes})

    def running(self) -> dict[str, int]:
        """Name and pid of the recorded processes that still are the ones that were recorded."""
        recorded = self.read("processes.json").get("processes", {})
        return {
            name: process["pid"]
            for name, process in recorded.items()
            if process["started"] and start_ticks(process["pid"]) == process["started"]
        }

    def ended(self) -> set[str]:
        """Names of the recorded processes that run no more."""
        return self.read("processes.json").get("processes", {}).keys() - self.running().keys()

    def stop_orphans(self) -> None:
        """End what a killed supervisor left behind, and remove its socket folder. Call it with the lock held."""
        orphans = self.running()
        end_all(orphans.values())
        socket_dir = self.read("processes.json").get("socket_dir")
        if socket_dir:
            shutil.rmtree(socket_dir, ignore_errors=True)
        self.path("processes.json").unlink(missing_ok=True)
        self.path("environment.json").unlink(missing_ok=True)


def try_lock(handle: TextIO, kind: int) -> bool:
    """Take a lock if it is free."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def end_all(pids: Iterable[int], timeout_seconds: float = 4) -> None:
    """SIGTERM, then SIGKILL, processes that need not be our children."""
    ends = {pid: start_ticks(pid) for pid in pids}
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        for pid, started in ends.items():
            if started and start_ticks(pid) == started:
                os.kill(pid, signal_number)
        deadline = time.monotonic() + timeout_seconds
        while any(started and start_ticks(pid) == started for pid, started in ends.items()):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when there is none, or it has ended.

    With the pid it names a process beyond doubt. Source: proc_pid_stat(5), fields 3 and 22.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def make_socket_dir() -> Path:
    """A private folder with a short path: a socket's path has at most 107 bytes."""
    return Path(tempfile.mkdtemp(prefix="sandbox-", dir="/tmp"))


def password() -> str:
    """A password that Redshift accepts: upper and lower case and a digit. Source: r_CREATE_USER."""
    return random_text(24, string.ascii_letters + string.digits) + "aA1"


def random_text(length: int, alphabet: str) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
