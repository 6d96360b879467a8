"""The codec against literal bytes of the protocol document."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import sandbox.redshift
from sandbox.redshift import wire


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (b"Q", b"select 1\0", wire.Query("select 1")),
        (b"P", b"s\0select $1\0\0\1\0\0\0\x17", wire.Parse("s", "select $1", (23,))),
        (b"B", b"\0s\0\0\0\0\1\0\0\0\0011\0\0", wire.Bind("", "s", b"\0\0\0\1\0\0\0\0011\0\0")),
        (b"D", b"Ss\0", wire.Describe("S", "s")),
        (b"E", b"p\0\0\0\0\5", wire.Execute("p", 5)),
        (b"C", b"Pp\0", wire.Close("P", "p")),
        (b"p", b"secret\0", wire.PasswordMessage("secret")),
        (b"H", b"", wire.Flush()),
        (b"S", b"", wire.Sync()),
        (b"X", b"", wire.Terminate()),
    ],
)
def test_decode_each_message_gives_its_fields(kind: bytes, body: bytes, message: wire.Frontend) -> None:
    assert wire.decode(kind, body) == message


@pytest.mark.parametrize(("kind", "body"), [(b"?", b""), (b"Q", b"no end"), (b"P", b"a\0b\0"), (b"D", b"")])
def test_decode_malformed_message_is_refused(kind: bytes, body: bytes) -> None:
    with pytest.raises(wire.ProtocolError):
        wire.decode(kind, body)


@pytest.mark.parametrize(
    ("body", "packet"),
    [
        (
            b"\0\3\0\0user\0ann\0database\0dev\0\0",
            wire.StartupMessage({"user": "ann", "database": "dev"}),
        ),
        (b"\x04\xd2\x16\x2f", wire.SSLRequest()),
        (b"\x04\xd2\x16\x30", wire.SSLRequest(is_gss=True)),
        (b"\x04\xd2\x16\x2e\0\0\0\7\0\0\0\x0b", wire.CancelRequest(7, 11)),
    ],
)
def test_decode_startup_each_packet_gives_its_fields(body: bytes, packet: object) -> None:
    assert wire.decode_startup(body) == packet


def test_decode_startup_protocol_2_is_refused() -> None:
    with pytest.raises(wire.ProtocolError, match=r"unsupported frontend protocol 2\.0"):
        wire.decode_startup(b"\0\2\0\0rest")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (wire.ready_for_query("I"), b"Z\0\0\0\5I"),
        (wire.command_complete("SELECT 1"), b"C\0\0\0\x0dSELECT 1\0"),
        (wire.authentication(5, b"salt"), b"R\0\0\0\x0c\0\0\0\5salt"),
        (wire.backend_key_data(7, 11), b"K\0\0\0\x0c\0\0\0\7\0\0\0\x0b"),
        (wire.parameter_status("a", "b"), b"S\0\0\0\x08a\0b\0"),
        (wire.parameter_description((23,)), b"t\0\0\0\x0a\0\1\0\0\0\x17"),
        (wire.error_response("42601", "bad", "more"), b"E\0\0\0\x1eSERROR\0C42601\0Mbad\0Dmore\0\0"),
        (wire.query("x"), b"Q\0\0\0\6x\0"),
        (wire.parse("", "x", (20,)), b"P\0\0\0\x0d\0x\0\0\1\0\0\0\x14"),
        (wire.execute("p", 3), b"E\0\0\0\x0ap\0\0\0\0\3"),
        (wire.cancel_request(7, 11), b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\7\0\0\0\x0b"),
    ],
)
def test_encode_each_message_gives_its_bytes(message: bytes, expected: bytes) -> None:
    assert message == expected


def test_decode_data_row_null_and_text() -> None:
    assert wire.decode_data_row(b"\0\2\xff\xff\xff\xff\0\0\0\2hi") == (None, "hi")


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(sandbox.redshift.__path__)])
def test_module_examples_hold(name: str) -> None:
    if name != "__main__":
        assert doctest.testmod(importlib.import_module(f"sandbox.redshift.{name}")).failed == 0
