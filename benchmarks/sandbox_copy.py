"""How fast the sandbox's COPY loads the shop's orders from Parquet in S3.

python -m benchmarks.sandbox_copy --rows 1000000 --repeats 5
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time

import boto3
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.servers import Sandbox

PART_ROWS = 500_000
TABLE = "order_id BIGINT, customer_id BIGINT, order_ts TIMESTAMP, status VARCHAR(20), amount DECIMAL(18,2)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with Sandbox() as sandbox:
        put_orders(sandbox.environment, options.rows)
        rates = [options.rows / copy_seconds(sandbox.environment, options.rows) for _ in range(options.repeats)]
    print(f"COPY of {options.rows:,} orders from Parquet: {statistics.median(rates):,.0f} rows/s")
    print(f"  median of {options.repeats}; lowest {min(rates):,.0f}, highest {max(rates):,.0f}")


def put_orders(environment: dict[str, str], row_count: int) -> None:
    """Parts and their manifest, as an extraction leaves them."""
    s3 = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    bucket, entries = environment["LAKE_BUCKET"], []
    for first in range(1, row_count + 1, PART_ROWS):
        body = io.BytesIO()
        pq.write_table(orders(first, min(PART_ROWS, row_count - first + 1)), body, compression="zstd")
        key = f"benchmark/copy/part-{first}.parquet"
        s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())
        size = {"content_length": body.getbuffer().nbytes}
        entries.append({"url": f"s3://{bucket}/{key}", "mandatory": True, "meta": size})
    s3.put_object(Bucket=bucket, Key="benchmark/copy/manifest.json", Body=json.dumps({"entries": entries}))


def orders(first: int, row_count: int) -> pa.Table:
    number = pa.array(range(first, first + row_count), pa.int64())
    statuses = pa.array(["placed", "paid", "shipped", None, "", "retournée"])
    return pa.table(
        {
            "order_id": number,
            "customer_id": pc.bit_wise_and(number, pa.scalar(0xFFFF, pa.int64())),
            "order_ts": pc.multiply(number, pa.scalar(86_400_000, pa.int64())).cast(pa.timestamp("us")),
            "status": statuses.take(pc.bit_wise_and(number, pa.scalar(3, pa.int64()))),
            "amount": pc.subtract(number, pa.scalar(1000, pa.int64()))
            .cast(pa.decimal128(19, 0))
            .cast(pa.decimal128(18, 2)),
        }
    )


def copy_seconds(environment: dict[str, str], row_count: int) -> float:
    connection = psycopg2.connect(
        **{part.lower(): environment[f"REDSHIFT_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")}
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE loaded ({TABLE})")
        started = time.perf_counter()
        cursor.execute(
            f"COPY loaded FROM 's3://{environment['LAKE_BUCKET']}/benchmark/copy/manifest.json'"
            " IAM_ROLE DEFAULT MANIFEST FORMAT AS PARQUET"
        )
        seconds = time.perf_counter() - started
        cursor.execute("SELECT COUNT(*) FROM loaded")
        row = cursor.fetchone()
        assert row == (row_count,), row
    connection.close()
    return seconds


if __name__ == "__main__":
    main()
