"""A Prefect server on PostgreSQL and a worker, with the settings that matter already made."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from demo.processes import kill_all, start, stop

_START_SECONDS = 180
_PORT = 4200
# A run that has a limit holds its slot by a lease. Kept in memory, a restart of the server would end such runs.
_SETTINGS = {
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


def server_settings(home: Path, api_url: str, database_url: str, login: str | None = None) -> dict[str, str]:
    """The environment of the server and of all that talk to it.

    `login` is user:password, asked of everybody; None: asked of nobody, for a server that only this machine reaches.
    """
    asked = {"PREFECT_SERVER_API_AUTH_STRING": login, "PREFECT_API_AUTH_STRING": login} if login else {}
    return {
        **_SETTINGS,
        **asked,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
    }


def database_url(facts: Mapping[str, str], database: str) -> str:
    """The address of a database of the sandbox's PostgreSQL. SQLite would stall: it locks as a whole."""
    source = {part: facts[f"POSTGRES_{part}"] for part in ("USER", "PASSWORD", "HOST", "PORT")}
    return "postgresql+asyncpg://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**source) + database


class PrefectServer:
    """A server process, with its log in `folder`."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.api_url = environment["PREFECT_API_URL"]
        self._folder = folder
        self._environment = environment
        self._command = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
        self.process = self._start()

    def wait(self) -> None:
        """Returns when the server answers."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            ended = self.process.poll() is not None
            # The answer of a server that has ended is that of another one.
            if not ended and self._answers():
                return
            if ended or time.monotonic() > deadline:
                sys.exit(f"Cannot start the Prefect server: see {self._folder / 'prefect-server.log'}.")
            time.sleep(0.2)

    def restart(self) -> None:
        """Ends the server without asking, and starts it again."""
        kill_all(self.process)
        self.process = self._start()
        self.wait()

    def serve(self) -> None:
        """Returns when the server has ended."""
        self.process.wait()

    def stop(self) -> None:
        stop(self.process)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "prefect", *self._command]
        return start(command, self._folder / "prefect-server.log", self._environment)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.api_url}/health", timeout=2) as answer:  # noqa: S310
                return answer.status == 200
        except OSError:
            return False


def start_worker(folder: Path, pool: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A worker of a process pool; runs are processes beside it."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process"]
    return start(command, folder / "prefect-worker.log", environment)


@contextmanager
def prefect_server(state: Path, login: str | None = None) -> Iterator[PrefectServer]:
    """A server whose address is in the environment of every command started after it.

    It ends with the block, also when this process is asked to end.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with claimed_port() as port:
        os.environ |= server_settings(
            state / "prefect", f"http://127.0.0.1:{port}/api", database_url(os.environ, "prefect"), login
        )
        server = PrefectServer(state, port, os.environ)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def claimed_port() -> Iterator[int]:
    """Prefect's usual port where it is free, and no other demo is about to take it; else any."""
    lock = Path(tempfile.gettempdir()) / f"prefect-port-{_PORT}-{os.getuid()}.lock"
    with lock.open("w") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield free_port()
        else:
            yield free_port(_PORT)


def free_port(wished: int = 0) -> int:
    """The port that is wished where it is free, else any."""
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 is always free")
