"""The socket to a client: whole messages in, buffered bytes out."""

from __future__ import annotations

import contextlib
import socket

from sandbox.redshift import wire

SEND_BYTES = 64 * 1024
MAX_MESSAGE_BYTES = 16 * 1024 * 1024 + 1024  # one SQL statement has at most 16 MB. Source: c_redshift-sql.md


class ClientGone(Exception):
    """The client closed the connection."""


class Channel:
    """A client's connection, plain or TLS."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.received = bytearray()
        self.outgoing = bytearray()

    def send(self, data: bytes | memoryview) -> None:
        """Queue bytes; they leave at `flush`, or at once when there are many."""
        self.outgoing += data
        if len(self.outgoing) > SEND_BYTES:
            self.flush()

    def flush(self) -> None:
        if self.outgoing:
            data, self.outgoing = self.outgoing, bytearray()
            self.socket.sendall(data)

    def take(self, count: int) -> bytes:
        while len(self.received) < count:
            data = self.socket.recv(64 * 1024)
            if not data:
                raise ClientGone
            self.received += data
        taken = bytes(self.received[:count])
        del self.received[:count]
        return taken

    def receive_startup(self) -> wire.StartupMessage | wire.SSLRequest | wire.CancelRequest:
        (size,) = wire.INT32.unpack(self.take(4))
        if not 8 <= size <= 10_000:
            raise wire.ProtocolError(f"start-up packet of {size} bytes")
        return wire.decode_startup(self.take(size - 4))

    def receive(self) -> wire.Frontend:
        kind, size = wire.HEADER.unpack(self.take(5))
        if not 4 <= size <= MAX_MESSAGE_BYTES:
            raise wire.ProtocolError(f"message of {size} bytes")
        return wire.decode(kind, self.take(size - 4))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
