"""A dump of many tables of three sources: small ones beside a large one, and an interrupted run.

    ./run bench dump --tables 60 --rows 5000000 --repeats 3

The large table holds nine rows in ten; the others share the rest. It lies in the first PostgreSQL database, a third of
the small ones in each of the sources. `alone` is the large table with no other beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import psycopg2

from benchmarks.harness import Section, median, save
from benchmarks.world import World, facts, world

QUICK = ["--tables", "12", "--rows", "200000", "--repeats", "1"]
FULL = ["--tables", "60", "--rows", "5000000", "--repeats", "3"]
PARALLEL = 4
_SOURCES = f"""
lake: {{block: lake, prefix: bench}}
sources:
  first: {{database: shop-postgres, max_parallel: {PARALLEL}}}
  second: {{database: second, max_parallel: {PARALLEL}}}
  third: {{database: shop, max_parallel: {PARALLEL}}}
"""
_DESIGN = """
description: A table of the benchmark.
source: {{database: {database}, table: {table}}}
columns: {{id: BIGINT NOT NULL, at: TIMESTAMP, name: VARCHAR(64), amount: 'DECIMAL(18,2)'}}
key: [id]
load: replace
distribution: auto
"""
_DATABASES = {"first": "shop-postgres", "second": "second", "third": "shop"}
_COLUMNS = "id BIGINT PRIMARY KEY, at {moment}, name VARCHAR(64), amount DECIMAL(18,2)"
_ROW = "TIMESTAMP '2025-01-01 12:00:00', CONCAT('name ', {n}), {n} / 100.0"


@dataclass(frozen=True)
class Ran:
    """A whole command: its seconds, and of each table when its dump was done and how long that took."""

    seconds: float
    done: Mapping[str, tuple[float, float]]

    def table_rate(self, tables: Sequence[str]) -> float:
        """How many of these tables were done in a second, from the first to the last."""
        moments = sorted(self.done[table][0] for table in tables)
        return (len(moments) - 1) / (moments[-1] - moments[0])


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    with world() as here, tempfile.TemporaryDirectory() as folder:
        designs = Path(folder) / "warehouse"
        large, small = make_tables(here, designs, options.tables, options.rows)
        repeats = range(options.repeats)
        alone = [dump(here, designs, large) for _ in repeats]
        few = [dump(here, designs, *small) for _ in repeats]
        both = [dump(here, designs, "*") for _ in repeats]
        stands = [dump(here, designs, "*", force=False) for _ in repeats]
        killed, done_count, again = interrupted(here, designs, median(one.seconds for one in both))
        check_rows(here, [large, *small])
    large_rows = options.rows - options.rows // 10 // len(small) * len(small)

    def shown(what: str, ran: Sequence[Ran], has_large: bool, has_small: bool) -> tuple[str, ...]:
        rows = f"{large_rows / median(one.done[large][1] for one in ran):,.0f}" if has_large else ""
        tables = f"{median(one.table_rate(small) for one in ran):.1f}" if has_small else ""
        return what, f"{median(one.seconds for one in ran):.1f}", rows, tables

    rows = [
        shown("the large table alone", alone, True, False),
        shown(f"{len(small)} small tables alone", few, False, True),
        shown("all side by side", both, True, True),
        shown("all stand already", stands, False, False),
        (
            f"killed after {killed:.1f} s with {done_count} of {len(small) + 1} tables, run again",
            f"{again:.1f}",
            "",
            "",
        ),
    ]
    command = f"./run bench dump {' '.join(arguments)}"
    notes = (
        "Seconds of the whole command, with the start of Python and of the flow run, which is what the command takes "
        "where all dumps stand. Rows/s of the large table from its begin to its manifest; small tables/s from the "
        "first manifest to the last."
    )
    columns = ("what", "seconds", "large: rows/s", "small: tables/s")
    save([Section("5-dump", "Dump of many tables", command, options.repeats, columns, rows, notes=notes)])


def make_tables(here: World, designs: Path, table_count: int, row_count: int) -> tuple[str, list[str]]:
    """The large table's name in the warehouse, and those of the small ones."""
    designs.mkdir()
    (designs / "sources.yaml").write_text(_SOURCES)
    with postgres(here, "shop") as cursor:
        cursor.execute("CREATE DATABASE second")
    _save_second_block(here)
    small = [f"{list(_DATABASES)[number % 3]}.small_{number}" for number in range(table_count - 1)]
    each = row_count // 10 // len(small)
    for name, rows in {"first.large": row_count - each * len(small), **dict.fromkeys(small, each)}.items():
        schema, table = name.split(".")
        (designs / schema).mkdir(exist_ok=True)
        (designs / schema / f"{table}.yaml").write_text(_DESIGN.format(database=_DATABASES[schema], table=table))
        if schema == "third":
            with here.source() as cursor:
                cursor.execute(f"CREATE TABLE {table} ({_COLUMNS.format(moment='DATETIME')})")
                cursor.execute(f"INSERT INTO {table} SELECT seq, {_ROW.format(n='seq')} FROM seq_1_to_{rows}")
                cursor.execute(f"ANALYZE TABLE {table}")
        else:
            with postgres(here, {"first": "shop", "second": "second"}[schema]) as cursor:
                cursor.execute(f"CREATE TABLE {table} ({_COLUMNS.format(moment='TIMESTAMP')})")
                cursor.execute(f"INSERT INTO {table} SELECT n, {_ROW.format(n='n')} FROM generate_series(1, {rows}) n")
                cursor.execute(f"ANALYZE {table}")
    return "first.large", small


