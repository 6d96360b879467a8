"""The tables that the warehouse makes itself: the example nps from MySQL on, and what may go wrong."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

from blocks.lake import Lake
from blocks.warehouse import Transaction, Warehouse
from command_line.main import main
from flows.sync import sync
from flows.transform import planned, transform
from model import read_design as reading
from model.errors import ConfigError, LoadError
from model.patience import Patience
from model.results import Copied, Extracted
from pipelines.new_load import new_load
from tasks.build_table import build_table
from tasks.clean_up import clean_up
from tasks.create_staging import create_staging
from tasks.create_target import create_target
from tasks.publish import publish
from tests.flows.read_inside import read_inside

DAY = date(2025, 1, 31)
NOW = Patience(retries=0, warehouse_poll_seconds=0.1, warehouse_timeout_seconds=0.3)


def run(*tables, **parameters):
    return transform(tables=tables, run_date=DAY, patience=NOW, **parameters)


def made_answers():
    """(created_at, score) of four months; days of promoters, of detractors, of passives only, and without an answer."""
    draw = random.Random(7)
    scores = {0: (9, 10), 1: range(7), 2: (7, 8), 3: (None,), 4: (0, 6, 7, 8), 5: (7, 8, 9, 10)}
    for number in range(100):
        midnight = datetime(2024, 10, 24) + timedelta(days=number)
        for moment in (midnight, midnight + timedelta(seconds=86399)):
            yield moment, draw.choice(scores.get(number % 9, range(11)))
        for _ in range(draw.randrange(6)):
            score = draw.choice([*scores.get(number % 9, range(11))])
            yield midnight + timedelta(seconds=draw.randrange(86400)), score


def expected(answers, period):
    """(period, answers, promoters, detractors, nps) of each period that has an answer."""
    scores = defaultdict(list)
    for created_at, score in answers:
        if score is not None:
            scores[period(created_at.date())].append(score)
    for begin, found in sorted(scores.items()):
        promoters, detractors = sum(score >= 9 for score in found), sum(score <= 6 for score in found)
        share = Decimal(100 * (promoters - detractors)) / Decimal(len(found))
        yield begin, len(found), promoters, detractors, share.quantize(Decimal("0.01"), ROUND_HALF_UP)


def fill_source(world, answers):
    create = "CREATE TABLE nps (id INT AUTO_INCREMENT PRIMARY KEY, created_at TIMESTAMP NOT NULL, score SMALLINT)"
    world.source("DROP TABLE IF EXISTS nps", create)
    with world.connect_source() as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.executemany("INSERT INTO nps (created_at, score) VALUES (%s, %s)", answers)


def fill_target(world, *answers):
    """mart.nps with these answers: (day, score)."""
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse("CREATE TABLE mart.nps (id INTEGER, created_at TIMESTAMP, score SMALLINT)")
    add_answers(world, *answers)


def add_answers(world, *answers):
    values = ", ".join(f"(1, '{day} 12:00:00', {score})" for day, score in answers)
    world.warehouse(f"INSERT INTO mart.nps VALUES {values}")


def test_transform_nps_from_mysql_equals_what_python_counts(world):
    answers = list(made_answers())
    fill_source(world, answers)
    sync(table="mart.nps", run_date=DAY, full_refresh=True, patience=NOW)
    run("mart.nps_*")
    answers += [(datetime(2025, 1, 31, 12), 10), (datetime(2025, 2, 1), 0)]
    fill_source(world, answers)
    sync(table="mart.nps", run_date=DAY, patience=NOW)
    answers.pop()  # of a later day
    summary, monthly = run("mart.nps_*")
    assert world.warehouse("SELECT * FROM mart.nps_summary ORDER BY day") == list(expected(answers, lambda day: day))
    by_month = list(expected(answers, lambda day: day.replace(day=1)))
    assert world.warehouse("SELECT * FROM mart.nps_monthly ORDER BY month") == by_month
    assert len(by_month) == 4 and {row[4] for row in by_month}.isdisjoint({Decimal(0)})
    assert (summary.table, monthly.table) == ("mart.nps_summary", "mart.nps_monthly")


def test_transform_nps_is_exact_to_two_decimals(world):
    """A month for each of the cases; a tie at the third decimal goes away from zero."""
    cases = {
        (9, 10): "100.00",
        (0, 6): "-100.00",
        (7, 8): "0.00",
        (9, 7, 7): "33.33",
        (9, 9, 7): "66.67",
        (0, 7, 7): "-33.33",
        (6, 6, 8): "-66.67",
        (9, *[7] * 31): "3.13",
        (0, *[7] * 31): "-3.13",
        (10, 0, "NULL"): "0.00",
        ("NULL",): None,
    }
    days = [date(2024, month, 15) for month in range(1, len(cases) + 1)]
    fill_target(world, *((day, score) for day, scores in zip(days, cases, strict=True) for score in scores))
    run("mart.nps_*", max_parallel=1)
    wanted = [(day, Decimal(nps)) for day, nps in zip(days, cases.values(), strict=True) if nps is not None]
    assert world.warehouse("SELECT day, nps FROM mart.nps_summary ORDER BY day") == wanted
    by_month = [(day.replace(day=1), nps) for day, nps in wanted]
    assert world.warehouse("SELECT month, nps FROM mart.nps_monthly ORDER BY month") == by_month


def test_transform_again_keeps_grants_views_and_the_table_itself(world):
    fill_target(world, (DAY, 9))
    run("mart.nps_summary")
    world.warehouse("CREATE VIEW mart.latest AS SELECT MAX(nps) AS nps FROM mart.nps_summary")
    world.warehouse("CREATE GROUP readers")
    world.warehouse("GRANT SELECT ON mart.nps_summary TO GROUP readers")
    identity = "SELECT oid, relacl FROM pg_class WHERE relname = 'nps_summary'"
    before = world.warehouse(identity)
    add_answers(world, (DAY, 0))
    run("mart.nps_summary")
    assert world.warehouse(identity) == before
    assert "readers" in str(before)
    assert world.warehouse("SELECT * FROM mart.latest") == [(Decimal("0.00"),)]
    world.warehouse("REVOKE ALL ON mart.nps_summary FROM GROUP readers")
    world.warehouse("DROP GROUP readers")


def test_transform_ledger_speaks_of_each_table_and_nothing_is_left_behind(world):
    fill_target(world, (DAY, 9), (DAY, 10))
    run("mart.nps_*")
    run("mart.nps_summary")
    ledger = (
        "SELECT table_name, method, run_date, inserted_row_count, deleted_row_count, target_row_count FROM etl.loads"
    )
    assert sorted(world.warehouse(ledger)) == [
        ("mart.nps_monthly", "transform", DAY, 1, 0, 1),
        ("mart.nps_summary", "transform", DAY, 1, 0, 1),
        ("mart.nps_summary", "transform", DAY, 1, 1, 1),
    ]
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []
    assert world.keys("") == []


@pytest.fixture
def designs(tmp_path, monkeypatch):
    """A folder of transformations instead of the project's; returns how to write one."""
    folder = tmp_path / "warehouse"
    (folder / "mart").mkdir(parents=True)
    for function in (reading.read_transformation, reading.transformation_names):
        monkeypatch.setattr(function, "__defaults__", (folder,))

    def write(name, sql, columns="{n: INTEGER NOT NULL}", more="key: [n]"):
        (folder / "mart" / f"{name}.sql").write_text(sql)
        (folder / "mart" / f"{name}.yaml").write_text(
            f"description: A test.\ncolumns: {columns}\ndistribution: even\n{more}\n"
        )

    return write


