"""The PostgreSQL frontend/backend protocol, version 3: bytes to messages and back; no socket.

Names are those of the protocol document. Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

PROTOCOL_3 = 196608
CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104

HEADER = struct.Struct("!ci")
INT32 = struct.Struct("!i")
INT16 = struct.Struct("!h")


class ProtocolError(Exception):
    """The peer sent bytes that the protocol does not allow."""


@dataclass(frozen=True)
class StartupMessage:
    parameters: dict[str, str]


@dataclass(frozen=True)
class SSLRequest:
    """Also stands for GSSENCRequest, which gets the same refusal."""

    is_gss: bool = False


@dataclass(frozen=True)
class CancelRequest:
    process_id: int
    secret_key: int


@dataclass(frozen=True)
class Query:
    text: str


@dataclass(frozen=True)
class Parse:
    name: str
    text: str
    types: tuple[int, ...]


@dataclass(frozen=True)
class Bind:
    """`rest` is what follows the two names (formats, values), untouched."""

    portal: str
    statement: str
    rest: bytes


@dataclass(frozen=True)
class Describe:
    kind: str
    name: str


@dataclass(frozen=True)
class Execute:
    portal: str
    max_rows: int


@dataclass(frozen=True)
class Close:
    kind: str
    name: str


@dataclass(frozen=True)
class PasswordMessage:
    password: str


@dataclass(frozen=True)
class Flush:
    pass


@dataclass(frozen=True)
class Sync:
    pass


@dataclass(frozen=True)
class Terminate:
    pass


Frontend = Query | Parse | Bind | Describe | Execute | Close | PasswordMessage | Flush | Sync | Terminate


def decode_startup(body: bytes) -> StartupMessage | SSLRequest | CancelRequest:
    """Decode the first packet of a connection, without its length. Raises: ProtocolError."""
    if len(body) < 4:
        raise ProtocolError(f"start-up packet of {len(body)} bytes")
    (code,) = INT32.unpack_from(body)
    if code in (SSL_REQUEST, GSSENC_REQUEST):
        return SSLRequest(code == GSSENC_REQUEST)
    if code == CANCEL_REQUEST and len(body) == 12:
        return CancelRequest(*struct.unpack_from("!iI", body, 4))
    if code >> 16 != 3:
        raise ProtocolError(f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}")
    words = body[4:].split(b"\0")
    names, values = words[0:-2:2], words[1:-1:2]
    return StartupMessage({n.decode(): v.decode() for n, v in zip(names, values, strict=False) if n})


def decode(kind: bytes, body: bytes) -> Frontend:
    """Decode one message of a client. Raises: ProtocolError."""
    try:
        return DECODERS[kind](body)
    except KeyError:
        raise ProtocolError(f"invalid frontend message type {kind[0]}") from None
    except (ValueError, struct.error, IndexError) as error:
        raise ProtocolError(f"invalid message format ({error})") from error


def text_at(body: bytes, start: int) -> tuple[str, int]:
    """The zero-terminated string at `start`, and where the next field begins."""
    end = body.index(b"\0", start)
    return body[start:end].decode(), end + 1


def decode_parse(body: bytes) -> Parse:
    name, position = text_at(body, 0)
    text, position = text_at(body, position)
    (count,) = INT16.unpack_from(body, position)
    return Parse(name, text, struct.unpack_from(f"!{count}I", body, position + 2))


def decode_bind(body: bytes) -> Bind:
    portal, position = text_at(body, 0)
    statement, position = text_at(body, position)
    return Bind(portal, statement, body[position:])


def decode_execute(body: bytes) -> Execute:
    portal, position = text_at(body, 0)
    return Execute(portal, INT32.unpack_from(body, position)[0])


DECODERS: dict[bytes, Callable[[bytes], Frontend]] = {
    b"Q": lambda body: Query(text_at(body, 0)[0]),
    b"P": decode_parse,
    b"B": decode_bind,
    b"D": lambda body: Describe(chr(body[0]), text_at(body, 1)[0]),
    b"E": decode_execute,
    b"C": lambda body: Close(chr(body[0]), text_at(body, 1)[0]),
    b"p": lambda body: PasswordMessage(text_at(body, 0)[0]),
    b"H": lambda body: Flush(),
    b"S": lambda body: Sync(),
    b"X": lambda body: Terminate(),
}


def message(kind: bytes, body: bytes = b"") -> bytes:
    """Frame a body as a message."""
    return kind + INT32.pack(len(body) + 4) + body


def zero_terminated(*texts: str) -> bytes:
    return b"".join(text.encode() + b"\0" for text in texts)


def query(text: str) -> bytes:
    return message(b"Q", zero_terminated(text))


def parse(name: str, text: str, types: Sequence[int] = ()) -> bytes:
    return message(b"P", zero_terminated(name, text) + struct.pack(f"!h{len(types)}I", len(types), *types))


def bind(portal: str, statement: str, rest: bytes = b"\0\0\0\0\0\0") -> bytes:
    return message(b"B", zero_terminated(portal, statement) + rest)


def describe(kind: str, name: str) -> bytes:
    return message(b"D", kind.encode() + zero_terminated(name))


def execute(portal: str, max_rows: int = 0) -> bytes:
    return message(b"E", zero_terminated(portal) + INT32.pack(max_rows))


def close(kind: str, name: str) -> bytes:
    return message(b"C", kind.encode() + zero_terminated(name))


SYNC = message(b"S")
FLUSH = message(b"H")
TERMINATE = message(b"X")
COPY_DONE = message(b"c")


def copy_data(data: bytes) -> bytes:
    return message(b"d", data)


def copy_fail(reason: str) -> bytes:
    return message(b"f", zero_terminated(reason))


def startup_message(parameters: Mapping[str, str]) -> bytes:
    body = INT32.pack(PROTOCOL_3) + zero_terminated(*(w for pair in parameters.items() for w in pair)) + b"\0"
    return INT32.pack(len(body) + 4) + body


def cancel_request(process_id: int, secret_key: int) -> bytes:
    return struct.pack("!iiiI", 16, CANCEL_REQUEST, process_id, secret_key)


def authentication(code: int, salt: bytes = b"") -> bytes:
    """AuthenticationOk (0), AuthenticationCleartextPassword (3), AuthenticationMD5Password (5)."""
    return message(b"R", INT32.pack(code) + salt)


def parameter_status(name: str, value: str) -> bytes:
    return message(b"S", zero_terminated(name, value))


def backend_key_data(process_id: int, secret_key: int) -> bytes:
    return message(b"K", struct.pack("!iI", process_id, secret_key))


def ready_for_query(status: str) -> bytes:
    return message(b"Z", status.encode())


def command_complete(tag: str) -> bytes:
    return message(b"C", zero_terminated(tag))


PARSE_COMPLETE = message(b"1")
BIND_COMPLETE = message(b"2")
CLOSE_COMPLETE = message(b"3")
NO_DATA = message(b"n")
EMPTY_QUERY_RESPONSE = message(b"I")


def parameter_description(types: Sequence[int]) -> bytes:
    return message(b"t", struct.pack(f"!h{len(types)}I", len(types), *types))


def error_response(sqlstate: str, text: str, detail: str = "", hint: str = "", severity: str = "ERROR") -> bytes:
    return message(b"E", report_fields(severity, sqlstate, text, detail, hint))


def notice_response(severity: str, text: str, sqlstate: str = "00000") -> bytes:
    return message(b"N", report_fields(severity, sqlstate, text, "", ""))


def report_fields(severity: str, sqlstate: str, text: str, detail: str, hint: str) -> bytes:
    fields = {"S": severity, "C": sqlstate, "M": text, "D": detail, "H": hint}
    return b"".join(zero_terminated(code + value) for code, value in fields.items() if value) + b"\0"


def decode_report(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse by their one-letter codes."""
    return {chr(field[0]): field[1:].decode(errors="replace") for field in body.split(b"\0") if field}


