"""Events of a music service: staged from JSON in S3, and the whole star schema of them.

    ./run bench songplays --events 1000000 --files 100 --repeats 3

Each turn begins with nothing in the warehouse: COPY alone; the staging of the events as the flow does it (COPY into the
run's table, deduplication, checks, publish); the whole flow. Prefect's server is started before the clock.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import psycopg2
from prefect import flow

from benchmarks.harness import Section, alternate, median, save
from benchmarks.world import facts
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

QUICK = ["--events", "200000", "--files", "20", "--repeats", "1"]
FULL = ["--events", "1000000", "--files", "100", "--repeats", "3"]
START = date(2018, 1, 1)


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    with Sandbox() as sandbox:
        os.environ.update(sandbox.environment)
        for line in seed_songplays(sandbox.environment, options.events, options.songs, START, options.files):
            print(line, flush=True)
        with prefect_api():
            list(save_blocks(sandbox.environment))
            save([_section(sandbox.environment, options, f"./run bench songplays {' '.join(arguments)}")])


def _section(environment: Mapping[str, str], options: argparse.Namespace, command: str) -> Section:
    days = {"since": START, "until": START + timedelta(days=options.files)}
    sides = {
        "COPY alone": lambda: _seconds(environment, lambda: _copy_alone(environment)),
        "ours: staging of the events": lambda: _seconds(environment, lambda: _stage_events(**days)),
        "ours: the whole flow": lambda: _seconds(environment, lambda: songplays(**days)),
    }
    seconds = {name: median(ran) for name, ran in alternate(sides, options.repeats).items()}
    speeds = {name: options.events / spent for name, spent in seconds.items()}
    staging = seconds["ours: staging of the events"]
    return Section(
        "6-songplays",
        f"Songplays: {options.events:,} events in {options.files} files of JSON",
        command,
        options.repeats,
        ("what", "events/s", "seconds", "times the staging"),
        [(name, f"{speeds[name]:,.0f}", f"{spent:.1f}", f"{spent / staging:.2f}") for name, spent in seconds.items()],
        speeds,
        "events/s",
    )


def _seconds(environment: Mapping[str, str], work: Callable[[], object]) -> float:
    """Of `work` on a warehouse that holds nothing."""
    _run_sql(environment, *(f"DROP SCHEMA IF EXISTS {schema} CASCADE" for schema in ("mart", "staging", "etl")))
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@flow
def _stage_events(since: date, until: date) -> None:
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    events = planned(None, None, since, until, StarChoices())[0]
    load_table(new_load("stage_events", events, lake, warehouse), lake, warehouse, Patience(), keep_files=False)


def _copy_alone(environment: Mapping[str, str]) -> None:
    columns = (
        "artist VARCHAR(512), auth VARCHAR(16), firstname VARCHAR(128), gender VARCHAR(8), iteminsession INTEGER, "
        "lastname VARCHAR(128), length FLOAT, level VARCHAR(8), location VARCHAR(256), method VARCHAR(8), "
        "page VARCHAR(64), registration FLOAT, sessionid BIGINT, song VARCHAR(512), status SMALLINT, ts TIMESTAMP, "
        "useragent VARCHAR(1024), userid BIGINT"
    )
    source = f"s3://{environment['LAKE_BUCKET']}/log_data/"
    _run_sql(
        environment,
        f"CREATE TEMP TABLE copied ({columns})",
        f"COPY copied FROM '{source}' IAM_ROLE DEFAULT JSON 'auto ignorecase' TIMEFORMAT 'epochmillisecs'",
    )


def _run_sql(environment: Mapping[str, str], *statements: str) -> None:
    connection = psycopg2.connect(**facts(environment, "REDSHIFT"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench songplays", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=100, help="one a day")
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    return parser