def test_transform_failed_table_stops_what_reads_it_and_nothing_else(world, designs, capsys):
    designs("a", "SELECT 1 / 0 AS n")
    designs("b", "SELECT n FROM mart.a")
    designs("c", "SELECT n FROM mart.b")
    designs("d", "SELECT 1 AS n")
    designs("e", "SELECT n + 1 AS n FROM mart.d")
    with pytest.raises(LoadError) as caught:
        run("mart.*")
    assert str(caught.value).startswith("Cannot transform 3 of 5 tables:\n")
    assert "mart.a: Cannot build 'mart.a': division by zero" in str(caught.value)
    assert "mart.b: it reads mart.a" in str(caught.value)
    assert "mart.c: it reads mart.b" in str(caught.value)
    assert world.warehouse("SELECT n FROM mart.e") == [(2,)]
    shown = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert ["mart.d", "done", "1"] in shown and ["mart.b", "left", "out"] in shown
    assert ["mart.a", "failed", "0.0"] not in shown and any(line[:2] == ["mart.a", "failed"] for line in shown)
    with get_client(sync_client=True) as client:
        [kept] = client.read_latest_artifacts(
            artifact_filter=ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=["transform"]))
        )
    assert '"mart.c", "state": "left out"' in str(kept.data)


def test_transform_bad_rows_leave_the_target_and_no_staging_table(world, designs):
    cases = {
        "twice": ("SELECT 1 AS n UNION ALL SELECT 1", "INTEGER", r"gives 1 rows with the key \(n\) of another row"),
        "absent": ("SELECT CAST(NULL AS INTEGER) AS n", "INTEGER NOT NULL", "gives 1 rows with NULL in n"),
        "empty": ("SELECT 1 AS n WHERE 1 = 2", "INTEGER", "gives no rows .*allow_empty"),
        "longer": ("SELECT 'éé' AS n", "VARCHAR(3)", "value too long"),
        "higher": ("SELECT 40000 AS n", "SMALLINT", "out of range"),
        "missing": ("SELECT x.m AS n FROM pg_catalog.pg_class AS x", "INTEGER", "m.* does not exist"),
    }
    for name, (_, column_type, _) in cases.items():
        designs(name, "SELECT 7 AS n", f"{{n: {column_type}}}")
    run("mart.*")
    for name, (sql, column_type, _) in cases.items():
        designs(name, sql, f"{{n: {column_type}}}")
    with pytest.raises(LoadError) as caught:
        run("mart.*")
    for name, (_, _, finding) in cases.items():
        assert re.search(f"mart.{name}: .*{finding}", str(caught.value)), name
        assert str(world.warehouse(f"SELECT n FROM mart.{name}")[0][0]) == "7"
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []


