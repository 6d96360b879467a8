"""Opens sessions at MySQL and MariaDB servers, and tells from their errors who must act."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

import pymysql
from pymysql.connections import Connection

from extract.extraction import place
from model.errors import LoadError, SourceError, TransientError
from model.source_address import SourceAddress

_WRITE_TIMEOUT_SECONDS = 3600
# A silent server is given up some time after it should have ended the statement itself.
_SILENCE_SECONDS = 60

# Lost, refused for now, shutting down, killed, lock wait, deadlock, too many connections.
# Source: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
_TRANSIENT = {
    *(1040, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1317, 1927),
    *(2002, 2003, 2006, 2013),
}
_NO_ANSWER = {2002, 2003, 2006, 2013}
_REFUSED = {1044, 1045, 1049, 1698}
_NO_TLS = 2026


def connect(address: SourceAddress) -> Connection:
    """A session in UTC with the time-outs of `address`; the server waits long for a slow reader.

    Raises: SourceError, TransientError.
    """
    try:
        return _open(address)
    except (pymysql.MySQLError, OSError) as error:
        raise _connection_error(address, error) from None


def is_answering(address: SourceAddress) -> bool:
    """Whether the server still talks to newcomers: one that is frozen, or cut off, lets them wait.

    A refusal is an answer too. The log-in is a whole one, because a server shuts out hosts that break off too many.
    """
    try:
        _open(address).close()
    except (pymysql.MySQLError, OSError) as error:
        return _number_and_text(error)[0] in _REFUSED | (_TRANSIENT - _NO_ANSWER)
    return True


def _open(address: SourceAddress) -> Connection:
    connection: Any = pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password.get_secret_value(),
        database=address.database,
        charset="utf8mb4",
        connect_timeout=address.connect_timeout_seconds,
        read_timeout=address.connect_timeout_seconds,
        ssl=_tls_context(address),  # type: ignore[arg-type]
        ssl_disabled=address.tls == "off",
        autocommit=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = %s", (_WRITE_TIMEOUT_SECONDS,)
        )
        if "MariaDB" in connection.get_server_info():
            cursor.execute("SET SESSION max_statement_time = %s", (address.statement_timeout_seconds,))
        else:
            cursor.execute("SET SESSION max_execution_time = %s", (address.statement_timeout_seconds * 1000,))
    # PyMySQL knows one time-out for the greeting and for statements, which may take longer.
    connection._read_timeout = address.statement_timeout_seconds + _SILENCE_SECONDS
    return connection


def end_query(address: SourceAddress, thread_id: int) -> None:
    """Ends what a session of ours runs, as well as can be: the server notices a lost client only when it writes."""
    with contextlib.suppress(LoadError, pymysql.MySQLError, OSError), connect(address) as connection:
        connection.kill(thread_id)


def statement_error(table: str, number: int, text: str) -> SourceError | TransientError:
    """The error for a statement that the server ended with `number`."""
    if number in _TRANSIENT:
        return TransientError(
            f"Cannot extract '{table}': the source ended the read: {number} {text}. It is worth a retry."
        )
    return SourceError(
        f"Cannot extract '{table}': the source refused the read: {number} {text}."
        " Correct the design, the grants or the time-out in the block."
    )


def _connection_error(address: SourceAddress, error: Exception) -> SourceError | TransientError:
    number, text = _number_and_text(error)
    if number in _REFUSED:
        return SourceError(f"Cannot connect to '{place(address)}': {text}. Correct the block of this source.")
    if number == _NO_TLS or isinstance(error, ssl.SSLError) or "SSL" in text:
        return SourceError(f"Cannot connect to '{place(address)}' by TLS: {text}. Correct tls or ca_file in the block.")
    kind = TransientError if number in _TRANSIENT or isinstance(error, OSError) else SourceError
    return kind(f"Cannot connect to '{place(address)}': {text}. Check host and port, and that the server is up.")


def _number_and_text(error: Exception) -> tuple[int | None, str]:
    """PyMySQL's errors are (number, text); the text names user and host, never the password."""
    if isinstance(error, pymysql.MySQLError) and len(error.args) == 2:
        return error.args[0], f"{error.args[0]} {error.args[1]}"
    return None, str(error)


def _tls_context(address: SourceAddress) -> ssl.SSLContext | None:
    if address.tls == "off":
        return None
    context = ssl.create_default_context(cafile=str(address.ca_file) if address.ca_file else None)
    context.check_hostname = address.tls == "verify-full"
    if address.tls == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
