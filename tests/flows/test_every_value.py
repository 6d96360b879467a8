"""Every type with its edge values, from the real MySQL and PostgreSQL into the warehouse: equal, or refused by name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D
from math import inf

import pytest

from tests.flows.every_value import load_whole, loaded_rows, parsed, postgres, proposed_design

JSON = '{"b": [1, {"é": "💶\\n"}], "a": 18446744073709551615.10, "n": null}'
# Column: declared in the source, proposed for the warehouse, values there, values expected here (None: the same).
MYSQL = {
    "tiny": ("TINYINT", "SMALLINT", [-128, 127], None),
    "tiny_u": ("TINYINT UNSIGNED", "SMALLINT", [0, 255], None),
    "flag": ("TINYINT(1)", "BOOLEAN", [0, 1], [False, True]),
    "no_flag": ("TINYINT(1)", "SMALLINT", [-1, 2], None),
    "small_u": ("SMALLINT UNSIGNED", "INTEGER", [0, 65535], None),
    "medium": ("MEDIUMINT", "INTEGER", [-8388608, 8388607], None),
    "int_": ("INT", "INTEGER", [-(2**31), 2**31 - 1], None),
    "int_u": ("INT UNSIGNED", "BIGINT", [0, 2**32 - 1], None),
    "big": ("BIGINT", "BIGINT", [-(2**63), 2**63 - 1], None),
    "big_u": ("BIGINT UNSIGNED", "DECIMAL(20,0)", [0, 2**64 - 1], None),
    "year_": ("YEAR", "SMALLINT", [1901, 2155], None),
    "year_0": ("YEAR", "SMALLINT", ["0000", "2000"], [0, 2000]),
    "dec_18_2": ("DECIMAL(18,2)", "DECIMAL(18,2)", [D("-9999999999999999.99"), D("0.01")], None),
    "dec_38_0": ("DECIMAL(38,0)", "DECIMAL(38,0)", [D("9" * 38), D("-" + "9" * 38)], None),
    "dec_38_10": ("DECIMAL(38,10)", "DECIMAL(38,10)", [D("9" * 28 + "." + "9" * 10), D("-1e-10")], None),
    "dec_38_30": ("DECIMAL(38,30)", "DECIMAL(38,30)", [D("9" * 8 + "." + "9" * 30), D("1e-30")], None),
    "dec_65_30": ("DECIMAL(65,30)", "DECIMAL(38,30)", [D("9" * 8 + "." + "9" * 30), D("-1e-30")], None),
    "dec_65_wide": ("DECIMAL(65,30)", "VARCHAR(68)", ["9" * 35 + "." + "9" * 30, "-0." + "0" * 29 + "1"], None),
    "float_": ("FLOAT", "REAL", [3.5, 16777216.0], None),
    "double_": ("DOUBLE", "DOUBLE PRECISION", [1.7976931348623157e308, -2.2250738585072014e-308], None),
    "double_0_1": ("DOUBLE", "DOUBLE PRECISION", [0.1, 5e-324], None),
    "bit_1": ("BIT(1)", "BOOLEAN", [b"\0", b"\1"], [False, True]),
    "bit_33": ("BIT(33)", "BIGINT", [2**33 - 1, 0], None),
    "bit_64": ("BIT(64)", "DECIMAL(20,0)", [2**64 - 1, 0], None),
    "char_": ("CHAR(5)", "VARCHAR(20)", ["ab", "€"], None),
    "varchar_": ("VARCHAR(20)", "VARCHAR(80)", ["", "trailing  "], None),
    "emoji": ("VARCHAR(20)", "VARCHAR(80)", ["💶" * 20, "a\tb\n\\'\"%"], None),
    "latin1": ("VARCHAR(20) CHARACTER SET latin1", "VARCHAR(80)", ["é€ü" * 6, "ÿ"], None),
    "text_": ("TEXT", "VARCHAR(65535)", ["x" * 65535, ""], None),
    "longtext_": ("LONGTEXT", "VARCHAR(1024)", ["é" * 200, "\\N"], None),
    "enum_": ("ENUM('a','é')", "VARCHAR(4)", ["a", "é"], None),
    "set_": ("SET('a','b')", "VARCHAR(12)", ["", "a,b"], None),
    "json_": ("JSON", "SUPER", [JSON, "[]"], [parsed(JSON), []]),
    "binary_": ("BINARY(3)", "VARBYTE(3)", [b"\0\xff\0", b"abc"], None),
    "blob_": ("BLOB", "VARBYTE(16)", [b"", b"\0\xff"], None),
    "date_": ("DATE", "DATE", [date(1, 1, 1), date(9999, 12, 31)], None),
    "datetime_": ("DATETIME", "TIMESTAMP", [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)], None),
    "datetime_6": (
        "DATETIME(6)",
        "TIMESTAMP",
        [datetime(1969, 12, 31, 23, 59, 59, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)],
        None,
    ),
    "stamp": (
        "TIMESTAMP(6)",
        "TIMESTAMP",
        ["1970-01-01 00:00:01", "2038-01-19 03:14:07.999999"],
        [datetime(1970, 1, 1, 0, 0, 1), datetime(2038, 1, 19, 3, 14, 7, 999999)],
    ),
    "time_": ("TIME(6)", "TIME", ["00:00:00", "23:59:59.999999"], None),
    "time_24": ("TIME", "TIME", ["24:00:00", "12:00:00"], None),
    "time_long": ("TIME(6)", "VARCHAR(17)", ["-838:59:59", "838:59:59"], ["-838:59:59.000000", "838:59:59.000000"]),
    "uuid_": (
        "UUID",
        "VARCHAR(36)",
        ["123E4567-E89B-12D3-A456-426655440000"] * 2,
        ["123e4567-e89b-12d3-a456-426655440000"] * 2,
    ),
    "inet_": ("INET6", "VARCHAR(39)", ["::1", "2001:db8::ff00:42:8329"], None),
}

# Column: declared in the source, proposed for the warehouse, texts there, values expected here (None: the same texts).
POSTGRES = {
    "flag": ("boolean", "BOOLEAN", ["true", "false"], [True, False]),
    "small": ("smallint", "SMALLINT", ["-32768", "32767"], [-(2**15), 2**15 - 1]),
    "int_": ("integer", "INTEGER", ["-2147483648", "2147483647"], [-(2**31), 2**31 - 1]),
    "big": ("bigint", "BIGINT", ["-9223372036854775808", "9223372036854775807"], [-(2**63), 2**63 - 1]),
    "exact": (
        "numeric(38,10)",
        "DECIMAL(38,10)",
        ["9" * 28 + "." + "9" * 10, "-0.0000000001"],
        [D("9" * 28 + "." + "9" * 10), D("-1e-10")],
    ),
    "free": (
        "numeric",
        "DECIMAL(38,20)",
        ["1.5", "-" + "9" * 18 + "." + "9" * 20],
        [D("1.5"), D("-" + "9" * 18 + "." + "9" * 20)],
    ),
    "free_wide": ("numeric", "VARCHAR(512)", ["1" + "0" * 200 + ".10", "-1"], None),
    "declared_wide": ("numeric(50,10)", "DECIMAL(38,10)", ["0.0000000001", "-5"], [D("1e-10"), D(-5)]),
    "real_": ("real", "REAL", ["16777216", "Infinity"], [16777216.0, inf]),
    "double_": (
        "double precision",
        "DOUBLE PRECISION",
        ["1.7976931348623157e308", "-Infinity"],
        [1.7976931348623157e308, -inf],
    ),
    "double_small": ("double precision", "DOUBLE PRECISION", ["5e-324", "0.1"], [5e-324, 0.1]),
    "text_": ("text", "VARCHAR(1024)", ["a,\"b\"\r\n'c'\\.\\N é💶" * 20, ""], None),
    "words": ("varchar(10)", "VARCHAR(40)", ["NULL", " x  "], None),
    "padded": ("char(4)", "VARCHAR(16)", ["ab", "abcd"], ["ab  ", "abcd"]),
    "mood_": ("mood", "VARCHAR(16)", ["sad", "ök"], None),
    "positive_": ("positive", "INTEGER", ["1", "2"], [1, 2]),
    "date_": ("date", "DATE", ["0001-01-01", "9999-12-31"], [date(1, 1, 1), date(9999, 12, 31)]),
    "stamp": (
        "timestamp",
        "TIMESTAMP",
        ["0001-01-01", "9999-12-31 23:59:59.999999"],
        [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)],
    ),
    "instant": (
        "timestamptz",
        "TIMESTAMPTZ",
        ["2024-07-01 05:30:00.000001+05:30", "1900-01-01 00:00:00+00"],
        [datetime(2024, 7, 1, 0, 0, 0, 1, UTC), datetime(1900, 1, 1, tzinfo=UTC)],
    ),
    "time_": ("time", "TIME", ["00:00:00", "24:00:00"], None),
    "timetz_": ("timetz", "VARCHAR(24)", ["10:00:00.123456+15:59:59", "10:00:00-03"], None),
    "interval_": ("interval", "VARCHAR(64)", ["1 year 2 days 3.5 seconds", "-1 day"], ["P1Y2DT3.5S", "P-1D"]),
    "bytes_": ("bytea", "VARBYTE(16)", ["\\x00ff", ""], [b"\0\xff", b""]),
    "jsonb_": ("jsonb", "SUPER", [JSON, '"text"'], [parsed(JSON), "text"]),
    "json_": ("json", "SUPER", ['{"a": 1e2}', "[]"], [{"a": D(100)}, []]),
    "ints": ("int[]", "SUPER", ["{1,NULL,3}", "{{1,2},{3,4}}"], [[1, None, 3], [[1, 2], [3, 4]]]),
    "texts": ("text[]", "SUPER", ['{a,"b,\\"c"}', "{}"], [["a", 'b,"c'], []]),
    "pairs": ("hstore", "SUPER", ['"a b"=>NULL, "é"=>"\\"1"', ""], [{"a b": None, "é": '"1'}, {}]),
    "pair_": ("pair", "SUPER", ["(1,x)", "(2,)"], [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
    "uuid_": (
        "uuid",
        "VARCHAR(36)",
        ["123E4567-e89b-12d3-a456-426655440000"] * 2,
        ["123e4567-e89b-12d3-a456-426655440000"] * 2,
    ),
    "inet_": ("inet", "VARCHAR(43)", ["::1", "10.0.0.0/8"], None),
    "mac": ("macaddr", "VARCHAR(23)", ["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"], None),
    "money_": ("money", "VARCHAR(64)", ["-92233720368547758.08", "0"], ["-$92,233,720,368,547,758.08", "$0.00"]),
    "bits": ("bit varying(9)", "VARCHAR(32)", ["101010101", "1"], None),
    "span": ("int4range", "VARCHAR(16)", ["[1,5)", "empty"], None),
    "point_": ("point", "VARCHAR(16)", ["(0.1,-2)", "(1,2)"], None),
}


def fill_mysql(world, columns) -> None:
    declared = ", ".join(f"{name} {source} NULL" for name, (source, *_) in columns.items())
    world.source("DROP TABLE IF EXISTS every", f"CREATE TABLE every (id INT PRIMARY KEY, {declared}) CHARSET utf8mb4")
    insert = f"INSERT INTO every VALUES (%s, {', '.join(['%s'] * len(columns))})"
    with world.connect_source() as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        for row in (0, 1):
            cursor.execute(insert, [row, *(values[row] for _, _, values, _ in columns.values())])
        cursor.execute(insert, [2, *[None] * len(columns)])
        if "float_" in columns:  # an INSERT takes a float by 6 digits of its text
            cursor.execute("UPDATE every SET float_ = 16777216 WHERE id = 1")


def fill_postgres(world, columns) -> None:
    declared = ", ".join(f"{name} {source}" for name, (source, *_) in columns.items())
    insert = f"INSERT INTO every VALUES (%s, {', '.join(['%s'] * len(columns))})"
    with postgres(world) as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS hstore")
        cursor.execute("DROP TABLE IF EXISTS every; DROP TYPE IF EXISTS mood, pair; DROP DOMAIN IF EXISTS positive")
        cursor.execute("CREATE TYPE mood AS ENUM ('sad', 'ök'); CREATE TYPE pair AS (a int, b text)")
        cursor.execute("CREATE DOMAIN positive AS integer CHECK (VALUE > 0)")
        cursor.execute(f"CREATE TABLE every (id integer PRIMARY KEY, {declared})")
        for row in (0, 1):
            cursor.execute(insert, [row, *(texts[row] for _, _, texts, _ in columns.values())])
        cursor.execute(insert, [2, *[None] * len(columns)])


MYSQL_SOURCE = ("shop", MYSQL, fill_mysql)
POSTGRES_SOURCE = ("shop-postgres", POSTGRES, fill_postgres)


@pytest.mark.parametrize(("block", "columns", "fill"), [MYSQL_SOURCE, POSTGRES_SOURCE])
def test_load_table_every_type_is_proposed_and_arrives_exactly(world, block, columns, fill) -> None:
    fill(world, columns)
    design = proposed_design(block, "every")
    assert {column.name: column.type.sql for column in design.columns} == {
        "id": "INTEGER",
        **{name: proposed for name, (_, proposed, _, _) in columns.items()},
    }
    load_whole(design)
    loaded = loaded_rows(world, design)
    assert {name: loaded[name] for name in columns} == {
        name: [*(expected or values), None] for name, (_, _, values, expected) in columns.items()
    }
    again = load_whole(design)
    assert (again.inserted_row_count, again.updated_row_count, again.unchanged_row_count) == (0, 0, 3)


@pytest.fixture
def dask_scheduler():
    """The address of a Dask cluster that somebody else runs."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize(
    ("runner", "block", "columns", "fill"),
    [
        ("threads:3", *MYSQL_SOURCE),
        ("threads:3", *POSTGRES_SOURCE),
        ("dask:2", *MYSQL_SOURCE),
        ("tcp", *POSTGRES_SOURCE),
    ],
)
def test_load_table_every_type_arrives_exactly_in_ranges(
    world, monkeypatch, request, runner, block, columns, fill
) -> None:
    """Three ranges side by side, in threads and in processes of Dask; PostgreSQL shares one snapshot."""
    monkeypatch.setenv("TASK_RUNNER", request.getfixturevalue("dask_scheduler") if runner == "tcp" else runner)
    fill(world, columns)
    design = proposed_design(block, "every")
    source = design.source.model_copy(update={"partitions": 3, "several_snapshots": block == "shop"})
    design = design.model_copy(update={"source": source})
    assert load_whole(design).copied_row_count == 3
    loaded = loaded_rows(world, design)
    assert {name: loaded[name] for name in columns} == {
        name: [*(expected or values), None] for name, (_, _, values, expected) in columns.items()
    }
