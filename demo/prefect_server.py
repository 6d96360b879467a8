"""A Prefect server for as long as the demo takes, on PostgreSQL, so that its runs can be looked at later."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START_SECONDS = 180
_PORT = 4200


class PrefectServer:
    """A server process; `api_url` is in the environment of every command started after it."""

    def __init__(self, state: Path, port: int) -> None:
        self.api_url = f"http://127.0.0.1:{port}/api"
        self._log = state / "prefect-server.log"
        _set_environment(state, self.api_url)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Returns when the server answers."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"Cannot start the Prefect server: see {self._log}.")
            time.sleep(0.2)

    def serve(self) -> None:
        """Returns when the server has ended."""
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.api_url}/health", timeout=2) as answer:  # noqa: S310
                return answer.status == 200
        except OSError:
            return False


@contextmanager
def prefect_server(state: Path) -> Iterator[PrefectServer]:
    """The server ends with the block, also when this process is asked to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    server = PrefectServer(state, _free_port())
    try:
        yield server
    finally:
        server.stop()


def _set_environment(state: Path, api_url: str) -> None:
    source = {part: os.environ[f"POSTGRES_{part}"] for part in ("USER", "PASSWORD", "HOST", "PORT")}
    os.environ |= {
        "PREFECT_HOME": str(state / "prefect"),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://{USER}:{PASSWORD}@{HOST}:{PORT}/prefect".format(
            **source
        ),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def _free_port() -> int:
    """The usual port of Prefect where it is free, else any."""
    for port in (_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 is always free")