def _save_second_block(here: World) -> None:
    """In a process of its own, for it is that process's Prefect server that keeps the block."""
    program = (
        "import os; from blocks.source_database import SourceDatabase; from pydantic import SecretStr;"
        " from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector;"
        " of = lambda part: os.environ['POSTGRES_' + part];"
        " facts = ConnectionComponents(driver='postgresql+psycopg2', host=of('HOST'), port=int(of('PORT')),"
        " username=of('USER'), password=SecretStr(of('PASSWORD')), database='second');"
        " SourceDatabase(connector=SqlAlchemyConnector(connection_info=facts), tls='off').save('second')"
    )
    subprocess.run([sys.executable, "-c", program], env=dict(here.environment), check=True)


@contextmanager
def postgres(here: World, database: str) -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(**facts(here.environment, "POSTGRES") | {"database": database})
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def dump(here: World, designs: Path, *patterns: str, force: bool = True) -> Ran:
    """Runs the command, whose lines tell when each table is done."""
    started = time.perf_counter()
    done = {}
    process = subprocess.Popen(
        command(designs, patterns, force), env=dict(here.environment), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for line in process.stdout:
        if found := re.match(r" +(\S+) +dump_table .* ([\d.]+) s$", line):
            done[found[1]] = (time.perf_counter(), float(found[2]))
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, process.args)
    seconds = time.perf_counter() - started
    print(f"    {' '.join(patterns)[:40]}: {seconds:.1f} s", flush=True)
    return Ran(seconds, done)


def interrupted(here: World, designs: Path, whole_seconds: float) -> tuple[float, int, float]:
    """When a forced run was killed, at random; how many tables it had dumped by then; how long the run after it took.

    Raises: RuntimeError where it had ended before.
    """
    before = manifests(here)
    process = subprocess.Popen(command(designs, ["*"], True), env=dict(here.environment), stdout=subprocess.DEVNULL)
    moment = random.uniform(0.4, 0.9) * whole_seconds
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    if process.wait() != -signal.SIGKILL:
        raise RuntimeError(f"Cannot measure an interrupted run: it ended with {process.returncode} before the kill.")
    # A dump that is made again has files of other names.
    done_count = len(manifests(here).items() - before.items())
    return moment, done_count, dump(here, designs, "*", force=False).seconds


def manifests(here: World) -> dict[str, str]:
    """The manifest of each table's dump, whole, as text."""
    client, bucket = boto3.client("s3"), here.environment["LAKE_BUCKET"]
    listed = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="bench/dump/")
    keys = [item["Key"] for page in listed for item in page.get("Contents", [])]
    return {
        key.split("/")[2]: client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        for key in keys
        if key.endswith("/manifest.json")
    }


def check_rows(here: World, tables: Sequence[str]) -> None:
    """Raises: RuntimeError where a dump does not hold as many rows as its source."""
    dumped = {name: json.loads(text) for name, text in manifests(here).items()}
    for name in tables:
        schema, table = name.split(".")
        with (
            here.source() if schema == "third" else postgres(here, "second" if schema == "second" else "shop") as cursor
        ):
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            [in_source] = cursor.fetchone()
        in_files = sum(entry["meta"]["record_count"] for entry in dumped[name]["entries"])
        if not in_source == in_files == dumped[name]["dump"]["row_count"]:
            raise RuntimeError(f"Cannot trust the dump of '{name}': {in_files} rows (expected {in_source}).")


def command(designs: Path, patterns: Sequence[str], force: bool) -> list[str]:
    forced = ["--force"] if force else []
    return [sys.executable, "-m", "flows", "warehouse", "dump", *patterns, "--designs", str(designs), *forced]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench dump", description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=12)
    parser.add_argument("--rows", type=int, default=200_000, help="of all tables together")
    parser.add_argument("--repeats", type=int, default=1)
    return parser
