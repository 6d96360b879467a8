"""A day in the shop's life: orders of the day before move on, or their amount is corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import psycopg2
import pymysql

from sandbox.servers.process import ServerError
from sandbox.shop.connections import connect_mysql, connect_postgres
from sandbox.shop.orders import hashed

# The assignments of an UPDATE see the old status in PostgreSQL, and in MySQL as long as it is assigned last.
CHANGES = """
    amount = CASE WHEN status IN ('placed', 'paid') THEN amount ELSE round(amount * 0.9, 2) END,
    updated_at = {moment},
    status = CASE status WHEN 'placed' THEN 'paid' WHEN 'paid' THEN 'shipped' ELSE status END
"""


def trade(environment: Mapping[str, str], on: date, share: float) -> int:
    """Change `share` of the orders of the day before `on`, in both databases; return how many in MySQL.

    `updated_at` moves to that date. An order that was updated on it already, or later, stays as it is:
    a second call changes nothing more. Raises: ServerError when a database refuses.
    """
    try:
        with connect_mysql(environment) as mysql, mysql.cursor() as cursor:
            moment = f"TIMESTAMPADD(SECOND, {hashed('moment', 86_400)}, TIMESTAMP'{on} 00:00:00')"
            changed: int = cursor.execute(statement(moment, f"TIMESTAMP'{on} 00:00:00'", on, share))
        if "POSTGRES_HOST" in environment:
            trade_in_postgres(environment, on, share)
    except (pymysql.Error, psycopg2.Error) as error:
        raise ServerError(f"Cannot trade on '{on}': {error}. Run python -m sandbox seed first.") from error
    return changed


def trade_in_postgres(environment: Mapping[str, str], on: date, share: float) -> None:
    connection = connect_postgres(environment)
    try:
        with connection, connection.cursor() as cursor:
            begin = f"TIMESTAMPTZ'{on} 00:00:00+00'"
            moment = f"{begin} + {hashed('moment', 86_400)} * interval '1 second'"
            cursor.execute(statement(moment, begin, on, share))
    finally:
        connection.close()


def statement(moment: str, begin: str, on: date, share: float) -> str:
    """The UPDATE; `moment` and `begin` are SQL of the database's own kind."""
    return f"""
        UPDATE orders SET {CHANGES.format(moment=moment)}
        WHERE order_ts >= TIMESTAMP'{on - timedelta(days=1)} 00:00:00' AND order_ts < TIMESTAMP'{on} 00:00:00'
          AND updated_at < {begin}
          AND {hashed("change", 1_000_000)} < {round(share * 1_000_000)}
          AND (status IN ('placed', 'paid') OR abs(amount) BETWEEN 1 AND 1000000)"""
