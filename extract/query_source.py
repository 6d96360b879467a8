"""Small questions to a source: a statement and all of its rows, no streaming."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import psycopg2
import pymysql

from extract.connect_mysql import connect as connect_mysql
from extract.connect_mysql import end_query
from extract.connect_mysql import statement_error as mysql_error
from extract.connect_postgres import connect as connect_postgres
from extract.connect_postgres import statement_error as postgres_error
from model.running import at_work
from model.source_address import SourceAddress


@contextmanager
def _ended_with_us(end: Callable[[], object]) -> Iterator[None]:
    """Where the run is ended, so is its statement: the server would work on, for nobody."""
    try:
        with at_work(end):
            yield
    except Exception:
        raise
    except BaseException:
        end()
        raise


def query_source(address: SourceAddress, table: str, statement: str, values: tuple[Any, ...] = ()) -> list[tuple]:
    """The rows of `statement`, which is about `table`; `values` fill its %s.

    Raises: SourceError, TransientError; never with the password.
    """
    is_mysql = address.drivername == "mysql"
    opened: Any = connect_mysql(address) if is_mysql else connect_postgres(address)

    def rows() -> list[tuple]:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())

    with closing(opened) as connection, connection.cursor() as cursor:
        end = partial(end_query, address, connection.thread_id()) if is_mysql else connection.cancel
        try:
            # In a thread of its own, for psycopg2 lets no signal through while it waits.
            with ThreadPoolExecutor(1) as other, _ended_with_us(end):
                return other.submit(rows).result()
        except pymysql.MySQLError as error:
            raise mysql_error(table, *error.args[:2]) from None
        except psycopg2.Error as error:
            raise postgres_error(table, error) from None
