"""What the demo shows in the end: rows of the target, exported files, the last run in Prefect's UI."""

from __future__ import annotations

import json
import os
import urllib.request

import boto3
import psycopg2
import pyarrow.parquet as pq
from pyarrow import BufferReader
from rich.console import Console
from rich.table import Table

_BY_MONTH = """
SELECT month, answer_count AS answers, promoter_count AS promoters, detractor_count AS detractors, nps
FROM mart.nps_monthly ORDER BY month
"""
_BY_DAY = """
SELECT TRUNC(order_ts) AS day, COUNT(*) AS orders, COUNT(DISTINCT customer_id) AS customers,
       SUM(CASE WHEN ABS(amount) < 1000000 THEN amount END) AS amount, MAX(DATE_TRUNC('second', ingested_at)) AS changed
FROM mart.orders GROUP BY 1 ORDER BY 1
"""
# The two of each kind that a careless pipeline gets wrong.
_ROWS = """
SELECT order_id, order_ts, status, amount FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY order_id) AS position FROM (
        SELECT *, CASE WHEN ABS(amount) > 1000000 THEN 1 WHEN status = '' THEN 2 WHEN status IS NULL THEN 3
                       WHEN OCTET_LENGTH(status) > LEN(status) THEN 4 WHEN amount < 0 THEN 5 ELSE 6 END AS kind
        FROM mart.orders) AS sorted) AS numbered
WHERE position <= 2 ORDER BY order_id
"""


def show_rows(console: Console) -> None:
    host, port, database, user, password = (
        os.environ[f"REDSHIFT_{part}"] for part in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")
    )
    connection = psycopg2.connect(host=host, port=port, dbname=database, user=user, password=password)
    with connection, connection.cursor() as cursor:
        for statement in (_BY_MONTH, _BY_DAY, _ROWS):
            cursor.execute(statement)
            assert cursor.description
            table = Table(*(column.name for column in cursor.description))
            for row in cursor:
                table.add_row(*map(_shown, row))
            console.print(table)
    connection.close()


def _shown(value: object) -> str:
    """'' and NULL look different."""
    return "[dim]NULL[/]" if value is None else str(value) or "''"


def show_exports(console: Console) -> None:
    s3 = boto3.client("s3")
    table = Table("file", "bytes", "rows")
    listed = s3.list_objects_v2(Bucket=os.environ["LAKE_BUCKET"], Prefix="orders_snapshot/").get("Contents", [])
    for item in listed:
        rows = ""
        if item["Key"].endswith(".parquet"):
            body = s3.get_object(Bucket=os.environ["LAKE_BUCKET"], Key=item["Key"])["Body"].read()
            rows = f"{pq.read_metadata(BufferReader(body)).num_rows:,}"
        table.add_row(item["Key"], f"{item['Size']:,}", rows)
    console.print(table)


def show_last_run(console: Console, api_url: str) -> None:
    request = urllib.request.Request(  # noqa: S310
        f"{api_url}/flow_runs/filter",
        data=json.dumps({"sort": "START_TIME_DESC", "limit": 1}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        run = json.load(answer)[0]
    console.print(
        f"\nLook at this run in the Prefect UI:  [bold]./run ui[/]  and then "
        f"http://127.0.0.1:4200/runs/flow-run/{run['id']}"
    )
