"""The sandbox itself: COPY and UNLOAD of the shop's orders by format, and a small statement through its endpoint.

    ./run bench sandbox --rows 1000000 --repeats 5

The files that COPY reads are those that UNLOAD wrote. The latency is compared with the engine's own PostgreSQL, asked
the same over its socket.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg2

from benchmarks.harness import Section, alternate, median, save
from benchmarks.world import facts
from sandbox.servers import Sandbox

QUICK = ["--rows", "200000", "--repeats", "3"]
FULL = ["--rows", "1000000", "--repeats", "5"]
COLUMNS = "order_id BIGINT, customer_id BIGINT, order_ts TIMESTAMP, status VARCHAR(20), amount DECIMAL(18,2)"
# Options of UNLOAD, and those of the COPY of what it wrote.
FORMATS = {
    "Parquet": ("FORMAT AS PARQUET", "FORMAT AS PARQUET"),
    "CSV": ("FORMAT AS CSV", "FORMAT AS CSV"),
    "CSV, gzip": ("FORMAT AS CSV GZIP", "FORMAT AS CSV GZIP"),
    "text": ("ESCAPE", "ESCAPE"),
    "JSON": ("FORMAT AS JSON", "FORMAT AS JSON 'auto'"),
}
SMALL = "SELECT 1"
ASKED = 500


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    command = f"./run bench sandbox {' '.join(arguments)}"
    with Sandbox() as sandbox:
        connection = psycopg2.connect(**facts(sandbox.environment, "REDSHIFT"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            save([_bulk(cursor, options, command), _latency(sandbox, cursor, options, command)])


def _bulk(cursor: Any, options: argparse.Namespace, command: str) -> Section:
    _make_orders(cursor, options.rows)
    sides: dict[str, Callable[[], float]] = {}
    for name, (unloading, copying) in FORMATS.items():
        prefix = f"s3://lake/benchmark/{name.replace(', ', '-').lower()}/"
        unload = f"UNLOAD ('SELECT * FROM orders') TO '{prefix}' IAM_ROLE DEFAULT CLEANPATH {unloading}"
        sides[f"UNLOAD {name}"] = lambda unload=unload: _seconds(cursor, unload)
        copy = f"COPY loaded FROM '{prefix}' IAM_ROLE DEFAULT {copying}"
        sides[f"COPY {name}"] = lambda copy=copy: _copy_seconds(cursor, copy, options.rows)
    turns = alternate(sides, options.repeats)
    speeds = {name: options.rows / median(ran) for name, ran in turns.items()}
    return Section(
        "5a-sandbox-bulk",
        f"The sandbox's UNLOAD and COPY: {options.rows:,} orders",
        command,
        options.repeats,
        ("statement", "rows/s", "seconds"),
        [(name, f"{speed:,.0f}", f"{median(turns[name]):.2f}") for name, speed in speeds.items()],
        speeds,
        "rows/s",
    )


def _latency(sandbox: Sandbox, cursor: Any, options: argparse.Namespace, command: str) -> Section:
    # The source PostgreSQL is the same program on the same machine, asked without anything between.
    with psycopg2.connect(**facts(sandbox.environment, "POSTGRES")) as direct, direct.cursor() as plain:
        sides = {
            "PostgreSQL, direct": lambda: _asked(plain),
            "the sandbox's endpoint": lambda: _asked(cursor),
        }
        turns = alternate(sides, options.repeats)
    rows = [(name, f"{median(ran) * 1000:.2f} ms") for name, ran in turns.items()]
    return Section(
        "5b-sandbox-latency", f"`{SMALL}`, asked {ASKED} times", command, options.repeats, ("where", "each"), rows
    )


def _make_orders(cursor: Any, row_count: int) -> None:
    cursor.execute(f"CREATE TABLE orders ({COLUMNS})")
    cursor.execute(f"CREATE TEMP TABLE loaded ({COLUMNS})")
    cursor.execute(
        "INSERT INTO orders VALUES (1, 7, '2025-01-01 10:00:00.123456', 'placed', 10.5),"
        " (2, 8, '2025-01-01', NULL, -1), (3, 9, '2025-01-02', 'zurück', 99999999.99),"
        " (4, 9, '2025-01-03', 'say \"yes\", it''s', 0)"
    )
    have = 4
    while have < row_count:
        more = min(have, row_count - have)
        cursor.execute(
            f"INSERT INTO orders SELECT order_id + {have}, customer_id, DATEADD(second, {have}, order_ts), status,"
            f" amount FROM orders WHERE order_id <= {more}"
        )
        have += more


def _copy_seconds(cursor: Any, copy: str, row_count: int) -> float:
    cursor.execute("TRUNCATE loaded")
    seconds = _seconds(cursor, copy)
    cursor.execute("SELECT COUNT(*) FROM loaded")
    assert cursor.fetchone() == (row_count,)
    return seconds


def _seconds(cursor: Any, statement: str) -> float:
    started = time.perf_counter()
    cursor.execute(statement)
    return time.perf_counter() - started


def _asked(cursor: Any) -> float:
    """Seconds a statement."""
    started = time.perf_counter()
    for _ in range(ASKED):
        cursor.execute(SMALL)
        cursor.fetchone()
    return (time.perf_counter() - started) / ASKED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench sandbox", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    return parser
