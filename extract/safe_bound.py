"""The moment up to which a source can be read without missing what commits later."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg2
import pymysql

from extract.connect_mysql import connect as connect_mysql
from extract.connect_mysql import statement_error as mysql_error
from extract.connect_postgres import connect as connect_postgres
from extract.connect_postgres import statement_error as postgres_error
from model.errors import SourceError, TransientError
from model.source_address import SourceAddress

# The clock, and the begin of the oldest open transaction of others, in UTC. Also of those that have written nothing
# yet: a statement that takes its time from its begin may write only at its end.
# Source: https://dev.mysql.com/doc/refman/8.4/en/information-schema-innodb-trx-table.html
_MYSQL = (
    "SELECT UTC_TIMESTAMP(6), MIN(CONVERT_TZ(trx_started, 'SYSTEM', '+00:00')) FROM information_schema.innodb_trx"
    " WHERE trx_mysql_thread_id <> CONNECTION_ID()"
)
# Of whoever writes: a scheduler's jobs and logical replication too, but not a vacuum, which may take hours.
# Source: https://www.postgresql.org/docs/current/monitoring-stats.html
_POSTGRES = (
    "SELECT clock_timestamp() AT TIME ZONE 'UTC', (SELECT MIN(xact_start) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker')"
    " AT TIME ZONE 'UTC', (SELECT MIN(gid) FROM pg_prepared_xacts WHERE database = current_database())"
)
_POSTGRES_MAY_SEE = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"


def safe_bound(address: SourceAddress) -> datetime:
    """UTC without offset: the begin of the oldest open transaction, else now, by the source's clock.

    Raises: SourceError where the user may not see the transactions of others; TransientError where one is prepared,
    of which PostgreSQL does not keep the begin; and what connecting raises.
    """
    is_mysql = address.drivername == "mysql"
    opened: Any = connect_mysql(address) if is_mysql else connect_postgres(address)
    with closing(opened) as connection, connection.cursor() as cursor:
        try:
            if not is_mysql:
                cursor.execute(_POSTGRES_MAY_SEE)
                if not cursor.fetchone()[0]:
                    raise _blind(address, f"GRANT pg_read_all_stats TO {address.user}")
            cursor.execute(_MYSQL if is_mysql else _POSTGRES)
        except (pymysql.MySQLError, psycopg2.Error) as error:
            if isinstance(lost := _statement_error(error), TransientError):
                raise lost from None
            raise _blind(address, f"GRANT PROCESS ON *.* TO {address.user}") from error
        now, oldest, *prepared = cursor.fetchone()
    if any(prepared):
        raise TransientError(
            f"Cannot tell up to when '{address.database}' can be read: the prepared transaction '{prepared[0]}' is open"
            " (expected none: nobody knows when it began). It is worth a retry; else ROLLBACK PREPARED ends it."
        )
    return min(now, oldest) if oldest else now


def _statement_error(error: pymysql.MySQLError | psycopg2.Error) -> SourceError | TransientError:
    if isinstance(error, psycopg2.Error):
        return postgres_error("its open transactions", error)
    return mysql_error("its open transactions", *error.args[:2])


def _blind(address: SourceAddress, grant: str) -> SourceError:
    return SourceError(
        f"Cannot tell which transactions are open at '{address.host}:{address.port}/{address.database}': "
        f"{address.user} may not see those of others, and rows that commit late could be missed. "
        f"Run there: {grant}"
    )
