"""Looks at a source's table: its columns, keys and indexes, and what its rows hold."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2
import pymysql
from psycopg2.extensions import QueryCanceledError

from extract.connect_mysql import connect as connect_mysql
from extract.connect_mysql import statement_error as mysql_error
from extract.connect_postgres import connect as connect_postgres
from extract.connect_postgres import statement_error as postgres_error
from extract.measure_mysql import MysqlTable
from extract.measure_postgres import PostgresTable
from model.errors import SourceError
from model.source_address import SourceAddress
from model.source_table import SourceTable

WHOLE_ROWS = 2_000_000
_SAMPLE_ROWS = 100_000
_SAMPLE_BYTES = 256 * 1024 * 1024
# max_statement_time of MariaDB, max_execution_time of MySQL.
_MYSQL_TIMEOUTS = (1969, 3024)


def describe_source(
    address: SourceAddress, table: str, timeout_seconds: int, whole_rows: int = WHOLE_ROWS
) -> SourceTable:
    """The table, measured in one statement over all rows.

    Where the table has more than `whole_rows` by the source's own estimate, or the source ends that statement after
    `timeout_seconds`, only the last rows by its key are measured: as many as are about 256 MB, at most 100,000.
    Raises: SourceError where there is no such table or it takes too long even so, TransientError.
    """
    address = address.model_copy(update={"statement_timeout_seconds": timeout_seconds})
    is_mysql = address.drivername == "mysql"
    opened: Any = connect_mysql(address) if is_mysql else connect_postgres(address)
    with closing(opened) as connection:
        try:
            found = (MysqlTable if is_mysql else PostgresTable)(connection, table)
            if not found.columns:
                raise SourceError(
                    f"Cannot describe '{table}': no such table at '{address.host}:{address.port}/{address.database}'"
                    " (expected one that the user may read). Correct its name, or grant SELECT on it."
                )
            sample_rows = max(1, min(_SAMPLE_ROWS, _SAMPLE_BYTES // max(1, found.row_bytes)))
            if found.row_count <= whole_rows:
                try:
                    return found.measured(None)
                except (pymysql.MySQLError, QueryCanceledError) as error:
                    if not isinstance(error, QueryCanceledError) and error.args[0] not in _MYSQL_TIMEOUTS:
                        raise
            return found.measured(sample_rows)
        except pymysql.MySQLError as error:
            raise mysql_error(table, *error.args[:2]) from None
        except psycopg2.Error as error:
            raise postgres_error(table, error) from None
