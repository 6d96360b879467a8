"""`dump` from two PostgreSQL databases and one MySQL: values, resumption, side by side, failures, kills."""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from prefect.settings import get_current_settings

from command_line.main import main
from flows.warehouse.dump import dump
from model.errors import LoadError
from model.patience import Patience
from tasks.verb import listeners
from tests.flows.warehouse.conftest import connect_postgres, postgres_root, save_erp
from tests.flows.warehouse.plans import planned_statements

ROOT = Path(__file__).parents[3]
NOW = Patience(retries=0)
DESIGN = """
description: A table of a test.
source: {{database: {database}, table: {table}}}
columns: {{id: BIGINT NOT NULL, name: VARCHAR(40), amount: "DECIMAL(12,2)"}}
key: [id]
load: replace
distribution: auto
allow_empty: true
"""
BLOCKS = {"web": "shop", "crm": "shop-postgres", "erp": "erp"}


def fill(sources, name, row_count):
    """A table of that many rows, one id in three missing, and its design."""
    schema, table = name.split(".")
    create = f"CREATE TABLE {table} (id BIGINT PRIMARY KEY, name VARCHAR(40), amount DECIMAL(12,2))"
    if schema == "web":
        numbers = f"(SELECT seq AS n FROM seq_1_to_{max(row_count, 1)} LIMIT {row_count}) AS numbers"
    else:
        numbers = f"generate_series(1, {row_count}) AS numbers (n)"
    insert = f"INSERT INTO {table} SELECT n * 3, CONCAT('name ', n), n / 4.0 FROM {numbers}"
    analyse = f"ANALYZE TABLE {table}" if schema == "web" else f"ANALYZE {table}"
    getattr(sources, schema)(create, insert, analyse)
    sources.design(name, DESIGN.format(database=BLOCKS[schema], table=table))


def manifest(sources, name):
    body = sources.world.s3.get_object(Bucket="lake", Key=f"test/dump/{name}/manifest.json")["Body"].read()
    return json.loads(body)


def dumped_rows(sources, name):
    """The rows of all files that the manifest names, sorted."""
    tables = []
    for entry in manifest(sources, name)["entries"]:
        key = entry["url"].removeprefix("s3://lake/")
        data = sources.world.s3.get_object(Bucket="lake", Key=key)["Body"].read()
        assert len(data) == entry["meta"]["content_length"]
        tables.append(pq.read_table(io.BytesIO(data)))
    rows = pa.concat_tables(tables).to_pylist() if tables else []
    return sorted(((row["id"], row["name"], row["amount"]) for row in rows), key=str)


def source_rows(sources, name):
    schema, table = name.split(".")
    return sorted(getattr(sources, schema)(f"SELECT id, name, amount FROM {table}"), key=str)


def written(sources):
    """When each object of the dump was written."""
    listed = sources.world.s3.list_objects_v2(Bucket="lake", Prefix="test/dump/").get("Contents", [])
    return {item["Key"]: item["LastModified"] for item in listed}


def run(sources, *patterns, rows_per_range=1000, **parameters):
    chosen = {"designs": sources.designs, "rows_per_range": rows_per_range, "patience": NOW} | parameters
    outcomes = dump(patterns or ("*",), **chosen)
    return {one.table: one.state for one in outcomes}


def test_dump_brings_all_rows_of_all_sources_and_reads_none_twice(sources):
    names = {"web.web_big": 5000, "web.web_empty": 0, "crm.crm_people": 10, "erp.items": 2500, "erp.notes": 1}
    for name, row_count in names.items():
        fill(sources, name, row_count)
    assert run(sources) == dict.fromkeys(sorted(names), "done")
    for name in names:
        assert dumped_rows(sources, name) == source_rows(sources, name), name
    assert len(manifest(sources, "web.web_big")["entries"]) == 5

    before = written(sources)
    fill(sources, "erp.more", 3)
    assert run(sources) == dict.fromkeys(sorted(names), "done before") | {"erp.more": "done"}
    after = written(sources)
    assert {key: after[key] for key in before} == before

    assert run(sources, "erp.items", force=True) == {"erp.items": "done"}
    again = written(sources)
    assert not [key for key in again if key in before and "/erp.items/" in key and not key.endswith("manifest.json")]
    assert dumped_rows(sources, "erp.items") == source_rows(sources, "erp.items")

    sources.design("erp.notes", DESIGN.format(database="erp", table="notes").replace("VARCHAR(40)", "VARCHAR(50)"))
    assert run(sources, "erp.*")["erp.notes"] == "done"
    assert run(sources, "erp.notes") == {"erp.notes": "done before"}
    facts = sources.world.environment
    save_erp(facts, "localhost")  # by all that its address tells, another server
    try:
        assert run(sources, "erp.notes") == {"erp.notes": "done"}
    finally:
        save_erp(facts, facts["POSTGRES_HOST"])


