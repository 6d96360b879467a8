"""Deletes are found by keys of any kind: texts, decimals, dates, moments, and several columns together."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa

from flows.sync import sync
from model.errors import ConfigError, DataError
from model.patience import Patience
from model.read_design import read_design
from sql import key_hashes
from tasks import detect_deletes
from tests.flows.declared import declare

NOW = Patience(retries=0, warehouse_poll_seconds=0.1, source_poll_seconds=0.1)
DAY = date(2025, 1, 1)
DESIGN = """
description: A table of a test.
source: {{database: {database}, table: keyed}}
columns:
  name: VARCHAR(80) NOT NULL
  code: CHAR(6) NOT NULL
  share: DECIMAL(12,4) NOT NULL
  number: BIGINT NOT NULL
  day: DATE NOT NULL
  moment: TIMESTAMP NOT NULL
  hash: INTEGER
key: [name, code, share, number, day, moment, hash]
cursor: moment
load: merge
detect_deletes: true
distribution: auto
"""
# What one side could write otherwise than the other.
NAMES = [
    "",
    "a",
    "A",
    "ab",
    "it's",
    'say "x"',
    "back\\slash",
    "100 %",
    "é",
    "日本",
    "😀",
    "tab\there",
    "line\nbreak",
    "NULL",
]
SHARES = ["0", "0.5", "-0.5", "-7", "12345678.1234", "1.10"]
MOMENTS = ["2025-01-01 00:00:00", "2025-01-01 23:59:59.999999", "2025-01-01 07:08:09.01"]
DAYS = ["0001-01-01", "2024-02-29", "9999-12-31"]
ROWS = [
    (name, f"c{position % 7}", SHARES[position % 6], number, DAYS[position % 3], MOMENTS[position % 3], 1)
    for position, (name, number) in enumerate(
        (name, number) for name in NAMES for number in (0, 7, -7, 2**63 - 1, -(2**63), 1000)
    )
]
TARGET = "SELECT COUNT(*) FROM mart.keyed"
CREATE = {
    "shop": "CREATE TABLE keyed (name VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, code CHAR(6) CHARACTER SET"
    " latin1, share DECIMAL(12,4), number BIGINT, day DATE, moment DATETIME(6), hash INT, KEY (moment))",
    "shop-postgres": "CREATE TABLE keyed (name text, code char(6), share numeric, number bigint, day date,"
    " moment timestamp(6), hash int)",
}


class Source:
    """The table `keyed` in one of the two sources."""

    def __init__(self, world: Any, database: str) -> None:
        self.is_mysql = database == "shop"
        facts = world._facts("POSTGRES")
        self.connection = world.connect_source() if self.is_mysql else psycopg2.connect(**facts)
        self.connection.autocommit = True if not self.is_mysql else self.connection.autocommit
        self.cursor = self.connection.cursor()
        self.run("DROP TABLE IF EXISTS keyed", CREATE[database])

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.cursor.execute(statement)

    def fill(self, rows: list[tuple[Any, ...]]) -> None:
        self.cursor.executemany("INSERT INTO keyed VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)

    def delete(self, row: tuple[Any, ...]) -> None:
        self.cursor.execute("DELETE FROM keyed WHERE name = %s AND number = %s", (row[0], row[3]))
        assert self.cursor.rowcount == 1


@pytest.fixture(params=["shop", "shop-postgres"])
def source(world, request, tmp_path, monkeypatch):
    declare(tmp_path, monkeypatch, keyed=DESIGN.format(database=request.param))
    source = Source(world, request.param)
    source.fill(ROWS)
    yield source
    source.run("DROP TABLE keyed")
    source.connection.close()


def run():
    return sync("mart.keyed", run_date=DAY, patience=NOW)


def test_sync_finds_deletes_by_a_key_of_many_columns(world, source, monkeypatch):
    run()
    assert world.warehouse(TARGET) == [(len(ROWS),)]
    asked = []
    query = detect_deletes.query_source
    with monkeypatch.context() as patch:
        patch.setattr(
            detect_deletes,
            "query_source",
            lambda address, table, text: asked.append(text) or query(address, table, text),
        )
        assert run().deleted_row_count == 0
    assert len(asked) == 1  # a quiet table is asked for its sums only

    # As if the source wrote keys otherwise than the warehouse: a look at their values tells, and nothing is deleted.
    text = key_hashes._text

    def other(column: Any, target: Any, side: str) -> Any:
        return text(column, target, side) if side == "redshift" else sa.func.concat(text(column, target, side), "!")

    with monkeypatch.context() as patch:
        patch.setattr(key_hashes, "_text", other)
        with pytest.raises(
            Exception, match=r"84 are gone from the source by their checksums, and 84 of these are there"
        ):
            run()
    assert world.warehouse(TARGET) == [(len(ROWS),)]

    gone = ROWS[::5]
    for row in gone:
        source.delete(row)
    source.fill([("later", "z", "1", 5, "2025-01-01", "2025-03-01 00:00:00", 1)])  # in no window of this run
    with monkeypatch.context() as patch:
        patch.setattr(detect_deletes, "_MOST_KEYS", 5)
        assert run().deleted_row_count == len(gone)
    kept = [(row[0], row[3]) for row in ROWS if row not in gone]
    assert sorted(world.warehouse("SELECT name, number FROM mart.keyed")) == sorted(kept)

    source.run("DELETE FROM keyed")
    with pytest.raises(DataError, match="the source has none of the target's keys"):
        run()
    assert world.warehouse(TARGET) == [(len(kept),)]


@pytest.mark.parametrize(
    ("declared", "changed", "said"),
    [
        ("share: DECIMAL(12,4)", "share: DOUBLE PRECISION", "the key's 'share' is DOUBLE PRECISION"),
        ("share: DECIMAL(12,4)", "share: DECIMAL(38,31)", "the key's 'share' is DECIMAL\\(38,31\\)"),
        ("name: VARCHAR(80) NOT NULL", "name: {type: VARCHAR(80), too_long: cut}", "the key's 'name' has a policy"),
    ],
)
def test_design_whose_key_cannot_be_compared_is_refused(tmp_path, monkeypatch, declared, changed, said):
    declare(tmp_path, monkeypatch, keyed=DESIGN.format(database="shop").replace(declared, changed))
    with pytest.raises(ConfigError, match=said):
        read_design("mart.keyed")
