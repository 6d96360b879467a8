"""How fast events of a music service are staged from JSON in S3, and how long the whole star schema takes.

    python -m benchmarks.songplays --events 1000000 --files 100

Three figures, each on empty tables: COPY alone; the staging of the events as the flow does it (COPY into the run's
table, deduplication, checks, publish); and the whole flow. The server of Prefect is started before the clock.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import date, timedelta

import psycopg2
from prefect import flow

from blocks.lake import Lake
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from deployments.blocks import save_blocks
from flows.songplays import planned, songplays
from model.patience import Patience
from model.star_choices import StarChoices
from pipelines.load_table import load_table
from pipelines.new_load import new_load
from sandbox.music import seed_songplays
from sandbox.servers import Sandbox

START = date(2018, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=100, help="one a day")
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    days = {"since": START, "until": START + timedelta(days=options.files)}
    with Sandbox() as sandbox:
        os.environ.update(sandbox.environment)
        for line in seed_songplays(sandbox.environment, options.events, options.songs, START, options.files):
            print(line)
        with prefect_api():
            list(save_blocks(sandbox.environment))
            for _ in range(options.repeats):
                copied = seconds_of(lambda: copy_alone(sandbox.environment))
                staged = seconds_of(lambda: stage_events(**days))
                whole = seconds_of(lambda: songplays(**days))
                print(
                    f"COPY {copied:.1f} s, {options.events / copied:,.0f} events/s; "
                    f"staging {staged:.1f} s, {options.events / staged:,.0f} events/s; "
                    f"whole flow {whole:.1f} s, {whole / staged:.2f} times the staging",
                    flush=True,
                )


def seconds_of(work) -> float:
    """Of `work` on a warehouse that holds nothing."""
    run_sql(os.environ, *(f"DROP SCHEMA IF EXISTS {schema} CASCADE" for schema in ("mart", "staging", "etl")))
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@flow
def stage_events(since: date, until: date) -> None:
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    events = planned(None, None, since, until, StarChoices())[0]
    load_table(new_load("stage_events", events, lake, warehouse), lake, warehouse, Patience(), keep_files=False)


def copy_alone(environment) -> None:
    columns = (
        "artist VARCHAR(512), auth VARCHAR(16), firstname VARCHAR(128), gender VARCHAR(8), iteminsession INTEGER, "
        "lastname VARCHAR(128), length FLOAT, level VARCHAR(8), location VARCHAR(256), method VARCHAR(8), "
        "page VARCHAR(64), registration FLOAT, sessionid BIGINT, song VARCHAR(512), status SMALLINT, ts TIMESTAMP, "
        "useragent VARCHAR(1024), userid VARCHAR(32)"
    )
    source = f"s3://{environment['LAKE_BUCKET']}/log_data/"
    run_sql(
        environment,
        f"CREATE TEMP TABLE copied ({columns})",
        f"COPY copied FROM '{source}' IAM_ROLE DEFAULT JSON 'auto ignorecase' TIMEFORMAT 'epochmillisecs'",
    )


def run_sql(environment, *statements: str) -> None:
    parts = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
    facts = {part.lower(): environment[f"REDSHIFT_{part}"] for part in parts}
    connection = psycopg2.connect(**facts)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


if __name__ == "__main__":
    main()