def test_transform_allowed_empty_empties_the_table(world, designs):
    designs("t", "SELECT 7 AS n")
    run("mart.t")
    designs("t", "SELECT 7 AS n WHERE 1 = 2", more="allow_empty: true")
    [done] = run("mart.t")
    assert (done.deleted_row_count, done.target_row_count) == (1, 0)


def test_transform_types_are_those_declared_the_second_time_too(world, designs):
    texts = "JSON_PARSE('{\"a\": [1, null]}') AS j, CAST('x' AS VARBYTE) AS b, 'a' AS c, ':x' AS s -- it's: 100 %\n;\n"
    sql = f"SELECT 1 AS n, '10:11:12' AS t, 1.5 AS f, 1 = 1 AS y, TIMESTAMP '2025-01-01' AS at, {texts}"
    columns = "n: 'DECIMAL(9,3)', t: TIME, f: REAL, y: BOOLEAN, at: TIMESTAMPTZ, j: SUPER, b: VARBYTE(9), c: CHAR(3)"
    designs("t", sql, f"{{{columns}, s: VARCHAR(7)}}", "key: [n]")
    run("mart.t")
    run("mart.t")
    values = world.warehouse("SELECT n, CAST(t AS VARCHAR), f, y, JSON_SERIALIZE(j), c, s FROM mart.t")
    assert values == [(Decimal("1.000"), "10:11:12", 1.5, True, '{"a":[1,null]}', "a  ", ":x")]
    lengths = "character_maximum_length, numeric_precision, numeric_scale"
    assert world.warehouse(
        f"SELECT column_name, data_type, {lengths} FROM svv_columns "
        "WHERE table_schema = 'mart' AND column_name IN ('n', 's') ORDER BY 1"
    ) == [("n", "numeric", None, 9, 3), ("s", "character varying", 7, None, None)]


