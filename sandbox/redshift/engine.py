"""One connection to the storage engine (PostgreSQL 18), spoken to in its own protocol over a blocking socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from sandbox.backend import RedshiftError
from sandbox.redshift import errors, wire
from sandbox.redshift.lexer import literal, quote

CHUNK_BYTES = 256 * 1024


# Marks connections of the endpoint's own, which no client sees or ends.
INTERNAL = {"application_name": "sandbox"}


class EngineLost(Exception):
    """The engine closed the connection."""


class Engine:
    """A logged-in connection. `status` is the transaction status (I, T or E) of the last ReadyForQuery."""

    def __init__(self, host: str, port: int, user: str, database: str, settings: Mapping[str, str]) -> None:
        self.address = (host, port)
        self.socket = connect_socket(host, port)
        self.buffer = bytearray()
        self.status = "I"
        self.process_id = 0
        self.secret_key = 0
        self.on_notice: Callable[[bytes], None] = lambda body: None
        self.socket.sendall(wire.startup_message({"user": user, "database": database, **settings}))
        self.log_in()

    def log_in(self) -> None:
        """Read up to the first ReadyForQuery. Raises: RedshiftError as the engine words it."""
        for kind, body in self.until_ready():
            if kind == b"R" and body[:4] != b"\0\0\0\0":
                raise EngineLost("the engine asks for a password; it must trust its superuser on the socket")
            if kind == b"K":
                self.process_id, self.secret_key = wire.struct.unpack("!iI", body)
            if kind == b"E":
                raise errors.from_engine(wire.decode_report(body))

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self) -> tuple[bytes, bytes]:
        """The next message: its type and its body."""
        while len(self.buffer) < 5 or len(self.buffer) < 1 + wire.INT32.unpack_from(self.buffer, 1)[0]:
            self.fill()
        kind, size = wire.HEADER.unpack_from(self.buffer)
        body = bytes(self.buffer[5 : size + 1])
        del self.buffer[: size + 1]
        return kind, body

    def fill(self) -> None:
        data = self.socket.recv(CHUNK_BYTES)
        if not data:
            raise EngineLost("the engine closed the connection")
        self.buffer += data

    def until_ready(self) -> Iterator[tuple[bytes, bytes]]:
        """Every message up to ReadyForQuery, which only sets the status; notices go to `on_notice`."""
        while True:
            kind, body = self.receive()
            if kind == b"Z":
                self.status = body.decode()
                return
            if kind == b"N":
                self.on_notice(body)
            else:
                yield kind, body

    def relay_rows(self, sink: Callable[[bytes], None]) -> tuple[bytes, bytes]:
        """Pass DataRow messages to `sink` as raw bytes; return the first message that is none."""
        while True:
            buffer, end, position = self.buffer, len(self.buffer), 0
            while position + 5 <= end and buffer[position] == 68:
                following = position + 1 + wire.INT32.unpack_from(buffer, position + 1)[0]
                if following > end:
                    break
                position = following
            if position:
                sink(bytes(buffer[:position]))
                del buffer[:position]
            if buffer and buffer[0] != 68:
                return self.receive()
            self.fill()

    def run(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run statements in one simple query; return all rows. Raises: RedshiftError."""
        self.send(wire.query(sql))
        rows: list[tuple[str | None, ...]] = []
        failure: RedshiftError | None = None
        for kind, body in self.until_ready():
            if kind == b"D":
                rows.append(wire.decode_data_row(body))
            elif kind == b"E":
                failure = errors.from_engine(wire.decode_report(body))
        if failure:
            raise failure
        return rows

    def columns_of(self, tables: list[tuple[str, ...]]) -> set[str]:
        """The column names of tables and views as this session sees them; missing ones have none."""
        if self.status == "E":
            return set()
        names = ", ".join(f"to_regclass({literal(quote(*table))})" for table in tables)
        rows = self.run(f"SELECT attname FROM pg_catalog.pg_attribute WHERE attnum > 0 AND attrelid IN ({names})")
        return {str(row[0]) for row in rows}

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Run `COPY … FROM STDIN` with the chunks as its data; return the row count. Raises: RedshiftError."""
        self.send(wire.query(sql))
        failure: BaseException | None = None
        tag = b"COPY 0\0"
        for kind, body in self.until_ready():
            if kind == b"G":
                failure = self.feed(chunks)
            elif kind == b"E":
                failure = failure or errors.from_engine(wire.decode_report(body))
            elif kind == b"C":
                tag = body
        if failure:
            raise failure
        return int(tag[:-1].split()[-1])

    def feed(self, chunks: Iterable[bytes]) -> BaseException | None:
        """Send the chunks as CopyData; return the exception that the producer raised, if any."""
        try:
            for chunk in chunks:
                self.send(wire.copy_data(chunk))
        except Exception as error:
            self.send(wire.copy_fail("the data ended with an error"))
            return error
        self.send(wire.COPY_DONE)
        return None

    def copy_out(self, sql: str) -> Iterator[bytes]:
        """Run `COPY … TO STDOUT`; yield the data of each CopyData message. Raises: RedshiftError."""
        self.send(wire.query(sql))
        failure: RedshiftError | None = None
        messages = self.until_ready()
        try:
            for kind, body in messages:
                if kind == b"d":
                    yield body
                elif kind == b"E":
                    failure = errors.from_engine(wire.decode_report(body))
        finally:
            for _ in messages:
                pass
        if failure:
            raise failure

    def cancel(self) -> None:
        """Ask the engine to cancel what this connection runs."""
        with connect_socket(*self.address) as connection:
            connection.sendall(wire.cancel_request(self.process_id, self.secret_key))

    def close(self) -> None:
        try:
            self.send(wire.TERMINATE)
        except OSError:
            return
        finally:
            self.socket.close()


def connect_socket(host: str, port: int) -> socket.socket:
    """Connect to a host name, or through the socket in the folder `host`."""
    if not host.startswith("/"):
        connection = socket.create_connection((host, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(Path(host) / f".s.PGSQL.{port}"))
    return connection
