"""Starts the servers of one sandbox and stops them.

All servers are started by one thread, which stays: they end when the thread that started them ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandbox.servers import mariadb, postgres
from sandbox.servers.certificate import write_certificate
from sandbox.servers.environment import (
    HOST,
    SHOP,
    aws_command,
    aws_environment,
    command_environment,
    free_ports,
    redshift_command,
)
from sandbox.servers.process import guarded, spawn, stop, wait_until
from sandbox.servers.state import State, make_socket_dir

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A started process, how it is asked to end, and how it shows that it serves."""

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path
    is_ready: Callable[[], bool]


class Supervisor:
    """Starts and stops the servers of one state folder, whose lock the caller holds."""

    def __init__(self, state: State, with_prefect: bool) -> None:
        self.state = state
        self.with_prefect = with_prefect
        self.secrets = state.secrets()
        self.ports = free_ports()
        self.socket_dir = make_socket_dir()
        self.servers: list[Server] = []

    def start(self) -> None:
        """Start everything; return when every server answers. Raises: ServerError."""
        mysql_program = mariadb.find_program()
        self.state.write("control.json", {"cluster_status": "available"})
        self.start_python("aws", "sandbox.aws", aws_command(self.ports, self.state.path("control.json")))
        self.create_postgres_folders(self.state.path("engine"), self.state.path("source"))
        engine = self.start_postgres("engine", self.ports.engine)
        write_certificate(self.state.path("redshift.crt"), self.state.path("redshift.key"))
        self.wait(self.servers[-1])
        arguments = redshift_command(self.ports, engine.socket_dir, self.state.folder)
        self.start_python("redshift", "sandbox.redshift", arguments)
        source = self.start_postgres("source", self.ports.postgres)
        mysql = self.start_mysql(mysql_program)
        for server in self.servers:
            self.wait(server)
        prepare_source(source, self.secrets["postgres"], self.with_prefect)
        prepare_mysql(mysql, self.secrets["mysql"])
        self.state.write("environment.json", command_environment(self.ports, self.secrets))

    def create_postgres_folders(self, engine: Path, source: Path) -> None:
        """Make both folders where they are missing; an engine that was never started is the source's pattern."""
        is_fresh = not engine.exists()
        postgres.create_data_dir(engine)
        if is_fresh and not source.exists():
            postgres.copy_data_dir(engine, source)
        postgres.create_data_dir(source)

    def start_postgres(self, name: str, port: int) -> postgres.Postgres:
        data_dir = self.state.path(name)
        process = postgres.launch(data_dir, port, self.socket_dir, {})
        server = postgres.Postgres(data_dir, port, self.socket_dir, "postgres", process)
        ready = partial(postgres.answers, server)
        self.add(Server(name, process, postgres.STOP_SIGNAL, postgres.log_of(data_dir), ready))
        return server

    def start_mysql(self, program: mariadb.MySQLProgram) -> mariadb.MySQL:
        data_dir = self.state.path("mysql")
        mariadb.create_data_dir(program, data_dir)
        server = mariadb.launch(program, data_dir, self.ports.mysql, self.socket_dir)
        ready = partial(mariadb.answers, server)
        self.add(Server("mysql", server.process, mariadb.STOP_SIGNAL, mariadb.log_of(data_dir), ready))
        return server

    def start_python(self, name: str, module: str, arguments: list[str]) -> None:
        """Start one of our own servers, with the passwords in its environment and nothing of the user's."""
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        environment = {
            **kept,
            **aws_environment(self.ports, self.secrets),
            "PYTHONPATH": str(REPOSITORY),
            "REDSHIFT_ADMIN_PASSWORD": self.secrets["redshift"],
        }
        command = guarded([sys.executable, "-m", module, *arguments], signal.SIGTERM)
        log = self.state.path(f"{name}.log")
        port = self.ports.aws if name == "aws" else self.ports.redshift
        process = spawn(command, log, environment)
        self.add(Server(name, process, signal.SIGTERM, log, partial(is_listening, port)))

    def add(self, server: Server) -> None:
        self.servers.append(server)
        self.state.record({each.name: each.process.pid for each in self.servers}, self.socket_dir)

    def wait(self, server: Server) -> None:
        wait_until(server.is_ready, server.process, server.log)

    def stop(self) -> None:
        """Stop all servers at the same time, databases after what is in front of them."""
        self.state.path("environment.json").unlink(missing_ok=True)
        in_front = [server for server in self.servers if server.name in ("aws", "redshift")]
        behind = [server for server in self.servers if server not in in_front]
        for group in (in_front, behind):
            for server in group:
                if server.process.poll() is None:
                    server.process.send_signal(server.stop_signal)
            for server in group:
                stop(server.process, server.stop_signal)
        shutil.rmtree(self.socket_dir, ignore_errors=True)
        self.state.path("processes.json").unlink(missing_ok=True)


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def prepare_mysql(mysql: mariadb.MySQL, password: str) -> None:
    """The database and the account of the shop; PROCESS shows open transactions, RELOAD allows a snapshot."""
    with mysql.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {SHOP}")
        cursor.execute(f"CREATE USER IF NOT EXISTS {SHOP}@'%%' IDENTIFIED BY %s", (password,))
        cursor.execute(f"GRANT ALL ON `{SHOP}%`.* TO {SHOP}@'%'")
        cursor.execute(f"GRANT PROCESS, RELOAD, REPLICATION CLIENT ON *.* TO {SHOP}@'%'")


def prepare_source(source: postgres.Postgres, password: str, with_prefect: bool) -> None:
    """The role and the database of the shop, and on request one for a Prefect server."""
    connection = source.connect()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", (SHOP,))
        if not cursor.fetchone()[0]:
            cursor.execute(f"CREATE ROLE {SHOP} LOGIN CREATEDB PASSWORD %s", (password,))
            cursor.execute(f"GRANT pg_monitor TO {SHOP}")
        cursor.execute("SELECT datname FROM pg_database")
        existing = {name for (name,) in cursor.fetchall()}
        for database in [SHOP, *(["prefect"] if with_prefect else [])]:
            if database not in existing:
                cursor.execute(f"CREATE DATABASE {database} OWNER {SHOP}")
    finally:
        connection.close()
