import contextlib
import socket
import threading

import pytest
from pymysql.constants import CLIENT

from extract import mysql_relay
from extract.mysql_relay import Gate, MysqlRelay, find_error, greeting


class FakeSession:
    """What the relay uses of a PyMySQL connection, with the test at the server's end."""

    client_flag = CLIENT.PROTOCOL_41 | CLIENT.SECURE_CONNECTION | CLIENT.SSL | CLIENT.PLUGIN_AUTH
    server_capabilities = client_flag

    def __init__(self) -> None:
        self._sock, self.server = socket.socketpair()

    def get_server_info(self) -> str:
        return "8.4.0"

    def thread_id(self) -> int:
        return 7

    def _force_close(self) -> None:
        self._sock.close()


def answering() -> bool:
    return True


def dial(relay: MysqlRelay, user: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", int(relay.url.rstrip("/").rpartition(":")[2])), timeout=5)
    client.recv(1024)
    answer = bytes(32) + user + b"\0"
    client.sendall(len(answer).to_bytes(3, "little") + b"\1" + answer)
    return client


def token(relay: MysqlRelay) -> bytes:
    return relay.url.removeprefix("mysql://").partition("@")[0].encode()


def test_greeting_is_protocol_10_without_tls() -> None:
    packet = greeting("8.4.0", 7, CLIENT.PROTOCOL_41 | CLIENT.PLUGIN_AUTH)
    assert int.from_bytes(packet[:3], "little") == len(packet) - 4
    assert packet[3:15] == b"\x00\x0a8.4.0\x00\x07\x00\x00\x00"
    assert packet[23:24] == b"\0"
    assert packet.endswith(b"\0mysql_native_password\0")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x17\x00\x00\x05\xff\x28\x04#42000Syntax error..", (1064, "Syntax error..")),
        (b"rows\x17\x00\x00\x05\xff\x28\x04#42000Syntax error..", (1064, "Syntax error..")),
        (b"\x17\x00\x00\x05\xff\x28\x04#42000Syntax error..more", None),
        (b"\x05\x00\x00\x06\xfe\x00\x00\x02\x00", None),
        (b"\xff\x28\x04#42000", None),
        (b"", None),
    ],
)
def test_find_error_only_at_the_very_end(data: bytes, found: tuple[int, str] | None) -> None:
    assert find_error(data) == found


def test_relay_right_user_is_connected_through() -> None:
    session = FakeSession()
    with MysqlRelay(session, Gate(1024), answering) as relay:
        with dial(relay, token(relay)) as client:
            assert client.recv(64) == b"\x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00"
            client.sendall(b"a question")
            assert session.server.recv(64) == b"a question"
            session.server.sendall(b"an answer")
            assert client.recv(64) == b"an answer"
        assert not relay.is_lost


def test_relay_other_user_is_turned_away() -> None:
    session = FakeSession()
    with MysqlRelay(session, Gate(1024), answering) as relay, dial(relay, b"root") as client:
        assert client.recv(64) == b""
        session.server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            session.server.recv(64)


def test_relay_closed_gate_holds_back_until_it_opens() -> None:
    session, gate = FakeSession(), Gate(1000)
    with MysqlRelay(session, gate, answering) as relay, dial(relay, token(relay)) as client:
        client.recv(64)
        threading.Thread(target=send_much, args=(session.server,), daemon=True).start()
        client.settimeout(0.5)
        first = drain(client)
        gate.reopen()
        second = drain(client)
    assert 1000 <= first <= 300_000
    assert 1000 <= second <= 300_000


def send_much(server: socket.socket) -> None:
    with contextlib.suppress(OSError):
        server.sendall(bytes(4_000_000))


def drain(client: socket.socket) -> int:
    """Bytes that come until none came for the client's timeout."""
    size = 0
    with contextlib.suppress(TimeoutError):
        while data := client.recv(1_000_000):
            size += len(data)
    return size


def test_relay_server_gone_is_lost() -> None:
    session = FakeSession()
    with MysqlRelay(session, Gate(1024), answering) as relay, dial(relay, token(relay)) as client:
        client.recv(64)
        session.server.close()
        assert client.recv(64) == b""
        assert relay.is_lost


def test_relay_silent_server_that_takes_no_newcomers_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql_relay, "_SILENCE_SECONDS", 0.05)
    asked = []
    session = FakeSession()
    with (
        MysqlRelay(session, Gate(1024), lambda: bool(asked.append(1))) as relay,
        dial(relay, token(relay)) as client,
    ):
        client.recv(64)
        client.sendall(b"a question")
        assert client.recv(64) == b""
        assert relay.is_lost
    assert len(asked) == 2


def test_relay_silent_server_that_takes_newcomers_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql_relay, "_SILENCE_SECONDS", 0.05)
    asked = threading.Semaphore(0)
    session = FakeSession()
    answers = iter([False, True, False])

    def is_answering() -> bool:
        asked.release()
        return next(answers, True)

    with MysqlRelay(session, Gate(1024), is_answering) as relay, dial(relay, token(relay)) as client:
        client.recv(64)
        assert all(asked.acquire(timeout=20) for _ in range(5))
        session.server.sendall(b"an answer")
        assert client.recv(64) == b"an answer"
        assert not relay.is_lost
