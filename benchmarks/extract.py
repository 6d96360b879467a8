"""How fast a table gets from MySQL into S3, beside the peers and what the server's own client needs to read it.

    ./run bench extract --rows 1000000 --shapes shop wide --sides ours client dlt-connectorx

Each side in a process of its own, in turns. Rows/s without the import of libraries; memory and CPU with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import boto3

from benchmarks import tables
from benchmarks.harness import MEGABYTE, Section, alternate, median, save
from benchmarks.peers.environments import is_made, python
from benchmarks.turns import Turn, take_turn
from benchmarks.world import facts

_FASTEST = ("client", "ours", "airflow-csv", "dlt-connectorx", "sling-csv")
QUICK = ["--rows", "500000", "--repeats", "5", "--shapes", "shop", "--sides", *_FASTEST]
FULL = ["--rows", "1000000", "--repeats", "5", "--shapes", "narrow", "orders", "shop", "wide"]
PEERS = Path(__file__).parent / "peers"
SIDES = (
    *("client", "ours", "airflow-csv", "airflow-parquet", "dlt-sqlalchemy", "dlt-pyarrow", "dlt-connectorx"),
    "sling-csv",
)


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    if options.turn:
        print(json.dumps(extract_once(*options.turn)))
        return
    from sandbox.servers import Sandbox

    command = f"./run bench extract {' '.join(arguments)}"
    with Sandbox() as sandbox:
        environment = {**os.environ, **sandbox.environment}
        for rows in options.rows:
            for shape in options.shapes:
                save([measure(environment, shape, rows, options, command)])


def measure(
    environment: Mapping[str, str], shape: str, rows: int, options: argparse.Namespace, command: str
) -> Section:
    table = f"{shape}_{rows}"
    with _cursor(environment) as cursor:
        tables.make(cursor, table, shape, rows)
    sides = {name: _side(name, environment, table, shape) for name in options.sides if _is_at_hand(name)}
    for side in sides.values():
        side()  # the server's pages are in memory from here on, and each side has met its files once
    turns = alternate(sides, options.repeats)
    for name, ran in turns.items():
        assert all(turn.row_count == rows for turn in ran), (name, ran)
    speeds = {name: median(turn.speed for turn in ran) for name, ran in turns.items()}
    return Section(
        f"1-extract-{shape}-{rows:09}",
        f"Source → S3: {shape}, {rows:,} rows of {len(tables.SHAPES[shape])} columns",
        command,
        options.repeats,
        ("side", "rows/s", "ours is", "MB/s in S3", "MB in S3", "CPU s", "peak of memory"),
        [
            (
                name,
                f"{speeds[name]:,.0f}",
                f"{speeds['ours'] / speeds[name]:.2f} x" if "ours" in speeds else "",
                f"{median(turn.written_bytes / turn.seconds for turn in ran) / MEGABYTE:.1f}",
                f"{median(turn.written_bytes for turn in ran) / MEGABYTE:.1f}",
                f"{median(turn.cpu_seconds for turn in ran):.1f}",
                f"{max(turn.peak_megabytes for turn in ran):.0f} MB",
            )
            for name, ran in turns.items()
        ],
        speeds,
        "rows/s",
        "`client` is the server's own client, its rows thrown away. Only `ours` keeps every type exactly.",
    )


def _side(name: str, environment: Mapping[str, str], table: str, shape: str) -> Callable[[], Turn]:
    peer, _, way = name.partition("-")
    statement = tables.statement(table, shape)
    if name == "client":
        return lambda: read_with_client(environment, table, shape)
    commands = {
        "ours": [sys.executable, "-m", "benchmarks", "extract", "--turn", table, shape],
        "airflow": [str(python("airflow")), str(PEERS / "run_airflow.py"), "extract", statement, table, way],
        "dlt": [str(python("dlt")), str(PEERS / "run_dlt.py"), "extract", table, way],
        "sling": [str(python("sling")), str(PEERS / "run_sling.py"), "extract", table],
    }

    def turn() -> Turn:
        empty_lake(environment)
        ran = take_turn(commands[peer], environment)
        return ran if ran.written_bytes else Turn(**{**ran.__dict__, "written_bytes": lake_bytes(environment)})

    return turn


def _is_at_hand(name: str) -> bool:
    peer = name.partition("-")[0]
    found = name in ("client", "ours") or is_made(peer)
    if not found:
        print(f"{name} is left out: run ./run bench peers", flush=True)
    return found


def read_with_client(environment: Mapping[str, str], table: str, shape: str) -> Turn:
    """The server's own client, unbuffered, its rows thrown away; what it printed is counted before."""
    program = shutil.which("mariadb") or shutil.which("mysql")
    if program is None:
        sys.exit("Cannot measure 'mariadb': no such program. Run apt-get install mariadb-client-core.")
    place = [f"--host={environment['MYSQL_HOST']}", f"--port={environment['MYSQL_PORT']}"]
    command = [program, "--no-defaults", *place, f"--user={environment['MYSQL_USER']}", "--quick", "--batch"]
    command += ["--default-character-set=utf8mb4", environment["MYSQL_DATABASE"], "--execute"]
    script = (
        "import json, subprocess, sys, time; started = time.perf_counter();"
        "subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, check=True);"
        "print(json.dumps({'seconds': time.perf_counter() - started, 'row_count': int(sys.argv[1])}))"
    )
    with _cursor(environment) as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        rows = cursor.fetchone()[0]
    run = [sys.executable, "-c", script, str(rows), *command, tables.statement(table, shape)]
    return take_turn(run, {**environment, "MYSQL_PWD": environment["MYSQL_PASSWORD"]})


