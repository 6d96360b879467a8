"""A relay between an open MySQL session and a client on this machine that thinks it is the server.

    MySQL server  ⇄  PyMySQL's socket (authenticated, TLS, session settings)  ⇄  relay  ⇄  127.0.0.1  ⇄  connectorx

connectorx knows no TLS for MySQL, shows its URL in errors and reads ahead without limit. Behind the relay it has
no password, PyMySQL has made the connection secure, and the relay forwards only as much as the reader keeps up with.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from pymysql.constants import CLIENT

# How long a server may say nothing before it is asked by another connection, again and again; and how often it then
# may give no answer. A long statement is no reason to give up: only the server knows how long it takes.
_SILENCE_SECONDS = 30.0
_MAX_UNANSWERED = 2
_CHUNK_BYTES = 256 * 1024
_WAIT_SECONDS = 0.2
_MAX_ERROR_BYTES = 1024
_HANDSHAKE_ONLY = CLIENT.SSL | CLIENT.CONNECT_WITH_DB | CLIENT.CONNECT_ATTRS | CLIENT.PLUGIN_AUTH_LENENC_CLIENT_DATA
_OK = bytes.fromhex("07000002 00000002000000")
_QUIT = bytes.fromhex("01000000 01")


class Gate:
    """Lets a number of bytes pass; whoever has run dry opens it again."""

    def __init__(self, window_bytes: int) -> None:
        self._window_bytes = window_bytes
        self._credit_bytes = window_bytes
        self._changed = threading.Condition()

    def reopen(self) -> None:
        with self._changed:
            self._credit_bytes = self._window_bytes
            self._changed.notify_all()

    def is_open(self, timeout_seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._credit_bytes > 0, timeout_seconds)

    def pay(self, size_bytes: int) -> None:
        with self._changed:
            self._credit_bytes -= size_bytes


class MysqlRelay:
    """Hands the session of `connection` to the first client that knows `url`.

    `connection` is idle; PyMySQL keeps its socket private, but there is no other way to it. `gate` limits what flows
    to the client. `is_answering` asks whether the server still lives, when it has been silent. The session ends with
    the relay.
    """

    def __init__(self, connection: Any, gate: Gate, is_answering: Callable[[], bool]) -> None:
        self._connection = connection
        self._is_answering = is_answering
        self._server: socket.socket = connection._sock
        self._gate = gate
        self._token = secrets.token_hex(16)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._is_closing = threading.Event()
        self._last_bytes = b""
        self.is_lost = False
        self._thread = threading.Thread(target=self._run, name="mysql-relay", daemon=True)

    @property
    def url(self) -> str:
        """What the client connects to. Good once; its user is a random word that only the reader is told."""
        return f"mysql://{self._token}@127.0.0.1:{self._listener.getsockname()[1]}/"

    def server_error(self) -> tuple[int, str] | None:
        """Number and text of the error with which the server ended its last answer."""
        return find_error(self._last_bytes)

    def __enter__(self) -> MysqlRelay:
        self._server.settimeout(None)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self._connection._force_close()

    def _run(self) -> None:
        with contextlib.suppress(OSError), self._accept() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._shake_hands(client):
                self._forward(client)

    def _accept(self) -> socket.socket:
        self._listener.settimeout(_WAIT_SECONDS)
        while not self._is_closing.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                client.settimeout(None)
                return client
        raise OSError("closed before a client came")

    def _shake_hands(self, client: socket.socket) -> bool:
        """Play the server's part of the handshake, with what the real session has agreed on.

        Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
        """
        agreed = self._connection.client_flag & self._connection.server_capabilities & ~_HANDSHAKE_ONLY
        client.sendall(greeting(self._connection.get_server_info(), self._connection.thread_id(), agreed))
        header = _read_exactly(client, 4)
        answer = _read_exactly(client, int.from_bytes(header[:3], "little"))
        if not secrets.compare_digest(answer[32:].split(b"\0", 1)[0], self._token.encode()):
            return False
        client.sendall(_OK)
        return True

    def _forward(self, client: socket.socket) -> None:
        """Both directions in one thread, because a TLS socket bears only one at a time.

        The server ends the connection when the client says so, or it is lost; or it is frozen, and lost as well.
        """
        buffer = memoryview(bytearray(_CHUNK_BYTES))
        heard_at, unanswered = time.monotonic(), 0
        while not self._is_closing.is_set():
            from_server = [self._server] if self._gate.is_open(_WAIT_SECONDS) else []
            has_pending = bool(from_server) and isinstance(self._server, ssl.SSLSocket) and self._server.pending()
            readable, _, _ = select.select([client, *from_server], [], [], 0 if has_pending else _WAIT_SECONDS)
            if readable or has_pending or not from_server:
                heard_at, unanswered = time.monotonic(), 0
            elif time.monotonic() - heard_at > _SILENCE_SECONDS:
                unanswered = 0 if self._is_answering() else unanswered + 1
                heard_at = time.monotonic()
                if unanswered == _MAX_UNANSWERED:
                    self.is_lost = True
                    return
            if client in readable:
                size = client.recv_into(buffer)
                # Other packets may come with the last one, and the server answers none of them.
                if size == 0 or bytes(buffer[:size]).endswith(_QUIT):
                    return
                self._server.sendall(buffer[:size])
            if has_pending or self._server in readable:
                size = self._receive(buffer)
                if size == 0:
                    self.is_lost = not self._is_closing.is_set()
                    return
                self._gate.pay(size)
                self._last_bytes = bytes(buffer[max(0, size - _MAX_ERROR_BYTES) : size])
                client.sendall(buffer[:size])

    def _receive(self, buffer: memoryview) -> int:
        try:
            return self._server.recv_into(buffer)
        except OSError:
            return 0


def greeting(server_version: str, thread_id: int, capabilities: int) -> bytes:
    """The packet with which a MySQL server opens (protocol 10)."""
    challenge = secrets.token_bytes(20).replace(b"\0", b"\1")
    payload = b"\x0a" + server_version.encode() + b"\0" + thread_id.to_bytes(4, "little") + challenge[:8] + b"\0"
    payload += (capabilities & 0xFFFF).to_bytes(2, "little") + b"\x2d" + b"\x02\x00"
    payload += (capabilities >> 16).to_bytes(2, "little") + b"\x15" + bytes(10) + challenge[8:] + b"\0"
    payload += b"mysql_native_password\0"
    return len(payload).to_bytes(3, "little") + b"\0" + payload


def find_error(data: bytes) -> tuple[int, str] | None:
    """Number and text of the ERR packet at the very end of `data`.

    Source: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html
    """
    for match in re.finditer(rb"\xff..#[0-9A-Z]{5}", data, re.DOTALL):
        header = data[match.start() - 4 : match.start()]
        if len(header) == 4 and int.from_bytes(header[:3], "little") == len(data) - match.start():
            number = int.from_bytes(data[match.start() + 1 : match.start() + 3], "little")
            return number, data[match.end() :].decode(errors="replace")
    return None


def _read_exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += (more := client.recv(size - len(data)))
        if not more:
            raise OSError("the client went away")
    return data