@flow
def each_task_twice(load, lake, warehouse):
    """Only second results are passed on."""
    for _ in range(2):
        create_target(load, warehouse)
    for _ in range(2):
        create_staging(load, warehouse)
    for _ in range(2):
        built = build_table(load, warehouse)
    copied = Copied(row_count=built.row_count, size_bytes=0)
    for _ in range(2):
        published = publish(
            load, warehouse, Extracted(files=(), manifest_key=None, row_count=None, size_bytes=0), copied
        )
    for _ in range(2):
        clean_up(load, lake, warehouse, True)
    return built, published


def test_transform_each_task_twice_ends_as_once(world, designs):
    designs("t", "SELECT 7 AS n UNION ALL SELECT 8")
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    [planned_load] = planned(("mart.t",), DAY, "UTC")
    built, published = each_task_twice(new_load("transform", planned_load, lake, warehouse), lake, warehouse)
    assert built.row_count == published.inserted_row_count == published.target_row_count == 2
    assert world.warehouse("SELECT n FROM mart.t ORDER BY n") == [(7,), (8,)]
    assert world.warehouse("SELECT COUNT(*) FROM etl.loads") == [(1,)]


def test_transform_dry_run_prints_the_statements_that_run(world, designs, capsys, monkeypatch):
    designs("t", "SELECT 7 AS n", more="unload: t")
    assert main(["transform", "--tables", "mart.t", "--run-date", str(DAY), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert world.warehouse("SELECT nspname FROM pg_namespace WHERE nspname = 'mart'") == []
    executed, run_statement = [], Transaction.run
    monkeypatch.setattr(Transaction, "run", lambda self, text: executed.append(text) or run_statement(self, text))
    [done] = run("mart.t")
    assert done.exported_row_count == 1 and len(executed) > 20
    assert f"t/dt={DAY}/manifest" in world.keys("t/")
    [(run_id,)] = world.warehouse("SELECT run_id FROM etl.loads")
    for statement in executed:
        text = statement.replace(run_id, "dry-run").replace(run_id.replace("-", "")[-12:], "dryrun")
        assert text.partition("VALUES ('mart.t', 'dry-run', 'transform', ")[0] in shown


def test_transform_independent_tables_are_built_side_by_side(world, designs, monkeypatch):
    """Four tables wait for each other in the middle of their build: one after the other they never could."""
    from pipelines import transform_table

    for name in "abcd":
        designs(name, "SELECT 1 AS n")
    meeting, build = threading.Barrier(4, timeout=10), transform_table.build_table

    def meets(load, warehouse):
        meeting.wait()
        return build.fn(load, warehouse)

    monkeypatch.setattr(transform_table.build_table, "with_options", lambda **_: meets)
    assert len(run("mart.*", max_parallel=4)) == 4


def test_transform_no_more_than_max_parallel_are_built_at_once(world, designs, monkeypatch):
    from pipelines import transform_table

    for name in "abcd":
        designs(name, "SELECT 1 AS n")
    at_once, most, build = set(), [], transform_table.build_table
    pair = threading.Barrier(2)

    def counts(load, warehouse):
        at_once.add(load.table)
        most.append(len(at_once))
        pair.wait(60)
        at_once.remove(load.table)
        return build.fn(load, warehouse)

    monkeypatch.setattr(transform_table.build_table, "with_options", lambda **_: counts)
    run("mart.*", max_parallel=2)
    assert max(most) == 2


def test_transform_reader_never_sees_an_empty_or_half_table(world, designs, monkeypatch):
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse("CREATE TABLE mart.source (n INTEGER, v INTEGER)")
    values = ",".join(f"({number}, 1)" for number in range(5000))
    world.warehouse(f"INSERT INTO mart.source VALUES {values}")
    designs("t", "SELECT n, v FROM mart.source", "{n: INTEGER, v: INTEGER}")
    run("mart.t")
    seen, stop = set(), threading.Event()
    query = "SELECT COUNT(*), MIN(v), MAX(v) FROM mart.t"
    after_delete = read_inside(world, monkeypatch, "DELETE FROM mart.t", query)
    after_insert = read_inside(world, monkeypatch, "INSERT INTO mart.t ", query)

    def poll():
        connection = world.connect()
        with connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute(query)
                seen.add(cursor.fetchone())
        connection.close()

    reader = threading.Thread(target=poll)
    reader.start()
    world.warehouse("UPDATE mart.source SET v = 2")
    run("mart.t")
    time.sleep(0.2)
    stop.set()
    reader.join()
    assert seen == {(5000, 1, 1), (5000, 2, 2)}
    assert after_delete == after_insert == [(5000, 1, 1)]


def test_transform_later_run_takes_the_table_over(world, designs, monkeypatch):
    from pipelines import transform_table

    designs("t", "SELECT 7 AS n")
    build = transform_table.build_table

    def is_overtaken(load, warehouse):
        world.warehouse("UPDATE etl.leases SET run_id = 'later'")
        return build.fn(load, warehouse)

    monkeypatch.setattr(transform_table.build_table, "with_options", lambda **_: is_overtaken)
    with pytest.raises(LoadError, match="run later has taken the table over"):
        run("mart.t")
    assert world.warehouse("SELECT COUNT(*) FROM mart.t") == [(0,)]


def test_transform_target_of_other_types_fails_before_it_is_touched(world, designs):
    designs("t", "SELECT 1.5 AS n", "{n: 'DECIMAL(3,1)'}")
    run("mart.t")
    designs("t", "SELECT 1.555 AS n, 1 AS m", "{n: 'DECIMAL(5,3)', m: INTEGER}")
    with pytest.raises(
        LoadError, match=r"n is DECIMAL\(3,1\) \(expected DECIMAL\(5,3\)\), m is missing \(expected INTEGER"
    ):
        run("mart.t")
    assert world.warehouse("SELECT n FROM mart.t") == [(Decimal("1.5"),)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tables", "mart.nps_sumary"], "Cannot find a table for 'mart.nps_sumary': .*mart.nps_summary"),
        (["--tables", "shop.*"], "Cannot find a table for 'shop.*'"),
        (["--max-parallel", "0"], "--max-parallel is '0'"),
    ],
)
def test_transform_wrong_parameter_gets_code_2_before_anything_runs(capsys, arguments, said):
    assert main(["transform", *arguments]) == 2
    assert re.search(said, capsys.readouterr().err)


def test_transform_circle_is_refused_by_name_before_anything_runs(designs):
    designs("a", "SELECT n FROM mart.b")
    designs("b", "SELECT n FROM mart.c JOIN mart.d USING (n)")
    designs("c", "SELECT n FROM mart.a")
    designs("d", "SELECT 1 AS n")
    with pytest.raises(ConfigError, match=r"Cannot order the transformations: 'mart\.\w' reads 'mart\.\w' reads"):
        run("mart.*")


def test_transform_dry_run_shows_tables_in_their_order(world, capsys):
    assert main(["transform", "--tables", "mart.nps_*", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert shown.index("INSERT INTO staging.mart$nps_summary$dryrun (day,") < shown.index("FROM mart.nps_summary\n")
    assert "DELETE FROM mart.nps_monthly;" in shown
    assert "copy_into_staging" not in shown
