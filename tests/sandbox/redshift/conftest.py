"""One engine and one endpoint for the tests of this folder."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redshift_connector

from sandbox.redshift.prepare import prepare
from sandbox.redshift.server import Server
from sandbox.redshift.settings import Settings
from sandbox.servers.postgres import Postgres, start_postgres

PASSWORD = "Warehouse1"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def engine() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="rs"))
    folder.chmod(0o777)  # as root, the engine runs as another user
    (folder / "socket").mkdir()
    (folder / "socket").chmod(0o777)
    try:
        with start_postgres(folder / "data", free_port(), folder / "socket") as postgres:
            yield postgres
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def settings(engine: Postgres) -> Settings:
    return Settings(str(engine.socket_dir), engine.port, "postgres", "dev", "awsuser", PASSWORD)


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Server]:
    prepare(settings)
    server = Server(settings)
    threading.Thread(target=server.serve, daemon=True).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def connect(server: Server) -> Callable[..., Any]:
    """Opens a psycopg2 connection in autocommit mode."""

    def open_connection(**options: Any) -> Any:
        defaults = {"user": "awsuser", "password": PASSWORD, "dbname": "dev", "sslmode": "disable"}
        connection = psycopg2.connect(host="127.0.0.1", port=server.port, **{**defaults, **options})
        connection.autocommit = True
        return connection

    return open_connection


@pytest.fixture(scope="session")
def connect_aws(server: Server) -> Callable[..., Any]:
    """Opens a redshift_connector connection."""

    def open_connection(**options: Any) -> Any:
        defaults = {"user": "awsuser", "password": PASSWORD, "database": "dev", "ssl": False}
        return redshift_connector.connect(host="127.0.0.1", port=server.port, **{**defaults, **options})

    return open_connection
