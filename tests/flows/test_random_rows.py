"""Random rows of every supported type go through the real pipeline and come out equal, also the second time."""

from __future__ import annotations

import datetime
import json
from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.flows.every_value import load_whole, loaded_rows, parsed, postgres, proposed_design

ROWS = 500
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
).map(lambda value: json.dumps(value, ensure_ascii=False))
FIRST, LAST = datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)
MOMENTS = st.datetimes(FIRST, LAST)
# What MySQL's TIMESTAMP holds.
STAMPS = st.datetimes(datetime.datetime(1970, 1, 1, 0, 0, 1), datetime.datetime(2038, 1, 19, 3, 14, 7))


def digits(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    return st.integers(-most, most).map(lambda number: Decimal(number).scaleb(-scale, Context(prec=precision)))


# Column: declared in the source, in the warehouse, values.
MYSQL = {
    "tiny": ("TINYINT", "SMALLINT", st.integers(-128, 127)),
    "flag": ("TINYINT(1)", "BOOLEAN", st.booleans()),
    "int_u": ("INT UNSIGNED", "BIGINT", st.integers(0, 2**32 - 1)),
    "big": ("BIGINT", "BIGINT", st.integers(-(2**63), 2**63 - 1)),
    "big_u": ("BIGINT UNSIGNED", '"DECIMAL(20,0)"', st.integers(0, 2**64 - 1)),
    "dec_18_2": ("DECIMAL(18,2)", '"DECIMAL(18,2)"', digits(18, 2)),
    "dec_38_20": ("DECIMAL(38,20)", '"DECIMAL(38,20)"', digits(38, 20)),
    "double_": ("DOUBLE", "DOUBLE PRECISION", st.floats(allow_nan=False, allow_infinity=False)),
    "text_": ("VARCHAR(20)", "VARCHAR(80)", TEXT),
    "latin1": ("VARCHAR(20) CHARACTER SET latin1", "VARCHAR(80)", st.text("aé€ü ÿ", max_size=20)),
    "bytes_": ("VARBINARY(20)", "VARBYTE(20)", st.binary(max_size=20)),
    "date_": ("DATE", "DATE", MOMENTS.map(datetime.datetime.date)),
    "datetime_": ("DATETIME(6)", "TIMESTAMP", MOMENTS),
    "stamp": ("TIMESTAMP(6)", "TIMESTAMP", STAMPS),
    "time_": ("TIME(6)", "TIME", st.times()),
    "json_": ("JSON", "SUPER", JSON),
}
POSTGRES = {
    "flag": ("boolean", "BOOLEAN", st.booleans()),
    "small": ("smallint", "SMALLINT", st.integers(-(2**15), 2**15 - 1)),
    "big": ("bigint", "BIGINT", st.integers(-(2**63), 2**63 - 1)),
    "exact": ("numeric(38,10)", '"DECIMAL(38,10)"', digits(38, 10)),
    "free": ("numeric", '"DECIMAL(38,12)"', digits(30, 12)),
    "real_": ("real", "REAL", st.floats(width=32, allow_nan=False)),
    "double_": ("double precision", "DOUBLE PRECISION", st.floats(allow_nan=False)),
    "text_": ("text", "VARCHAR(80)", TEXT),
    "bytes_": ("bytea", "VARBYTE(20)", st.binary(max_size=20)),
    "date_": ("date", "DATE", MOMENTS.map(datetime.datetime.date)),
    "stamp": ("timestamp", "TIMESTAMP", MOMENTS),
    "instant": ("timestamptz", "TIMESTAMPTZ", MOMENTS.map(lambda moment: moment.replace(tzinfo=datetime.UTC))),
    "time_": ("time", "TIME", st.times()),
    "json_": ("jsonb", "SUPER", JSON),
    "uuid_": ("uuid", "VARCHAR(36)", st.uuids().map(str)),
    "ints": ("integer[]", "SUPER", st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=4)),
}


def rows_of(columns: dict[str, Any]) -> st.SearchStrategy[list[tuple]]:
    """Many rows out of a few values of each column, which meet in ever other combinations."""
    pools = st.tuples(*(st.lists(st.none() | values, min_size=4, max_size=12) for _, _, values in columns.values()))
    return pools.map(
        lambda drawn: [
            tuple(pool[(number * (place + 1) + place) % len(pool)] for place, pool in enumerate(drawn))
            for number in range(ROWS)
        ]
    )


def fill_mysql(world: Any, rows: list[tuple]) -> None:
    declared = ", ".join(f"{name} {source} NULL" for name, (source, *_) in MYSQL.items())
    world.source(
        "DROP TABLE IF EXISTS random_", f"CREATE TABLE random_ (id INT PRIMARY KEY, {declared}) CHARSET utf8mb4"
    )
    insert = f"INSERT INTO random_ VALUES (%s, {', '.join(['%s'] * len(MYSQL))})"
    with world.connect_source() as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.executemany(insert, [(number, *row) for number, row in enumerate(rows)])


def fill_postgres(world: Any, rows: list[tuple]) -> None:
    declared = ", ".join(f"{name} {source}" for name, (source, *_) in POSTGRES.items())
    insert = f"INSERT INTO random_ VALUES (%s, {', '.join(['%s'] * len(POSTGRES))})"
    with postgres(world) as cursor:
        cursor.execute("DROP TABLE IF EXISTS random_")
        cursor.execute(f"CREATE TABLE random_ (id integer PRIMARY KEY, {declared})")
        cursor.executemany(insert, [(number, *row) for number, row in enumerate(rows)])


def as_read(target: str, value: Any) -> Any:
    """The value as the test reads it back: JSON parsed."""
    return parsed(value) if target == "SUPER" and isinstance(value, str) else value


def as_time(text: str | None) -> datetime.time | None:
    return None if text is None else datetime.time.fromisoformat(text)


@pytest.mark.parametrize(
    ("block", "columns", "fill"), [("shop", MYSQL, fill_mysql), ("shop-postgres", POSTGRES, fill_postgres)]
)
def test_load_table_random_rows_arrive_exactly(world, block, columns, fill) -> None:
    # A load takes seconds: a failing example is not made smaller.
    @settings(
        max_examples=2,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rows_of(columns))
    def check(rows: list[tuple]) -> None:
        world.warehouse("DROP TABLE IF EXISTS mart.random_" if has_run else "SELECT 1")
        fill(world, rows)
        has_run.append(True)
        design = proposed_design(block, "random_", **{name: target for name, (_, target, _) in columns.items()})
        load_whole(design)
        loaded = loaded_rows(world, design)
        for place, (name, (_, target, _)) in enumerate(columns.items()):
            found = map(as_time, loaded[name]) if target == "TIME" else loaded[name]
            assert list(found) == [as_read(target, row[place]) for row in rows], name
        again = load_whole(design)
        assert (again.unchanged_row_count, again.inserted_row_count, again.updated_row_count) == (len(rows), 0, 0)

    has_run: list[bool] = []
    check()
