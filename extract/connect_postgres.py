"""Opens sessions at PostgreSQL servers, and tells from their errors who must act."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from contextlib import closing
from typing import Any

import psycopg2
from psycopg2.extensions import QueryCanceledError

from extract.extraction import place
from model.errors import SourceError, TransientError
from model.source_address import SourceAddress

# Connection lost, out of resources, shut down or starting, conflicts.
# Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
_TRANSIENT_CLASSES = ("08", "40", "53", "57P")


def connect(address: SourceAddress) -> Any:
    """A psycopg2 connection in autocommit mode, in UTC, with the time-outs of `address`.

    Raises: SourceError, TransientError.
    """
    try:
        connection = psycopg2.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password.get_secret_value(),
            dbname=address.database,
            connect_timeout=address.connect_timeout_seconds,
            client_encoding="UTF8",
            **_tls_parameters(address),
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601';"
                " SET extra_float_digits = 1; SET statement_timeout = %s",
                (address.statement_timeout_seconds * 1000,),
            )
    except psycopg2.Error as error:
        text = " ".join(str(error).split())
        is_refused = "FATAL:" in text and not any(word in text for word in ("starting up", "shutting down", "too many"))
        kind = SourceError if is_refused or "SSL" in text or "certificate" in text else TransientError
        raise kind(
            f"Cannot connect to '{place(address)}': {text}. Check the block of this source, and that the server is up."
        ) from None
    return connection


def _tls_parameters(address: SourceAddress) -> dict[str, str]:
    """Source: https://www.postgresql.org/docs/current/libpq-ssl.html"""
    if address.tls in ("off", "require"):
        return {"sslmode": "disable" if address.tls == "off" else "require"}
    authorities = ssl.get_default_verify_paths()
    return {
        "sslmode": address.tls,
        "sslrootcert": str(address.ca_file or authorities.cafile or authorities.openssl_cafile),
    }


def is_answering(address: SourceAddress) -> bool:
    """Whether the server opens another session, or says why not."""
    try:
        with closing(connect(address)):
            return True
    except SourceError:
        return True
    except TransientError as error:
        return "FATAL:" in str(error)


def cut_off(connection: Any) -> None:
    """End what waits for the server on this connection, without asking the server."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def statement_error(table: str, error: psycopg2.Error) -> SourceError | TransientError:
    """The error for a statement on `table` that the server ended."""
    text = " ".join(str(error).split())
    code = error.pgcode or ""
    if not isinstance(error, QueryCanceledError) and (not code or code.startswith(_TRANSIENT_CLASSES)):
        return TransientError(f"Cannot extract '{table}': the source ended the read: {text}. It is worth a retry.")
    return SourceError(
        f"Cannot extract '{table}': the source refused the read: {code} {text}."
        " Correct the design, the grants or the time-out in the block."
    )
