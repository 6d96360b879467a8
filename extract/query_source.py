"""Small questions to a source: a statement and all of its rows, no streaming."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2
import pymysql

from extract.connect_mysql import connect as connect_mysql
from extract.connect_mysql import statement_error as mysql_error
from extract.connect_postgres import connect as connect_postgres
from extract.connect_postgres import statement_error as postgres_error
from model.source_address import SourceAddress


def query_source(address: SourceAddress, table: str, statement: str, values: tuple[Any, ...] = ()) -> list[tuple]:
    """The rows of `statement`, which is about `table`; `values` fill its %s.

    Raises: SourceError, TransientError; never with the password.
    """
    is_mysql = address.drivername == "mysql"
    opened: Any = connect_mysql(address) if is_mysql else connect_postgres(address)
    with closing(opened) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())
        except pymysql.MySQLError as error:
            raise mysql_error(table, *error.args[:2]) from None
        except psycopg2.Error as error:
            raise postgres_error(table, error) from None
