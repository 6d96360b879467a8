"""What a benchmark of whole flows runs in: a sandbox, a Prefect server, blocks, and tables declared for it alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pymysql

from benchmarks.memory import peak_bytes
from demo.prefect_server import prefect_server
from sandbox.servers import Sandbox

DESIGN = """
description: A table of the benchmark.
source: {{database: shop, table: {table}}}
columns: {{id: BIGINT NOT NULL, customer_id: BIGINT, modified: TIMESTAMP NOT NULL, status: VARCHAR(20),
          amount: 'DECIMAL(18,2)', note: VARCHAR(200)}}
key: [id]
cursor: modified
newest_first: [modified]
load: merge
distribution: id
sort: [modified]
"""


@dataclass(frozen=True)
class Ran:
    """A flow run in a process of its own: its seconds inside that process, its rows, the peak of its memory."""

    seconds: float
    row_count: int
    peak_megabytes: float
    statement_count: int

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s, {self.row_count:,} rows, {self.peak_megabytes:.0f} MB"


@dataclass(frozen=True)
class World:
    environment: Mapping[str, str]
    designs: Path

    @contextmanager
    def source(self) -> Iterator[Any]:
        """A cursor at the MySQL server."""
        connection = pymysql.connect(**facts(self.environment, "MYSQL"), autocommit=True)
        with connection, connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def warehouse(self) -> Iterator[Any]:
        connection = psycopg2.connect(**facts(self.environment, "REDSHIFT"))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def make_table(self, table: str, row_count: int, modified: str = "'2025-01-01 12:00'") -> None:
        """`row_count` rows in MySQL, about 70 bytes each, and the design mart.<table>; `modified` is SQL of `seq`."""
        with self.source() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(
                f"CREATE TABLE {table} (id BIGINT PRIMARY KEY, customer_id BIGINT, modified DATETIME(6) NOT NULL,"
                " status VARCHAR(20), amount DECIMAL(18,2), note VARCHAR(200)) AS SELECT seq AS id,"
                f" seq * 7919 MOD 100003 AS customer_id, CAST({modified} AS DATETIME(6)) AS modified,"
                " ELT(1 + seq MOD 4, 'placed', 'paid', 'shipped', NULL) AS status, seq * 31 MOD 100000 / 100 AS amount,"
                f" CONCAT('note \"', seq, '\", please') AS note FROM seq_1_to_{row_count}"
            )
            cursor.execute(f"ALTER TABLE {table} ADD KEY (modified)")
        (self.designs / "mart" / f"{table}.yaml").write_text(DESIGN.format(table=table))

    def run(self, flow: str, **parameters: Any) -> Ran:
        """Runs the flow in a new process. Raises: CalledProcessError."""
        before = self._statement_count()
        command = [sys.executable, "-m", "benchmarks.flow_run", str(self.designs), flow, json.dumps(parameters)]
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, env=dict(self.environment), stdout=said)
            peak = peak_bytes(process)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command)
            said.seek(0)
            result = json.loads(said.read().splitlines()[-1])
        return Ran(result["seconds"], result["row_count"], peak / 1e6, self._statement_count() - before)

    def all_statements(self) -> int:
        """Statements so far, those of the drivers too."""
        with self.warehouse() as cursor:
            cursor.execute("SELECT MAX(query_id) FROM sys_query_history")
            return int(cursor.fetchone()[0])

    def last_extracted_bytes(self) -> int:
        with self.warehouse() as cursor:
            cursor.execute("SELECT extracted_size_bytes FROM etl.loads ORDER BY finished_at DESC LIMIT 1")
            return int(cursor.fetchone()[0])

    def _statement_count(self) -> int:
        """Statements of the loaders so far; those that a driver adds do not count."""
        with self.warehouse() as cursor:
            cursor.execute("SELECT COUNT(*) FROM sys_query_history WHERE query_text LIKE '/* %'")
            return int(cursor.fetchone()[0])


@contextmanager
def world() -> Iterator[World]:
    """Everything runs as long as the block takes."""
    with Sandbox(None, True) as sandbox, tempfile.TemporaryDirectory() as folder:
        os.environ.update(sandbox.environment)
        (Path(folder) / "mart").mkdir()
        with prefect_server(Path(folder)) as server:
            server.wait()
            subprocess.run([sys.executable, "-m", "deployments", "blocks"], check=True, stdout=subprocess.DEVNULL)
            yield World(dict(os.environ), Path(folder))


def facts(environment: Mapping[str, str], server: str) -> dict[str, Any]:
    """The arguments of a driver's connect."""
    parts = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
    found: dict[str, Any] = {part.lower(): environment[f"{server}_{part}"] for part in parts}
    return found | {"port": int(found["port"])}
