"""Fills the shop: all orders in MySQL, made by the server itself, a copy of some of them in PostgreSQL, and answers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg2
import pymysql

from sandbox.servers.process import ServerError
from sandbox.shop import nps
from sandbox.shop.connections import connect_mysql, connect_postgres
from sandbox.shop.orders import (
    COLUMNS,
    CREATE_MYSQL,
    CREATE_POSTGRES,
    INDEX_MYSQL,
    INDEX_POSTGRES,
    select_orders,
)
from sandbox.shop.text_copy import copy_lines

BATCH_ROWS = 50_000
POSTGRES_ROWS = 20_000


def seed(environment: Mapping[str, str], row_count: int, start: date, day_count: int) -> Iterator[str]:
    """Create `orders` anew in both databases, `nps` in MySQL, and fill them; yield what was done, a line a table.

    Raises: ServerError for fewer orders than two a day, and when a database refuses.
    """
    if row_count < 2 * day_count:
        raise ServerError(f"Cannot seed '{row_count}' orders: too few for {day_count} days (expected two a day).")
    began = time.monotonic()
    try:
        fill_mysql(environment, row_count, start, day_count)
        yield told("orders in MySQL", row_count, began)
        began = time.monotonic()
        yield told("answers in MySQL", fill_nps(environment, start, day_count), began)
        if "POSTGRES_HOST" in environment:
            began = time.monotonic()
            yield told("orders in PostgreSQL", fill_postgres(environment, row_count, day_count), began)
    except (pymysql.Error, psycopg2.Error) as error:
        raise ServerError(f"Cannot seed 'orders': {error}. Read the server's log in the state folder.") from error


def told(rows: str, row_count: int, began: float) -> str:
    seconds = time.monotonic() - began
    return f"{row_count} {rows}, in {seconds:.1f} s ({row_count / seconds:,.0f} rows/s)."


def fill_mysql(environment: Mapping[str, str], row_count: int, start: date, day_count: int) -> None:
    """Load by several connections, without secondary indexes; those are built at the end."""
    with connect_mysql(environment) as mysql, mysql.cursor() as cursor:
        cursor.execute("SELECT version()")
        is_mariadb = "mariadb" in cursor.fetchone()[0].lower()
        cursor.execute("DROP TABLE IF EXISTS orders")
        cursor.execute(CREATE_MYSQL)
        batches = [(first, min(first + BATCH_ROWS - 1, row_count)) for first in range(1, row_count + 1, BATCH_ROWS)]
        statements = [insert(*batch, is_mariadb, row_count, start, day_count) for batch in batches]
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as workers:
            for _ in workers.map(lambda sql: insert_batch(environment, is_mariadb, sql), statements):
                pass
        cursor.execute(INDEX_MYSQL)


def fill_nps(environment: Mapping[str, str], start: date, day_count: int) -> int:
    """Create and fill the table of answers; return their number."""
    with connect_mysql(environment) as mysql, mysql.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS nps")
        cursor.execute(nps.CREATE_MYSQL)
        insert_answer = "INSERT INTO nps (created_at, score) VALUES (%s, %s)"
        filled: int = cursor.executemany(insert_answer, list(nps.answers(start, day_count)))
        return filled


def insert(first: int, last: int, is_mariadb: bool, row_count: int, start: date, day_count: int) -> str:
    numbers = mariadb_numbers(first, last) if is_mariadb else recursive_numbers(first, last)
    return f"INSERT INTO orders ({', '.join(COLUMNS)}) {select_orders(numbers, row_count, start, day_count)}"


def insert_batch(environment: Mapping[str, str], is_mariadb: bool, sql: str) -> None:
    with connect_mysql(environment) as mysql, mysql.cursor() as cursor:
        if not is_mariadb:
            cursor.execute(f"SET cte_max_recursion_depth = {BATCH_ROWS + 1}")
        cursor.execute(sql)


def mariadb_numbers(first: int, last: int) -> str:
    """Source: MariaDB documentation, Sequence storage engine.

    >>> mariadb_numbers(1, 3)
    '(SELECT seq AS order_id FROM seq_1_to_3) AS numbers'
    """
    return f"(SELECT seq AS order_id FROM seq_{first}_to_{last}) AS numbers"


def recursive_numbers(first: int, last: int) -> str:
    """The same for Oracle's MySQL, from version 8."""
    step = f"SELECT order_id + 1 FROM counted WHERE order_id < {last}"
    counted = f"WITH RECURSIVE counted (order_id) AS (SELECT {first} UNION ALL {step})"
    return f"({counted} SELECT order_id FROM counted) AS numbers"


def fill_postgres(environment: Mapping[str, str], row_count: int, day_count: int) -> int:
    """Copy every n-th order and the first and last one of each day, at most 20,000; return their number."""
    every = -(-row_count // max(POSTGRES_ROWS - 2 * day_count, 1))
    chosen = f"(order_id - 1) % {every} = 0 OR TIME(order_ts) IN ('00:00:00', '23:59:59.999999')"
    with connect_mysql(environment) as mysql, mysql.cursor(pymysql.cursors.SSCursor) as source:
        source.execute(f"SELECT {', '.join(COLUMNS)} FROM orders WHERE {chosen}")
        return load_postgres(environment, source)


def load_postgres(environment: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> int:
    connection = connect_postgres(environment)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET timezone = 'UTC'; DROP TABLE IF EXISTS orders")
            cursor.execute(CREATE_POSTGRES)
            cursor.copy_expert(f"COPY orders ({', '.join(COLUMNS)}) FROM STDIN", copy_lines(rows))
            copied: int = cursor.rowcount
            cursor.execute(INDEX_POSTGRES)
            cursor.execute("SELECT setval(pg_get_serial_sequence('orders', 'order_id'), max(order_id)) FROM orders")
            return copied
    finally:
        connection.close()