def test_dump_two_at_once_under_one_prefix_never_mix(sources):
    """A forced one, from begin to end, while another is between two ranges; that one then finds the dump made."""
    fill(sources, "erp.items", 2500)
    states = {}

    def overtake(said):
        if said.step == "dump_table" and said.row_count > 1000 and not states:
            states["begun"] = ""
            thread = threading.Thread(target=lambda: states.update(run(sources, force=True)))
            thread.start()
            thread.join()

    listeners.append(overtake)
    try:
        again = Patience(retries=1, retry_delay_seconds=0)
        assert run(sources, patience=again) == {"erp.items": "done before"}
    finally:
        listeners.remove(overtake)
    assert states["erp.items"] == "done"
    assert dumped_rows(sources, "erp.items") == source_rows(sources, "erp.items")
    # What the one that was overtaken has left goes with the next.
    assert run(sources, force=True) == {"erp.items": "done"}
    check_dump_is_all_there_is(sources)


def test_dump_goes_on_by_finished_ranges_after_kills_at_random_moments(sources, source_logs):
    """60 tables of two PostgreSQL databases and one MySQL."""
    fill(sources, "erp.big", 200_000)
    fill(sources, "web.web_big", 40_000)
    small = [f"{schema}.{schema}_small_{number}" for schema in BLOCKS for number in range(20)][:58]
    for name in small:
        fill(sources, name, 5)
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    killed_count = 0
    for _ in range(2):
        before = written(sources)
        arguments = [str(moments.uniform(0, 1.2)), sources.designs, "2000"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.flows.warehouse.killed_dump", *arguments],
            cwd=ROOT,
            env=os.environ | get_current_settings().to_environment_variables(exclude_unset=True),
            check=False,
            capture_output=True,
        )
        killed_count += done.returncode == -signal.SIGKILL
        assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
        check_nothing_finished_was_read_again(before, written(sources), seed)
    before = written(sources)
    names = {"erp.big", "web.web_big", *small}
    finished = {name for name in names if f"test/dump/{name}/manifest.json" in before}
    source_logs.begin()
    states = run(sources, rows_per_range=2000)
    check_only_what_was_due_was_asked_for(names, finished, before, written(sources), source_logs.reads())
    assert states == dict.fromkeys(names, "done") | dict.fromkeys(finished, "done before"), seed
    assert killed_count, f"no run was killed before it had ended; seed {seed}"
    check_nothing_finished_was_read_again(before, written(sources), seed)
    for name in names:
        assert dumped_rows(sources, name) == source_rows(sources, name), seed


def check_only_what_was_due_was_asked_for(names, finished, before, after, reads):
    """By the servers' own logs: no statement of a finished table, and one for each range that was not finished."""
    for name in names:
        asked = [statement for statement in reads if re.search(rf"\b{name.partition('.')[2]}\b", statement)]
        is_mark = re.compile(rf"test/dump/{re.escape(name)}/.*/\d{{5}}\.json")
        stood, all_ranges = (sum(bool(is_mark.fullmatch(key)) for key in keys) for keys in (before, after))
        assert len(asked) == (0 if name in finished else max(all_ranges, 1) - stood), (name, asked)


def check_nothing_finished_was_read_again(before, after, seed):
    """Manifests stand as they stood, and so do the files of ranges whose mark was there."""
    marks = [key for key in before if re.search(r"/\d{5}\.json$", key)]
    finished = [key for key in before if key.endswith("manifest.json")]
    for mark in marks:
        finished += [key for key in before if key.startswith(mark.removesuffix(".json") + "/")]
    for key in finished:
        assert after.get(key) == before[key], (key, seed)


