"""Files larger than a bound are loaded and written within that bound."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.servers.postgres import Postgres
from tests.sandbox.bulk.conftest import ROLE

BOUND_BYTES = 96 * 1024 * 1024
UNLOAD_BOUND_BYTES = 160 * 1024 * 1024
ROWS, UNLOADED_ROWS, WIDTH = 75_000, 100_000, 2000
ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's peak memory")


def grown_bytes(warehouse: Any, engine: Postgres, warm_up: str, statement: str) -> int:
    endpoint = warehouse.lake.s3.meta.endpoint_url
    command = [sys.executable, "-m", "tests.sandbox.bulk.loading_process", endpoint, str(engine.socket_dir)]
    command += [str(engine.port), warehouse.statement(warm_up), warehouse.statement(statement)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=80)
    assert done.returncode == 0, done.stderr
    row_count, grown = map(int, done.stdout.split())
    assert row_count in (ROWS, UNLOADED_ROWS)

    return grown


def wide_text(seed: int) -> str:
    return random.Random(seed).randbytes(WIDTH // 2).hex()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [wide_text(seed) for seed in range(1000)]


def wide_parquet(texts: list[str], rows: int) -> bytes:
    sink = io.BytesIO()
    schema = pa.schema([("id", pa.int64()), ("t", pa.string())])
    with pq.ParquetWriter(sink, schema, compression="none", use_dictionary=False) as writer:
        for start in range(0, rows, 10_000):
            ids = range(start, min(start + 10_000, rows))
            writer.write_table(pa.table({"id": ids, "t": [texts[n % 1000] for n in ids]}, schema=schema))
    return sink.getvalue()


def test_copy_csv_larger_than_the_bound_stays_within_it(warehouse: Any, engine: Postgres, texts: list[str]) -> None:
    content = "".join(f'{n},"{texts[n % 1000]}"\n' for n in range(ROWS))
    assert len(content) > 1.4 * BOUND_BYTES
    warehouse.put("small", content[: content.index("\n") * 5000].rpartition("\n")[0])
    warehouse.put("large", content)
    copy = "COPY wide FROM 's3://lake/{}' AUTH CSV"
    grown = grown_bytes(warehouse, engine, copy.format("small"), copy.format("large"))
    assert grown < BOUND_BYTES


def test_copy_parquet_larger_than_the_bound_stays_within_it(warehouse: Any, engine: Postgres, texts: list[str]) -> None:
    content = wide_parquet(texts, ROWS)
    assert len(content) > 1.4 * BOUND_BYTES
    warehouse.put("small", wide_parquet(texts, 1000))
    warehouse.put("large", content)
    copy = "COPY wide FROM 's3://lake/{}' AUTH PARQUET"
    grown = grown_bytes(warehouse, engine, copy.format("small"), copy.format("large"))
    assert grown < BOUND_BYTES


@pytest.mark.parametrize("form", ["PARQUET", "CSV", "JSON"])
def test_unload_larger_than_the_bound_stays_within_it(warehouse: Any, engine: Postgres, form: str) -> None:
    text = f"md5(g::text) || repeat(''0123456789'', {WIDTH // 10 - 4})"
    unload = f"UNLOAD ('select g::bigint as id, {text} as t from generate_series(1, {{}}) g')"
    unload += f" TO 's3://lake/{{}}' IAM_ROLE '{ROLE}' {form}"
    warm_up, statement = unload.format(1000, "small"), unload.format(UNLOADED_ROWS, "large")
    assert grown_bytes(warehouse, engine, warm_up, statement) < UNLOAD_BOUND_BYTES