def decode_data_row(body: bytes) -> tuple[str | None, ...]:
    """The values of a DataRow in text form."""
    values: list[str | None] = []
    position = 2
    for _ in range(INT16.unpack_from(body)[0]):
        (size,) = INT32.unpack_from(body, position)
        position += 4
        values.append(None if size < 0 else body[position : position + size].decode())
        position += max(size, 0)
    return tuple(values)


def text_columns_of(body: bytes, oid: int) -> frozenset[int]:
    """Which columns of a RowDescription have this type and come as text."""
    found = set()
    position = 2
    for number in range(INT16.unpack_from(body)[0]):
        position = body.index(b"\0", position) + 1
        if INT32.unpack_from(body, position + 6)[0] == oid and not INT16.unpack_from(body, position + 16)[0]:
            found.add(number)
        position += 18
    return frozenset(found)


def without_hex_prefix(rows: bytes, columns: frozenset[int]) -> bytes:
    """DataRow messages in which the values of some columns lose their first two bytes, backslash and x.

    >>> row = message(b"D", struct.pack("!hi4sii", 2, 4, b"\\\\xff", -1, 0)[:-4])
    >>> without_hex_prefix(row, frozenset({0, 1})) == message(b"D", struct.pack("!hi2si", 2, 2, b"ff", -1))
    True
    """
    changed, start = bytearray(), 0
    while start < len(rows):
        end = start + 1 + INT32.unpack_from(rows, start + 1)[0]
        body, position = bytearray(rows[start + 5 : start + 7]), start + 7
        for number in range(INT16.unpack_from(rows, start + 5)[0]):
            (size,) = INT32.unpack_from(rows, position)
            cut = 2 if number in columns and size >= 0 else 0
            body += INT32.pack(size - cut) + rows[position + 4 + cut : position + 4 + max(size, 0)]
            position += 4 + max(size, 0)
        changed += message(b"D", bytes(body))
        start = end
    return bytes(changed)


def replace_type_oids(body: bytes, oids: Mapping[int, int]) -> bytes:
    """A RowDescription in which some types are shown under another oid.

    >>> description = struct.pack("!h", 1) + b"a\\0" + struct.pack("!IhIhih", 0, 0, 25, -1, -1, 0)
    >>> replace_type_oids(description, {25: 1043})[8 + 2 :][:4] == struct.pack("!I", 1043)
    True
    """
    changed = bytearray(body)
    position = 2
    for _ in range(INT16.unpack_from(body)[0]):
        position = body.index(b"\0", position) + 1
        (oid,) = INT32.unpack_from(body, position + 6)
        if oid in oids:
            INT32.pack_into(changed, position + 6, oids[oid])
        position += 18
    return bytes(changed)
