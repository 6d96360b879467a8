"""How long a sync_all of many small tables takes, a table: MySQL → S3 → the sandbox's warehouse.

    python -m benchmarks.sync_all --tables 50 --rows 1000

The first run makes the targets, the second merges a day that is there already. Prefect's server is one of its own,
started before the clock; a run by hand starts it too, once.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from unittest import mock

import pymysql

from blocks.prefect_api import prefect_api
from deployments.blocks import save_blocks
from flows.sync_all import sync_all
from model.read_design import read_design, table_names, transformation_names
from sandbox.servers import Sandbox

DESIGN = """
description: A small table of the benchmark.
source: {{database: shop, table: {name}, lookback_days: 1}}
columns: {{id: BIGINT NOT NULL, modified: TIMESTAMP NOT NULL, name: VARCHAR(40), amount: 'DECIMAL(18,2)'}}
key: [id]
cursor: modified
newest_first: [modified]
load: merge
distribution: auto
"""
DAY = date(2025, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--parallel", type=int, default=4)
    options = parser.parse_args()
    names = [f"small_{number:03}" for number in range(options.tables)]
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        os.environ.update(sandbox.environment)
        make_sources(sandbox.environment, names, options.rows)
        declare(Path(folder), names)
        with declared_in(Path(folder)), prefect_api():
            list(save_blocks(sandbox.environment))
            for turn in ("first", "again"):
                started = time.perf_counter()
                loaded = sync_all(run_date=DAY, max_parallel=options.parallel)
                seconds = time.perf_counter() - started
                rows = sum(one.copied_row_count for one in loaded)
                each = seconds / len(loaded)
                print(f"{turn}: {len(loaded)} tables, {rows:,} rows, {seconds:.1f} s, {each:.2f} s a table")


def make_sources(environment: Mapping[str, str], names: list[str], row_count: int) -> None:
    facts = {part: environment[f"MYSQL_{part.upper()}"] for part in ("host", "user", "password", "database")}
    port = int(environment["MYSQL_PORT"])
    with pymysql.connect(**facts, port=port, autocommit=True) as source, source.cursor() as cursor:
        for name in names:
            cursor.execute(
                f"CREATE TABLE {name} (id BIGINT PRIMARY KEY, modified DATETIME(6) NOT NULL, name VARCHAR(40),"
                f" amount DECIMAL(18,2), KEY (modified)) AS SELECT seq AS id, '{DAY} 12:00' AS modified,"
                f" CONCAT('row ', seq) AS name, seq / 100 AS amount FROM seq_1_to_{row_count}"
            )


def declared_in(folder: Path) -> ExitStack:
    """Lets `folder` take the place of warehouse/."""
    stack = ExitStack()
    for function in (read_design, table_names, transformation_names):
        stack.enter_context(mock.patch.object(function, "__defaults__", (folder,)))
    return stack


def declare(folder: Path, names: list[str]) -> None:
    (folder / "mart").mkdir()
    for name in names:
        (folder / "mart" / f"{name}.yaml").write_text(DESIGN.format(name=name))


if __name__ == "__main__":
    main()
