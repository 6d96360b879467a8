"""python -m flows describe, on the real sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.source_database import SourceDatabase
from command_line.main import main
from extract.describe_source import describe_source
from model.errors import SourceError
from model.read_design import parse_design
from tests.flows.every_value import postgres


def test_describe_mysql_table_is_a_design_that_can_be_committed(world, capsys) -> None:
    world.source(
        "DROP TABLE IF EXISTS customers",
        "CREATE TABLE customers (Id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(300) NOT NULL, about JSON,"
        " created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
        " touched TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, KEY (touched))",
        "INSERT INTO customers (name, about) VALUES ('Ünal', '{}'), ('ab', NULL)",
    )
    assert main(["describe", "shop.customers", "--schema", "crm"]) == 0
    assert capsys.readouterr().out == (
        "# warehouse/crm/customers.yaml\n"
        "# Proposed from customers: widths and values as in all of its 2 rows.\n"
        "description: Rows of customers in shop, in their latest state that was loaded.\n"
        "source:\n"
        "  database: shop\n"
        "  table: customers\n"
        "  lookback_days: 1   # each window reaches back a day, for what came late\n"
        "columns:\n"
        "  id: BIGINT NOT NULL\n"
        "  name: VARCHAR(16) NOT NULL\n"
        "  about: SUPER\n"
        "  created_at: TIMESTAMP NOT NULL\n"
        "  touched: TIMESTAMP NOT NULL\n"
        "key: [id]\n"
        "cursor: touched\n"
        "newest_first: [touched]\n"
        "load: merge\n"
        "distribution: auto\n"
        "sort: [touched]\n"
    )


def test_describe_postgres_table_by_its_unique_key(world, capsys) -> None:
    with postgres(world) as cursor:
        cursor.execute('DROP SCHEMA IF EXISTS "Crm" CASCADE; CREATE SCHEMA "Crm"')
        cursor.execute(
            'CREATE TABLE "Crm".users (a int NOT NULL, b text NOT NULL, c int UNIQUE, "updatedAt" timestamptz NOT NULL,'
            " UNIQUE (a, b)); CREATE UNIQUE INDEX ON \"Crm\".users (a) WHERE b = 'x'"
        )
        cursor.execute("INSERT INTO \"Crm\".users VALUES (1, repeat('x', 100), 1, now())")
    assert main(["describe", "Crm.users", "--database", "shop-postgres"]) == 0
    text = capsys.readouterr().out
    design = parse_design(text, Path("warehouse/mart/users.yaml"))
    assert (design.key, design.cursor, design.load) == (("a", "b"), "updatedat", "merge")
    assert [column.type.sql for column in design.columns] == ["INTEGER", "VARCHAR(256)", "INTEGER", "TIMESTAMPTZ"]
    assert "no index begins with it" in text


def test_describe_wrong_names_are_told(world, capsys) -> None:
    assert main(["describe", "orders"]) == 2
    assert "expected <block>.<table>" in capsys.readouterr().err
    assert main(["describe", "nowhere.orders"]) == 2
    assert "source-database/nowhere" in capsys.readouterr().err
    assert main(["describe", "shop.ordres"]) == 1
    assert "Cannot describe 'ordres': no such table" in capsys.readouterr().err


@pytest.mark.parametrize("block", ["shop", "shop-postgres"])
def test_describe_source_large_table_is_sampled_by_its_key(world, block) -> None:
    numbers = {
        "shop": "CREATE TABLE large (id INT PRIMARY KEY, v TEXT NOT NULL)"
        " SELECT seq AS id, IF(seq = 1, REPEAT('x', 900), 'short') AS v FROM seq_1_to_120000",
        "shop-postgres": "CREATE TABLE large AS SELECT i AS id,"
        " CASE i WHEN 1 THEN repeat('x', 900) ELSE 'short' END AS v FROM generate_series(1, 120000) i;"
        " ALTER TABLE large ADD PRIMARY KEY (id)",
    }[block]
    if block == "shop":
        world.source("DROP TABLE IF EXISTS large", numbers)
    else:
        with postgres(world) as cursor:
            cursor.execute("DROP TABLE IF EXISTS large")
            cursor.execute(numbers)
            cursor.execute("ANALYZE large")
    address = SourceDatabase.load(block).address
    sampled = describe_source(address, "large", 30, whole_rows=1000)
    assert (sampled.measured_row_count, sampled.is_measured_whole) == (100_000, False)
    assert sampled.columns[1].measures.byte_count == 5
    whole = describe_source(address, "large", 30)
    assert (whole.measured_row_count, whole.is_measured_whole) == (120_000, True)
    assert whole.columns[1].measures.byte_count == 900


SLOW = {
    "shop": "CREATE OR REPLACE VIEW slow AS SELECT seq AS id, CAST(SLEEP(IF(seq > {fast}, 0.01, 0)) AS CHAR) AS v"
    " FROM seq_1_to_101000",
    "shop-postgres": "CREATE OR REPLACE VIEW slow AS SELECT id,"
    " pg_sleep(CASE WHEN id > {fast} THEN 0.01 ELSE 0 END)::text AS v FROM generate_series(1, 101000) AS id",
}


@pytest.mark.parametrize("block", ["shop", "shop-postgres"])
def test_describe_source_that_takes_too_long_is_sampled_and_then_refused(world, block) -> None:
    """Views with rows that take their time: those behind the sample, then all."""
    address = SourceDatabase.load(block).address
    make_slow(world, block, fast=100_000)
    found = describe_source(address, "slow", 4)
    assert (found.measured_row_count, found.is_measured_whole) == (100_000, False)
    make_slow(world, block, fast=0)
    with pytest.raises(SourceError, match="'slow'"):
        describe_source(address, "slow", 1)


def make_slow(world, block: str, fast: int) -> None:
    if block == "shop":
        world.source(SLOW[block].format(fast=fast))
        return
    with postgres(world) as cursor:
        cursor.execute(SLOW[block].format(fast=fast))
