"""Columns whose names in the source are not those of the target: another case, or another name altogether."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import psycopg2
import pytest

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from command_line.main import main
from extract.query_source import query_source
from flows.sync import sync
from model.dump import DumpRange
from model.errors import ConfigError
from model.patience import Patience
from model.read_design import read_design
from pipelines.new_load import PlannedLoad, new_load
from sql.source import key_limits
from tasks.name_as_in_source import name_as_in_source
from tasks.plan_dump import range_extraction
from tests.flows.declared import declare

NOW = Patience(retries=0, warehouse_poll_seconds=0.1, source_poll_seconds=0.1)
DAY = date(2025, 1, 1)
DESIGN = """
description: A table of a test.
source: {{database: {database}, table: {table}}}
columns: {columns}
key: [id]
cursor: at
newest_first: [at]
load: merge
detect_deletes: true
soft_delete: {{column: is_deleted, removes_row: true}}
distribution: auto
null_cursor: ignore
allow_empty: true
"""
# Name in the target, declaration: by case alone, and with names that have nothing in common.
BY_CASE = "{id: BIGINT NOT NULL, at: TIMESTAMP, name: VARCHAR(20), is_deleted: BOOLEAN}"
RENAMED = (
    '{id: {type: BIGINT NOT NULL, source: "OrderNo"}, at: {type: TIMESTAMP, source: "Changed At"},'
    ' name: {type: VARCHAR(20), source: group}, is_deleted: {type: BOOLEAN, source: "Gone?"}}'
)
TARGET = "SELECT id, at, name FROM mart.item ORDER BY id"


def postgres(world: Any, *statements: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(**world._facts("POSTGRES"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def table_of(kind: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Drops and creates `Item` with those columns, with a row in the window, one with a NULL cursor, one out of it."""
    quote = '"' if kind == "postgresql" else "`"
    key, at, name, gone = (f"{quote}{one}{quote}" for one in names)
    item = f"{quote}Item{quote}"
    stamp = "TIMESTAMP(6)" if kind == "postgresql" else "DATETIME(6)"
    return (
        f"DROP TABLE IF EXISTS {item}",
        f"CREATE TABLE {item} ({key} BIGINT PRIMARY KEY, {at} {stamp} NULL, {name} VARCHAR(20), {gone} BOOLEAN)",
        f"INSERT INTO {item} VALUES (1, '2025-01-01 09:00:00', 'a', false),"
        " (2, '2025-01-01 23:59:59.999999', 'b', false), (3, '2025-01-02 00:00:00', 'c', false), (4, NULL, 'd', false)",
        f"DELETE FROM {item} WHERE {key} = 1",
        f"UPDATE {item} SET {gone} = true WHERE {key} = 2",
    )


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
@pytest.mark.parametrize(
    ("columns", "names"),
    [(BY_CASE, ("ID", "At", "name", "Is_Deleted")), (RENAMED, ("OrderNo", "Changed At", "group", "Gone?"))],
    ids=["case", "renamed"],
)
def test_sync_reads_by_the_names_of_the_source(world, tmp_path, monkeypatch, kind, columns, names):
    database = "shop-postgres" if kind == "postgresql" else "shop"
    declare(tmp_path, monkeypatch, item=DESIGN.format(database=database, table="Item", columns=columns))
    ask = (lambda *texts: postgres(world, *texts)) if kind == "postgresql" else world.source
    drop, create, fill, delete, mark = table_of(kind, names)
    ask(drop, create, fill)
    try:
        sync("mart.item", run_date=DAY, patience=NOW)
        first = [
            (1, datetime(2025, 1, 1, 9), "a"),
            (2, datetime(2025, 1, 1, 23, 59, 59, 999999), "b"),
        ]
        assert world.warehouse(TARGET) == first
        assert world.warehouse("SELECT column_name FROM etl.source_columns ORDER BY 1") == [
            ("at",),
            ("id",),
            ("is_deleted",),
            ("name",),
        ]
        # One row goes at the source, another is marked there: both leave the target.
        ask(delete, mark)
        loaded = sync("mart.item", run_date=DAY, patience=NOW)
        assert (loaded.deleted_row_count, world.warehouse(TARGET)) == (2, [])
    finally:
        ask(drop)


def test_sync_of_a_name_that_differs_twice_in_case_is_refused(world, tmp_path, monkeypatch):
    declare(tmp_path, monkeypatch, item=DESIGN.format(database="shop-postgres", table="twice", columns=BY_CASE))
    postgres(
        world,
        "DROP TABLE IF EXISTS twice",
        'CREATE TABLE twice ("ID" BIGINT PRIMARY KEY, "Id" BIGINT, at TIMESTAMP, name TEXT, is_deleted BOOLEAN)',
    )
    try:
        with pytest.raises(Exception, match=r"Cannot extract 'twice\.id': no such column .*one of ID, Id, at"):
            sync("mart.item", run_date=DAY, patience=NOW)
    finally:
        postgres(world, "DROP TABLE twice")


def test_describe_writes_the_names_that_postgres_keeps(world, capsys):
    drop, create, *_ = table_of("postgresql", ("ID", "at", "name", "Is_Deleted"))
    postgres(world, drop, create)
    try:
        assert main(["describe", "shop-postgres.Item"]) == 0
        said = capsys.readouterr().out
        assert "  id: {type: BIGINT NOT NULL, source: ID}" in said
        assert "  at: TIMESTAMP" in said
    finally:
        postgres(world, drop)


def test_name_as_in_source_lets_a_dump_read_ranges_of_the_key(world, tmp_path, monkeypatch):
    drop, create, fill, *_ = table_of("postgresql", ("ID", "At", "name", "Is_Deleted"))
    postgres(world, drop, create, fill)
    try:
        declare(tmp_path, monkeypatch, item=DESIGN.format(database="shop-postgres", table="Item", columns=BY_CASE))
        lake, warehouse, source = Lake.load("lake"), Warehouse.load("warehouse"), SourceDatabase.load("shop-postgres")
        load = new_load("dump", PlannedLoad(read_design("mart.item"), DAY, None), lake, warehouse)
        statement = key_limits(name_as_in_source(load, source), "id", source.kind)
        assert query_source(source.address, "Item", statement) == [(1, 4)]
        within = DumpRange(number=1, first=2, before=4)
        assert range_extraction(load, source, within).where == '"ID" >= 2 AND "ID" < 4'
    finally:
        postgres(world, drop)


def test_dry_run_shows_the_names_of_the_source(world, tmp_path, monkeypatch, capsys):
    declare(tmp_path, monkeypatch, item=DESIGN.format(database="shop-postgres", table="Item", columns=RENAMED))
    assert main(["sync", "--table", "mart.item", "--run-date", "2025-01-01", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert 'SELECT "Item"."OrderNo", "Item"."Changed At", "Item"."group", "Item"."Gone?" \nFROM "Item"' in said
    assert "\"Changed At\" >= '2025-01-01 00:00:00'" in said


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('{id: {type: BIGINT, source: ""}}', "columns"),
        ("{id: {type: BIGINT, source: [a]}}", "columns"),
    ],
)
def test_design_with_no_name_for_the_source_is_refused(tmp_path, monkeypatch, declared, said):
    declare(tmp_path, monkeypatch, item=DESIGN.format(database="shop", table="item", columns=declared))
    with pytest.raises(ConfigError, match=said):
        read_design("mart.item")
