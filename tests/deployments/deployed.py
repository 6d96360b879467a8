"""A Prefect server on PostgreSQL and a worker, both real, and what a test asks of them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import psycopg2
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import ArtifactSort
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, PREFECT_HOME, temporary_settings

from demo.prefect_server import PrefectServer, database_url, free_port, server_settings, start_worker
from demo.processes import kill_all

ROOT = Path(__file__).parents[2]
# A busy machine starts a run's process slowly; what waits here polls, and ends as soon as it can.
PATIENCE_SECONDS = 300
LOGIN = "team:p4ss-of-the-server"
TOKEN = "t0ken-of-the-messages"
DATABASE = "prefect_deployed"
POOL = "redshift-flows"
# Nothing but quicker looks: the defaults are for servers that many use.
QUICK = {
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "2",
}

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], what: str) -> Found:
    """What `look` returns as soon as that is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"not seen in {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.3)
    return found


class Receiver:
    """Takes the messages that an Apprise address of this machine sends."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        received = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.append((content["title"], content["message"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        address = f"json://team:{TOKEN}@127.0.0.1:{self._server.server_port}/"
        self.environment = {"NOTIFICATION_URL": address, "LATE_AFTER_SECONDS": "10"}

    def message(self, *words: str) -> str:
        """The first message that holds all `words`, once it has come."""
        return until(
            lambda: next((text for text in self._texts() if all(word in text for word in words)), None), f"{words}"
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _texts(self) -> list[str]:
        return [f"{title}\n{message}" for title, message in self.messages]


class Deployed:
    """The account of one test module. Programs of it are started with `environment`."""

    def __init__(self, folder: Path, sandbox: dict[str, str]) -> None:
        port = free_port()
        self.folder = folder
        settings = server_settings(
            folder / "home", f"http://127.0.0.1:{port}/api", database_url(sandbox, DATABASE), LOGIN
        )
        foreign = ("PREFECT_", "AWS_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.receiver = Receiver()
        self.environment = own | sandbox | settings | QUICK | self.receiver.environment
        _create_database(sandbox)
        self.server = PrefectServer(folder, port, self.environment)
        self.worker: subprocess.Popen[bytes] | None = None
        self.settings = temporary_settings(
            {
                PREFECT_API_URL: settings["PREFECT_API_URL"],
                PREFECT_API_AUTH_STRING: LOGIN,
                PREFECT_HOME: folder / "home",
            }
        )

    def command(self, *arguments: str, **environment: str) -> str:
        """Output of python -m …, which must end well."""
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_worker(self) -> None:
        self.worker = start_worker(self.folder, POOL, self.environment)

    def kill_worker(self) -> None:
        """The worker alone: its runs live on."""
        assert self.worker
        self.worker.kill()
        self.worker.wait()

    def processes(self) -> list[int]:
        """All that was started for this account, except the server: by the folder in their environments."""
        mark = f"PREFECT_HOME={self.folder / 'home'}".encode()
        server = self.server.process.pid
        return [pid for pid in _pids() if pid not in (server, os.getpid()) and mark in _environment_of(pid)]

    def secrets(self) -> list[str]:
        """What nobody may read anywhere."""
        names = ("REDSHIFT_PASSWORD", "MYSQL_PASSWORD", "POSTGRES_PASSWORD", "AWS_SECRET_ACCESS_KEY")
        return [*(self.environment[name] for name in names), LOGIN.partition(":")[2], TOKEN]

    def command_lines(self) -> list[str]:
        """Of all that works for this account, the server too."""
        pids = [*self.processes(), self.server.process.pid]
        return [text for text in map(_command_line_of, pids) if text]

    def told(self) -> Iterator[tuple[str, str]]:
        """All that the server keeps, each row of its database as text, and the logs of server and worker."""
        with closing(_connect(self.environment, DATABASE)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT one::text FROM public."{table}" AS one')
                yield from ((table, text) for (text,) in cursor.fetchall())
        yield from ((log.name, log.read_text()) for log in self.folder.glob("*.log"))

    def process_of(self, run_id: UUID) -> int:
        """The process of a flow run, as soon as there is one."""
        return until(lambda: _first(_of_run(run_id)), f"process of {run_id}")

    def has_process(self, run_id: UUID) -> bool:
        return bool(_of_run(run_id))

    def lose_machine(self) -> None:
        """The worker and its runs, all at once, without a word."""
        for pid in self.processes():
            _kill(pid)
        if self.worker:
            self.worker.wait()

    def close(self) -> None:
        self.lose_machine()
        kill_all(self.server.process)
        self.receiver.close()

    def run(self, deployment: str, scheduled: Any = None, **parameters: Any) -> UUID:
        """A run of a deployment; `scheduled` is a state with the time for which the schedule meant it."""
        with self.client() as client:
            found = client.read_deployment_by_name(deployment)
            return client.create_flow_run_from_deployment(found.id, parameters=parameters, state=scheduled).id

    def client(self) -> SyncPrefectClient:
        return get_client(sync_client=True)

    def read(self, run_id: UUID) -> FlowRun:
        with self.client() as client:
            return client.read_flow_run(run_id)

    def is_free(self, run_id: UUID, deployment: str) -> bool:
        """Whether a run that goes on later has neither process nor slot now."""
        with self.client() as client:
            limit = client.read_deployment_by_name(deployment).global_concurrency_limit
        return limit.active_slots == 0 and not self.has_process(run_id)

    def waited(self, run_id: UUID, what: str) -> bool:
        """Whether the run gave its process back, to wait for `what`."""
        with self.client() as client:
            states = client.read_flow_run_states(run_id)
        return any(one.name == "AwaitingRetry" and str(one.message).startswith(what) for one in states)

    def artifact(self, key: str, run_id: UUID) -> str:
        """What the run has left under that key, the newest of several."""
        of_run = ArtifactFilter(key=ArtifactFilterKey(any_=[key]), flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
        with self.client() as client:
            found = client.read_artifacts(artifact_filter=of_run, sort=ArtifactSort.CREATED_DESC)
        assert found, f"no artifact {key} of {run_id}"
        return str(found[0].data)

    def cancel(self, run_id: UUID) -> None:
        self.command("prefect", "flow-run", "cancel", str(run_id))

    def ended(self, run_id: UUID) -> str:
        """The name of the state in which the run has ended, once it has."""
        run = until(lambda: _if(self.read(run_id), lambda one: one.state.is_final()), f"end of {run_id}")
        return run.state.name

    def in_state(self, run_id: UUID, *names: str) -> FlowRun:
        return until(lambda: _if(self.read(run_id), lambda one: one.state.name in names), f"{run_id} in {names}")


def _if(found: Found, condition: Callable[[Found], bool]) -> Found | None:
    return found if condition(found) else None


def _of_run(run_id: UUID) -> list[int]:
    mark = f"PREFECT__FLOW_RUN_ID={run_id}".encode()
    return [pid for pid in _pids() if mark in _environment_of(pid)]


def _first(found: list[int]) -> int | None:
    return found[0] if found else None


def _create_database(facts: dict[str, str]) -> None:
    with closing(_connect(facts, facts["POSTGRES_DATABASE"])) as connection:
        connection.cursor().execute(f"CREATE DATABASE {DATABASE}")


def _connect(facts: dict[str, str], database: str) -> Any:
    host, port, user, password = (facts[f"POSTGRES_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD"))
    connection = psycopg2.connect(host=host, port=port, dbname=database, user=user, password=password)
    connection.autocommit = True
    return connection


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _command_line_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
