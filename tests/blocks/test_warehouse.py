"""The warehouse behind a line that falls silent or breaks, as a firewall or a failing node does it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from prefect_aws import AwsCredentials
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector

from blocks import warehouse as module
from blocks.warehouse import Warehouse
from model.errors import TransientError


class Line:
    """A TCP line to a server; `silence` holds back what the server says, `reset` breaks it without a goodbye."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.is_silent = threading.Event()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._pairs.append((client, server))
                threading.Thread(target=self._carry, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, True), daemon=True).start()

    def _carry(self, giver: socket.socket, taker: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while data := giver.recv(65536):
                if not (is_answer and self.is_silent.is_set()):
                    taker.sendall(data)

    def reset(self) -> None:
        for client, server in self._pairs:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()
        self._pairs.clear()

    def close(self) -> None:
        self._listener.close()
        self.reset()


@pytest.fixture
def line(sandbox_environment) -> Iterator[Line]:
    line = Line(sandbox_environment["REDSHIFT_HOST"], int(sandbox_environment["REDSHIFT_PORT"]))
    yield line
    line.close()


@pytest.fixture
def warehouse(line, sandbox_environment) -> Iterator[Warehouse]:
    info = ConnectionComponents(
        driver="redshift+redshift_connector",
        username=sandbox_environment["REDSHIFT_USER"],
        password=sandbox_environment["REDSHIFT_PASSWORD"],
        host="127.0.0.1",
        port=line.port,
        database=sandbox_environment["REDSHIFT_DATABASE"],
    )
    connector = SqlAlchemyConnector(connection_info=info, connect_args={"ssl": False})
    warehouse = Warehouse(
        connector=connector, aws=AwsCredentials(), cluster_identifier="c", statement_timeout_seconds=1
    )
    yield warehouse
    warehouse.release()


def test_transaction_silent_warehouse_is_given_up_and_can_be_tried_again(warehouse, line, monkeypatch):
    monkeypatch.setattr(module, "_SILENCE_SECONDS", 1)
    with pytest.raises(TransientError, match="Cannot look"), warehouse.transaction("look") as transaction:
        transaction.run("SELECT 1")
        line.is_silent.set()
        transaction.run("SELECT 2")
    line.is_silent.clear()
    line.reset()
    with warehouse.transaction("look again") as transaction:
        assert transaction.run("SELECT 3").scalar_one() == 3


def test_transaction_reset_connection_is_transient_and_can_be_tried_again(warehouse, line):
    with pytest.raises(TransientError, match="Cannot look"), warehouse.transaction("look") as transaction:
        transaction.run("SELECT 1")
        line.reset()
        transaction.run("SELECT 2")
    with warehouse.transaction("look again") as transaction:
        assert transaction.run("SELECT 3").scalar_one() == 3


def session_of(warehouse):
    with warehouse.transaction("look") as transaction:
        return transaction.run("SELECT pg_backend_pid()").scalar_one()


def kill(warehouse, session):
    with warehouse.transaction("end a session") as transaction:
        transaction.run(f"SELECT pg_terminate_backend({session})")


@pytest.fixture
def other(warehouse):
    """The same door, with a session of its own."""
    other = warehouse.model_copy(update={"connector": warehouse.connector.model_copy(deep=True)})
    yield other
    other.release()


def test_transaction_on_a_connection_that_was_lost_while_idle_gets_a_new_one(warehouse, other, monkeypatch):
    session = session_of(warehouse)
    kill(other, session)
    monkeypatch.setattr(module, "_IDLE_SECONDS", -1)
    assert session_of(warehouse) != session


def test_transaction_soon_after_another_asks_nothing_first(warehouse, other, monkeypatch):
    """A lost connection then shows in the first statement, as an error that is worth a retry."""
    monkeypatch.setattr(module, "_IDLE_SECONDS", 600)
    session = session_of(warehouse)
    assert session_of(warehouse) == session
    kill(other, session)
    with pytest.raises(TransientError):
        session_of(warehouse)
    assert session_of(warehouse) != session
