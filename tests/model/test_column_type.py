import doctest

import pyarrow as pa
import pytest

from model import column_type
from model.column_type import ColumnType, parse_column_type


@pytest.mark.parametrize(
    ("written", "sql", "arrow"),
    [
        ("bigint", "BIGINT", pa.int64()),
        ("INT8", "BIGINT", pa.int64()),
        ("int", "INTEGER", pa.int32()),
        ("Int4", "INTEGER", pa.int32()),
        ("int2", "SMALLINT", pa.int16()),
        ("bool", "BOOLEAN", pa.bool_()),
        ("float4", "REAL", pa.float32()),
        ("float", "DOUBLE PRECISION", pa.float64()),
        ("double  precision", "DOUBLE PRECISION", pa.float64()),
        ("numeric(18, 2)", "DECIMAL(18,2)", pa.decimal128(18, 2)),
        ("decimal(38,37)", "DECIMAL(38,37)", pa.decimal128(38, 37)),
        ("decimal", "DECIMAL(18,0)", pa.decimal128(18, 0)),
        ("numeric(5)", "DECIMAL(5,0)", pa.decimal128(5, 0)),
        ("varchar(20)", "VARCHAR(20)", pa.string()),
        ("varchar", "VARCHAR(256)", pa.string()),
        ("varchar(max)", "VARCHAR(65535)", pa.string()),
        ("character varying ( 10 )", "VARCHAR(10)", pa.string()),
        ("char(3)", "CHAR(3)", pa.string()),
        ("char", "CHAR(1)", pa.string()),
        ("date", "DATE", pa.date32()),
        ("time", "TIME", pa.string()),
        ("timestamp", "TIMESTAMP", pa.timestamp("us")),
        ("timestamp without time zone", "TIMESTAMP", pa.timestamp("us")),
        ("timestamptz", "TIMESTAMPTZ", pa.timestamp("us", "UTC")),
        ("super", "SUPER", pa.string()),
        ("varbyte(16)", "VARBYTE(16)", pa.binary()),
        ("varbyte", "VARBYTE(64000)", pa.binary()),
    ],
)
def test_parse_column_type_known_gives_ddl_and_parquet_type(written: str, sql: str, arrow: pa.DataType) -> None:
    parsed = parse_column_type(written)
    assert (parsed.sql, parsed.arrow_type) == (sql, arrow)
    assert parse_column_type(parsed.sql) == parsed


@pytest.mark.parametrize(
    "written",
    [
        *("", "jsonb", "uuid", "text", "int[]", "bigint(20)", "timestamp(6)", "datetime", "varchar(0)"),
        *("varchar(65536)", "varchar(n)", "varchar(10,2)", "char(4097)", "varbyte(1024001)"),
        *("decimal(39,0)", "decimal(0,0)", "decimal(38,38)", "decimal(5,6)", "decimal(max)", "bigint; drop table t"),
    ],
)
def test_parse_column_type_unknown_says_what_is_allowed(written: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_column_type(written)


@pytest.mark.parametrize(
    ("written", "staged"),
    [("time", "VARCHAR(15)"), ("super", "VARCHAR(65535)"), ("varchar(7)", "VARCHAR(7)"), ("date", "DATE")],
)
def test_staged_only_time_and_super_are_staged_as_text(written: str, staged: str) -> None:
    parsed = parse_column_type(written)
    assert parsed.staged.sql == staged
    assert parsed.staged.arrow_type == parsed.arrow_type


def test_column_type_equal_text_is_equal_and_hashable() -> None:
    assert {parse_column_type("int8"), ColumnType("BIGINT")} == {ColumnType("BIGINT")}


def test_column_type_doctests_hold() -> None:
    assert doctest.testmod(column_type).failed == 0
