"""A snapshot of PostgreSQL that several sessions read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from extract.connect_postgres import connect, statement_error
from model.source_address import SourceAddress


@contextmanager
def shared_snapshot(address: SourceAddress, table: str) -> Iterator[str]:
    """Its name, good as long as the block takes. `table` is for errors.

    Source: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
    Raises: SourceError, TransientError.
    """
    with closing(connect(address)) as connection, connection.cursor() as cursor:
        try:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            [name] = cursor.fetchone()
        except psycopg2.Error as error:
            raise statement_error(table, error) from None
        yield str(name)