def test_dump_goes_on_with_a_forced_one_and_without_files_that_are_gone(sources, caplog):
    fill(sources, "erp.items", 2500)
    sources.erp("ALTER TABLE items DROP CONSTRAINT items_pkey, ALTER id DROP NOT NULL")
    sources.erp("INSERT INTO items VALUES (NULL, 'no id', 1)", "ANALYZE items")
    sources.design("erp.items", DESIGN.format(database="erp", table="items").replace("BIGINT NOT NULL", "BIGINT"))
    assert run(sources) == {"erp.items": "done"}
    assert [row for row in dumped_rows(sources, "erp.items") if row[0] is None] == [(None, "no id", 1)]

    before = written(sources)
    sources.erp("UPDATE items SET amount = 'NaN' WHERE id = 7500", "UPDATE items SET name = 'new' WHERE id = 3")
    with pytest.raises(LoadError, match="amount"):
        run(sources, force=True)
    sources.erp("UPDATE items SET amount = 5 WHERE id = 7500")
    broken_off = written(sources)
    begun = {key: broken_off[key] for key in broken_off.keys() - before.keys() if not key.endswith("plan.json")}
    assert len(begun) == 4  # of two ranges each a file and a mark
    surplus = next(key for key in begun if "part-00000" in key).replace("part-00000", "part-00009")
    sources.world.s3.put_object(Bucket="lake", Key=surplus, Body=b"of a try that was broken off")
    with caplog.at_level("INFO", "prefect.task_runs"):
        assert run(sources) == {"erp.items": "done"}
    told = [record.name for record in caplog.records if record.getMessage().startswith("dump_table erp.items")]
    assert told == ["prefect.task_runs"]
    assert {key: written(sources).get(key) for key in begun} == begun
    check_dump_is_all_there_is(sources)

    sources.world.s3.delete_object(Bucket="lake", Key=next(key for key in begun if "part-00000" in key))
    assert run(sources) == {"erp.items": "done"}
    check_dump_is_all_there_is(sources)
    assert run(sources) == {"erp.items": "done before"}


def check_dump_is_all_there_is(sources):
    """Its rows are those of the source; beside its files and their marks nothing lies there."""
    assert dumped_rows(sources, "erp.items") == source_rows(sources, "erp.items")
    files = [entry["url"].removeprefix("s3://lake/") for entry in manifest(sources, "erp.items")["entries"]]
    marks = [f"{key.rpartition('/')[0]}.json" for key in files]
    assert sorted(written(sources)) == sorted([*files, *marks, "test/dump/erp.items/manifest.json"])


def test_dump_one_failure_stops_no_other(sources, capsys):
    for name in ("erp.a", "erp.b", "crm.crm_c"):
        fill(sources, name, 3)
    sources.erp("DROP TABLE b")
    assert main(["warehouse", "dump", "--designs", sources.designs]) == 1
    shown = capsys.readouterr()
    assert "Cannot dump 1 of 3 tables:\n  erp.b: Cannot extract 'b': no such table" in shown.err
    assert re.search(r"erp\.b +failed", shown.out) and re.search(r"crm\.crm_c +done +3", shown.out)
    assert dumped_rows(sources, "erp.a") == source_rows(sources, "erp.a")


def test_dump_source_that_cannot_be_reached_stops_no_other(sources, sandbox, capsys):
    """One without a block, one behind a dead port; the third has no session to give at first, and is tried again."""
    for name in ("erp.a", "erp.b"):
        fill(sources, name, 3)
    sources.design("web.web_a", DESIGN.format(database="nowhere", table="web_a"))
    sources.design("crm.crm_a", DESIGN.format(database="dead-port", table="crm_a"))
    tries = []

    def limit_sessions(said):
        if said.step == "dump_source" and said.result is None:
            tries.append(said.load.name)
            if said.load.name == "erp":
                allowed = 0 if tries.count("erp") == 1 else -1
                with postgres_root(sandbox) as root:
                    root.execute(f"ALTER DATABASE erp CONNECTION LIMIT {allowed}")

    listeners.append(limit_sessions)
    try:
        retry = ["--retries", "1", "--retry-delay-seconds", "0"]
        with socket.socket() as nobody_listens:
            nobody_listens.bind(("127.0.0.1", 0))
            port = str(nobody_listens.getsockname()[1])
            save_erp(sandbox.environment | {"POSTGRES_PORT": port}, "127.0.0.1", name="dead-port")
            assert main(["warehouse", "dump", "--designs", sources.designs, *retry]) == 1
    finally:
        listeners.remove(limit_sessions)
        with postgres_root(sandbox) as root:
            root.execute("ALTER DATABASE erp CONNECTION LIMIT -1")
    assert sorted(tries) == ["dead-port", "dead-port", "erp", "erp", "nowhere"]
    shown = capsys.readouterr()
    assert "Cannot dump 2 of 4 tables" in shown.err
    assert re.search(r"web\.web_a: Cannot find block 'source-database/nowhere'", shown.err)
    assert re.search(r"crm\.crm_a: Cannot connect to", shown.err)
    for name in ("erp.a", "erp.b"):
        assert re.search(rf"{re.escape(name)} +done +3", shown.out)
        assert dumped_rows(sources, name) == source_rows(sources, name)
    assert re.search(r"crm\.crm_a +failed", shown.out) and re.search(r"web\.web_a +failed", shown.out)


