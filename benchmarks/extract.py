"""How fast the shop's orders get from MySQL into Parquet in S3, beside what the server's own client needs to read them.

    python -m benchmarks.extract --rows 1000000 --repeats 5

Runs against the sandbox whose environment is set, else against one of its own. Both sides take turns, each in
a process of its own. Rows/s are medians; the time to import libraries does not count, but the memory does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pymysql

COLUMNS = {
    "order_id": "BIGINT",
    "customer_id": "BIGINT",
    "order_ts": "TIMESTAMP",
    "status": "VARCHAR(20)",
    "amount": "DECIMAL(18,2)",
}
STATEMENT = f"SELECT {', '.join(COLUMNS)} FROM orders"
PREFIX = "benchmark/extract/"
SAMPLE_SECONDS = 0.01
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Measured:
    """One turn. The reader is the process that runs the statement for us; peaks are in bytes of resident memory."""

    row_count: int
    seconds: float
    cpu_seconds: float
    written_bytes: int = 0
    peak_bytes: int = 0
    reader_peak_bytes: int = 0
    both_peak_bytes: int = 0


def main() -> None:
    options = _parser().parse_args()
    if options.turn:
        print(json.dumps(extract_once()))
        return
    with ExitStack() as stack:
        environment: Mapping[str, str] = os.environ
        if "MYSQL_HOST" not in environment:
            from sandbox.servers import Sandbox

            environment = {**os.environ, **stack.enter_context(Sandbox(None, False)).environment}
        prepare_orders(environment, options.rows)
        print(machine(environment))
        ours, clients = [], []
        for _ in range(options.repeats):
            clients.append(read_with_client(environment, options.rows))
            ours.append(extract_in_process(environment))
            print(f"    client {shown(clients[-1])}\n    ours   {shown(ours[-1])}", flush=True)
    report("client to /dev/null", clients)
    report("MySQL to Parquet in S3", ours)
    for name in ("peak", "reader_peak", "both_peak"):
        most = max(getattr(turn, f"{name}_bytes") for turn in ours) / MEGABYTE
        print(f"    {name.replace('_', ' ')} resident: {most:.0f} MB")


def prepare_orders(environment: Mapping[str, str], row_count: int) -> None:
    """Fill an empty shop. A shop with other orders is left alone."""
    from sandbox.shop import seed

    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'orders'")
        found = 0
        if cursor.fetchone() != (0,):
            cursor.execute("SELECT count(*) FROM orders")
            found = cursor.fetchone()[0]
    if found == 0:
        print(*seed(environment, row_count, date(2025, 1, 1), 10), sep="\n", flush=True)
    elif found != row_count:
        sys.exit(
            f"Cannot measure '{row_count}' rows: the shop has {found}. Run python -m sandbox seed --rows {row_count}."
        )


def connect(environment: Mapping[str, str]) -> Any:
    return pymysql.connect(
        host=environment["MYSQL_HOST"],
        port=int(environment["MYSQL_PORT"]),
        user=environment["MYSQL_USER"],
        password=environment["MYSQL_PASSWORD"],
        database=environment["MYSQL_DATABASE"],
    )


def read_with_client(environment: Mapping[str, str], row_count: int) -> Measured:
    """The server's own client, unbuffered, its rows thrown away."""
    program = shutil.which("mariadb") or shutil.which("mysql")
    if program is None:
        sys.exit("Cannot measure 'mariadb': no such program. Run apt-get install mariadb-client-core.")
    place = [f"--host={environment['MYSQL_HOST']}", f"--port={environment['MYSQL_PORT']}"]
    command = [program, "--no-defaults", *place, f"--user={environment['MYSQL_USER']}", "--quick", "--batch"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        [*command, "--default-character-set=utf8mb4", environment["MYSQL_DATABASE"], "--execute", STATEMENT],
        env={**os.environ, "MYSQL_PWD": environment["MYSQL_PASSWORD"]},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(row_count, seconds, cpu_seconds)


def extract_in_process(environment: Mapping[str, str]) -> Measured:
    """One extraction in a new process, whose memory is sampled from here."""
    command = [sys.executable, "-m", "benchmarks.extract", "--turn"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout
    peak = reader_peak = both_peak = 0
    while process.poll() is None:
        own, reader = resident_bytes(process.pid), sum(map(resident_bytes, children(process.pid)))
        peak, reader_peak, both_peak = max(peak, own), max(reader_peak, reader), max(both_peak, own + reader)
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        sys.exit(process.returncode)
    said = json.loads(process.stdout.read())
    return Measured(**said, peak_bytes=peak, reader_peak_bytes=reader_peak, both_peak_bytes=both_peak)


def extract_once() -> dict[str, Any]:
    """What an extracting task does, with Prefect in memory as there; the files are deleted afterwards."""
    import boto3
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
    columns = tuple(ExtractColumn(name, parse_column_type(text)) for name, text in COLUMNS.items())
    s3, bucket = boto3.client("s3"), os.environ["LAKE_BUCKET"]
    before, started = cpu_seconds(), time.monotonic()
    parts = write_parts(read_source(address, Extraction("orders", columns, ("order_id",))), s3, bucket, PREFIX)
    seconds, used = time.monotonic() - started, cpu_seconds() - before
    for part in parts:
        s3.delete_object(Bucket=bucket, Key=part.key)
    return {
        "row_count": sum(part.row_count for part in parts),
        "seconds": seconds,
        "cpu_seconds": used,
        "written_bytes": sum(part.size_bytes for part in parts),
    }


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def resident_bytes(pid: int) -> int:
    """0 when the process has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def machine(environment: Mapping[str, str]) -> str:
    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        server = cursor.fetchone()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("connectorx", "pyarrow", "boto3", "prefect", "moto"))
    return f"{platform.platform()}, {os.cpu_count()} cores; Python {platform.python_version()}; {server}; {libraries}"


def shown(turn: Measured) -> str:
    line = f"{turn.row_count / turn.seconds:>12,.0f} rows/s  {turn.seconds:6.2f} s  {turn.cpu_seconds:6.2f} CPU s"
    if turn.written_bytes:
        line += f"  {turn.written_bytes / MEGABYTE:.1f} MB written, {turn.both_peak_bytes / MEGABYTE:.0f} MB resident"
    return line


def report(name: str, turns: list[Measured]) -> None:
    speed = statistics.median(turn.row_count / turn.seconds for turn in turns)
    written = statistics.median(turn.written_bytes / turn.seconds for turn in turns) / MEGABYTE
    cpu = statistics.median(turn.cpu_seconds for turn in turns)
    wrote = f", {written:.1f} MB/s of Parquet" if written else ""
    print(f"{name}: median {speed:,.0f} rows/s{wrote}, {cpu:.2f} CPU s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extract", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="orders in the shop (default 1000000)")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each side (default 5)")
    parser.add_argument("--turn", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
