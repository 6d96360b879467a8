"""Commands that look: explain, ddl, ls, upstream, downstream."""

from __future__ import annotations

import pytest

from command_line.main import main

TABLE = """
description: Something.
source: {database: shop, table: orders}
columns: {id: BIGINT NOT NULL, person: BIGINT, note: VARCHAR(40)}
load: replace
distribution: %s
sort: [id]
"""
TRANSFORMATION = "description: Something.\ncolumns: {id: BIGINT}\ndistribution: auto\n"
QUERIES = {
    "moving": "-- Joined by what is not the key.\nSELECT o.id FROM mart.orders o JOIN mart.people p ON o.person = p.id",
    "staying": "SELECT o.id FROM mart.orders o JOIN mart.items i ON o.id = i.id",
    "hopeless": "SELECT id FROM mart.absent",
}


@pytest.fixture
def folder(tmp_path) -> str:
    mart = tmp_path / "mart"
    mart.mkdir()
    for name, distribution in {"orders": "id", "items": "id", "people": "even"}.items():
        (mart / f"{name}.yaml").write_text(TABLE % distribution)
    for name, sql in QUERIES.items():
        (mart / f"{name}.yaml").write_text(TRANSFORMATION)
        (mart / f"{name}.sql").write_text(sql)
    return str(tmp_path)


def test_ddl_creates_what_explain_then_explains(world, folder, capsys, tmp_path):
    assert main(["warehouse", "ddl", "mart.orders", "mart.items", "mart.people", "--designs", folder]) == 0
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse(capsys.readouterr().out)
    statement = "SELECT \"column\", type, distkey, sortkey FROM pg_table_def WHERE tablename = 'orders'"
    connection = world.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO mart")
        cursor.execute(statement)
        assert cursor.fetchall()[0] == ("id", "bigint", True, 1)
    connection.close()
    people = ", ".join(f"({number}, 1, '')" for number in range(5))
    world.warehouse(f"INSERT INTO mart.people VALUES {people}")
    orders = ", ".join(f"({number}, 1, '')" for number in range(100))
    for table in ("orders", "items"):
        world.warehouse(f"INSERT INTO mart.{table} VALUES {orders}")
    for table in ("orders", "items", "people"):
        world.warehouse(f"ANALYZE mart.{table}")

    assert main(["warehouse", "explain", "--dry-run", "--designs", folder]) == 0
    planned = capsys.readouterr().out
    assert main(["warehouse", "explain", "--designs", folder]) == 1
    said = capsys.readouterr()
    assert "warning: XN Hash Join DS_BCAST_INNER (" in said.out
    assert " rows of orders o, people p): every node gets a copy of all rows of the inner side: distribute" in said.out
    assert said.out.count("warning:") == 1
    assert "-- mart.staying  cost " in said.out
    assert said.err.startswith("Cannot explain 'mart.hopeless': relation \"mart.absent\" does not exist")
    log = world.warehouse("SELECT TRIM(query_text) FROM sys_query_history WHERE query_type = 'EXPLAIN'")
    for name, sql in QUERIES.items():
        sent = f"/* explain:mart.{name} */ EXPLAIN {sql}"
        assert f"{sent};\n" in planned
        assert sent in [text.replace("\\n", "\n") for (text,) in log]

    report = tmp_path / "report.sql"
    report.write_text("SELECT 1 AS one FROM mart.orders o CROSS JOIN mart.people p;\n")
    assert main(["warehouse", "explain", "--query", str(report)]) == 0
    said = capsys.readouterr().out
    assert "XN Nested Loop DS_BCAST_INNER" in said
    assert "warning: note of the planner: Nested Loop Join in the query plan" in said


def test_explain_of_no_select_is_refused(tmp_path, capsys):
    (tmp_path / "bad.sql").write_text("DROP TABLE mart.orders")
    assert main(["warehouse", "explain", "--query", str(tmp_path / "bad.sql")]) == 2
    assert "Cannot explain" in capsys.readouterr().err
    assert main(["warehouse", "explain", "--query", str(tmp_path / "none.sql")]) == 2


def test_ls_lists_files_of_a_prefix(world, capsys):
    bucket = world.environment["LAKE_BUCKET"]
    for key, body in {"a/1.parquet": b"12345", "a/b/2.parquet": b"x" * 2000, "c": b""}.items():
        world.s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert main(["warehouse", "ls", "a/"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["5", "s3://lake/a/1.parquet"],
        ["2,000", "s3://lake/a/b/2.parquet"],
    ]
    assert lines[2:] == ["2 files, 2,005 bytes under s3://lake/a/"]
    assert main(["warehouse", "ls", "a/", "--dry-run"]) == 0
    assert capsys.readouterr().out == "-- list\n--   s3://lake/a/*\n\n"


def test_view_is_shown_as_one(world, folder, tmp_path, capsys):
    (tmp_path / "mart" / "shown.yaml").write_text("description: A view.\ncolumns: {id: BIGINT}\nview: true\n")
    (tmp_path / "mart" / "shown.sql").write_text("SELECT id FROM mart.orders")
    assert main(["warehouse", "ddl", "mart.orders", "mart.shown", "--designs", folder]) == 0
    printed = capsys.readouterr().out
    assert "CREATE OR REPLACE VIEW mart.shown AS\nSELECT id FROM mart.orders\nWITH NO SCHEMA BINDING;" in printed
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse(printed)
    assert world.warehouse("SELECT * FROM mart.shown") == []
    assert main(["warehouse", "downstream", "mart.orders", "--designs", folder]) == 0
    assert ["mart.shown", "view"] in [line.split() for line in capsys.readouterr().out.splitlines()]
    assert main(["warehouse", "explain", "mart.shown", "--designs", folder]) == 0
    assert "XN Seq Scan on orders" in capsys.readouterr().out


def test_upstream_and_downstream_print_a_tree(folder, capsys):
    assert main(["warehouse", "upstream", "mart.moving", "--designs", folder]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "mart.moving      transformation",
        "  mart.orders    table, replace",
        "    shop:orders  table of a source",
        "  mart.people    table, replace",
        "    shop:orders  table of a source",
    ]
    assert main(["warehouse", "downstream", "mart.people", "--designs", folder]) == 0
    assert capsys.readouterr().out.splitlines() == ["mart.people    table, replace", "  mart.moving  transformation"]
    assert main(["warehouse", "upstream", "mart.none", "--designs", folder]) == 2