def test_dump_bad_value_names_table_column_and_row(sources):
    fill(sources, "erp.a", 3)
    sources.erp("UPDATE a SET name = repeat('x', 40)")
    sources.design("erp.a", DESIGN.format(database="erp", table="a").replace("VARCHAR(40)", "VARCHAR(39)"))
    with pytest.raises(LoadError, match=r"erp\.a: .*name"):
        run(sources)
    assert not [key for key in written(sources) if key.endswith("manifest.json")]


def test_dump_dry_run_shows_the_statements_that_are_sent_and_touches_nothing(sources, source_logs, capsys):
    """By the servers' own logs; with a prefix of its own."""
    fill(sources, "erp.items", 2500)
    fill(sources, "web.web_a", 3)
    fill(sources, "web.web_many", 1500)
    arguments = ["--designs", sources.designs, "--rows-per-range", "1000", "--prefix", "team/ann"]
    assert main(["warehouse", "dump", "--dry-run", *arguments]) == 0
    shown = capsys.readouterr().out
    assert sources.world.keys("") == []
    assert source_logs.reads() == set()
    assert main(["warehouse", "dump", *arguments]) == 0
    assert source_logs.reads() == set(planned_statements(shown))
    assert len(source_logs.reads()) == 3 + 1 + 2
    assert "dump erp.items  (about 2,500 rows, " in shown
    files = re.findall(r"^--   s3://lake/(.*)$", shown, re.MULTILINE)
    run_part = re.compile(r"dryrun|dry-run|[0-9a-f]{12}(?=/)")
    planned = {run_part.sub("RUN", key).replace("part-*.parquet", "part-00000.parquet") for key in files}
    plans = {f"team/ann/dump/{name}/plan.json" for name in ("erp.items", "web.web_many")}
    assert {run_part.sub("RUN", key) for key in sources.world.keys("")} == planned - plans
    capsys.readouterr()
    assert main(["warehouse", "dump", "--dry-run", *arguments]) == 0
    assert "dump erp.items  (stands: 2,500 rows)" in capsys.readouterr().out


def test_dump_reads_no_more_tables_of_a_source_at_one_time_than_it_may(sources):
    """As the server sees it: nothing is read on before the test lets go of a lock, and by then all have come."""
    fill(sources, "erp.items", 3)
    gate = "SELECT id, name, amount FROM items, (SELECT pg_advisory_lock_shared(77)) AS gate"
    for number in range(7):
        sources.erp(f"CREATE VIEW slow_{number} AS {gate}")
        sources.design(f"erp.slow_{number}", DESIGN.format(database="erp", table=f"slow_{number}"))
    reading = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = 'erp' AND query LIKE 'COPY%' AND state = 'active'"
    states = {}
    thread = threading.Thread(target=lambda: states.update(run(sources, "erp.slow_*")))
    with closing(connect_postgres(sources.world, "erp")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(77)")
        thread.start()
        seen, deadline = [], time.monotonic() + 60
        while seen.count(3) < 25 and thread.is_alive() and time.monotonic() < deadline:
            cursor.execute(reading)
            seen += cursor.fetchone()
            time.sleep(0.02)
    thread.join()
    assert max(seen) == 3
    assert states == {f"erp.slow_{number}": "done" for number in range(7)}