def extract_once(table: str, shape: str) -> dict[str, float]:
    """What an extracting task does, with Prefect in memory as there."""
    import prefect  # noqa: F401
    from pydantic import SecretStr

    from extract.extraction import ExtractColumn, Extraction
    from extract.read_source import read_source
    from extract.write_parquet import write_parts
    from model.column_type import parse_column_type
    from model.source_address import SourceAddress

    address = SourceAddress(
        drivername="mysql",
        host=os.environ["MYSQL_HOST"],
        port=int(os.environ["MYSQL_PORT"]),
        user=os.environ["MYSQL_USER"],
        password=SecretStr(os.environ["MYSQL_PASSWORD"]),
        database=os.environ["MYSQL_DATABASE"],
        tls="off",
    )
    columns = tuple(ExtractColumn(one.name, parse_column_type(one.target)) for one in tables.SHAPES[shape])
    s3 = boto3.client("s3")
    started = time.perf_counter()
    rows = read_source(address, Extraction(table, columns, ("id",)))
    parts = write_parts(rows, s3, os.environ["LAKE_BUCKET"], f"benchmark/{table}/")
    return {
        "seconds": time.perf_counter() - started,
        "row_count": sum(part.row_count for part in parts),
        "written_bytes": sum(part.size_bytes for part in parts),
    }


def _cursor(environment: Mapping[str, str]):
    import pymysql

    return pymysql.connect(**facts(environment, "MYSQL"), autocommit=True).cursor()


def _bucket(environment: Mapping[str, str]):
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
    )
    return session.resource("s3", endpoint_url=environment["AWS_ENDPOINT_URL"]).Bucket(environment["LAKE_BUCKET"])


def empty_lake(environment: Mapping[str, str]) -> None:
    _bucket(environment).objects.all().delete()


def lake_bytes(environment: Mapping[str, str]) -> int:
    return sum(item.size for item in _bucket(environment).objects.all())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench extract", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000], help="rows of each table")
    parser.add_argument("--shapes", nargs="+", choices=list(tables.SHAPES), default=["shop"])
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--repeats", type=int, default=5, help="turns of each side (default 5)")
    parser.add_argument("--turn", nargs=2, metavar=("TABLE", "SHAPE"), help=argparse.SUPPRESS)
    return parser
