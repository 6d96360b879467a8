"""COPY from Parquet: exact types by position, or Redshift's refusal."""

from __future__ import annotations

import decimal
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.backend import RedshiftError

ORDERS = (
    "CREATE TEMP TABLE orders (order_id bigint NOT NULL, customer_id bigint, order_ts timestamp,"
    " status varchar(20), amount numeric(18,2))"
)
SCHEMA = pa.schema(
    [
        ("order_id", pa.int64()),
        ("customer_id", pa.int64()),
        ("order_ts", pa.timestamp("us")),
        ("status", pa.string()),
        ("amount", pa.decimal128(18, 2)),
    ]
)
ROWS = [
    {
        "order_id": 1,
        "customer_id": None,
        "order_ts": datetime(2025, 1, 1, 23, 59, 59, 999999),
        "status": "",
        "amount": decimal.Decimal("-9999999999999999.99"),
    },
    {"order_id": 2, "customer_id": 7, "order_ts": None, "status": None, "amount": decimal.Decimal("0.00")},
    {"order_id": 3, "customer_id": 7, "order_ts": None, "status": 'a,"b"\n\\N\u00e9', "amount": None},
]


def parquet(schema: pa.Schema, rows: list[dict[str, Any]], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), sink, **options)
    return sink.getvalue()


def test_copy_parquet_orders_loads_every_value_exactly(warehouse: Any) -> None:
    warehouse.sql(ORDERS)
    warehouse.put("o/part", parquet(SCHEMA, ROWS))
    result = warehouse.copy("/* tag */ COPY orders FROM 's3://lake/o/' AUTH FORMAT AS PARQUET")
    assert (result.tag, result.row_count) == ("COPY", 3)
    assert result.notices == ("Load into table 'orders' completed, 3 record(s) loaded successfully.",)
    assert [file.line_count for file in result.files] == [3]
    assert warehouse.sql("SELECT * FROM orders ORDER BY 1") == [
        ("1", None, "2025-01-01 23:59:59.999999", "", "-9999999999999999.99"),
        ("2", "7", None, None, "0.00"),
        ("3", "7", None, 'a,"b"\n\\N\u00e9', None),
    ]


def test_copy_parquet_manifest_loads_listed_files_only(warehouse: Any) -> None:
    warehouse.sql(ORDERS)
    content = parquet(SCHEMA, ROWS)
    warehouse.put("o/a", content)
    warehouse.put("o/b", content)
    entry = {"url": f"s3://{warehouse.bucket}/o/a", "mandatory": True, "meta": {"content_length": len(content)}}
    warehouse.put("o/manifest", json.dumps({"entries": [entry]}))
    assert warehouse.copy("COPY orders FROM 's3://lake/o/manifest' AUTH PARQUET MANIFEST").row_count == 3


def refusal(warehouse: Any, text: str) -> RedshiftError:
    with pytest.raises(RedshiftError) as caught:
        warehouse.copy(text)
    return caught.value


def one(kind: pa.DataType, value: Any, **options: Any) -> bytes:
    schema = pa.schema([("c", kind)])
    return parquet(schema, [{"c": value}], **options)


D = decimal.Decimal
ACCEPTED = [
    ("smallint", pa.int16(), -32768, "-32768"),
    ("integer", pa.int32(), 5, "5"),
    ("bigint", pa.int64(), 2**63 - 1, str(2**63 - 1)),
    ("real", pa.float32(), 1.5, "1.5"),
    ("double precision", pa.float64(), float("nan"), "nan"),
    ("double precision", pa.float64(), float("-inf"), "-inf"),
    ("boolean", pa.bool_(), True, "True"),
    ("date", pa.date32(), date(1, 1, 1), "0001-01-01"),
    ("numeric(38,10)", pa.decimal128(38, 10), D("-0.0000000001"), "-0.0000000001"),
    ("numeric(18,2)", pa.decimal128(17, 2), D("1.10"), "1.10"),
    ("timestamp", pa.timestamp("ms"), datetime(2025, 1, 1, 1, 1, 1, 5000), "2025-01-01 01:01:01.005000"),
    ("timestamp", pa.timestamp("us", tz="UTC"), datetime(2025, 1, 1, tzinfo=UTC), "2025-01-01 00:00:00"),
    ("timestamptz", pa.timestamp("us", tz="UTC"), datetime(2025, 1, 1, tzinfo=UTC), "2025-01-01 00:00:00+00:00"),
    ("varchar(4)", pa.string(), "éé", "éé"),
    ("varchar(4)", pa.large_string(), "abcd", "abcd"),
    ("varchar(9)", pa.dictionary(pa.int32(), pa.string()), "abcd", "abcd"),
    ("char(3)", pa.string(), "ab", "ab "),
    ("bytea", pa.binary(), b"\x00\xff", "\\x00ff"),
]


@pytest.mark.parametrize(("kind", "arrow", "value", "text"), ACCEPTED, ids=lambda value: str(value)[:30])
def test_copy_parquet_type_loads_exactly(warehouse: Any, kind: str, arrow: pa.DataType, value: Any, text: str) -> None:
    """Source: facts A41, A42, H."""
    warehouse.sql(f"CREATE TEMP TABLE t (c {kind})")
    warehouse.put("p", one(arrow, value))
    assert warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET").row_count == 1
    assert warehouse.rows("t") == [(text,)]


REFUSED = [
    ("bigint", pa.int32(), 1, 15007, "incompatible Parquet schema for column"),
    ("integer", pa.int64(), 1, 15007, "Column type: INTEGER, Parquet schema:\noptional int64 c [i:0 d:1 r:0]"),
    ("smallint", pa.int32(), 1, 15007, "incompatible Parquet schema"),
    ("bigint", pa.uint64(), 1, 15007, "incompatible Parquet schema"),
    ("numeric(18,2)", pa.int64(), 1, 15007, "Column type: DECIMAL(18, 2)"),
    ("numeric(18,2)", pa.float64(), 1.0, 15007, "incompatible Parquet schema"),
    ("numeric(18,2)", pa.decimal128(18, 3), D("1.000"), 15007, "incompatible Parquet schema"),
    ("numeric(18,2)", pa.decimal128(30, 2), D("1.00"), 15007, "invalid type length. Expecting: 8 len in file: 13"),
    ("double precision", pa.float32(), 1.0, 15007, "incompatible Parquet schema"),
    ("boolean", pa.int8(), 1, 15007, "incompatible Parquet schema"),
    ("date", pa.timestamp("us"), datetime(2025, 1, 1), 15007, "incompatible Parquet schema"),
    ("timestamp", pa.string(), "2025-01-01", 15007, "Column type: TIMESTAMP"),
    ("varchar(9)", pa.int64(), 1, 15007, "Column type: VARCHAR(9)"),
    ("varchar(9)", pa.list_(pa.string()), ["a"], 15007, "incompatible Parquet schema"),
    ("varchar(36)", pa.binary(16), b"x" * 16, 15007, "incompatible Parquet schema"),
    ("varchar(3)", pa.string(), "éé", 15001, "The length of the data column c is longer"),
    ("char(3)", pa.string(), "é", 15001, "Multibyte character not supported for CHAR"),
    ("varchar(9)", pa.binary(), b"\xff", 15001, "invalid or unsupported UTF8"),
    ("bigint not null", pa.int64(), None, 8007, "Cannot insert a NULL value into column c"),
]


@pytest.mark.parametrize(("kind", "arrow", "value", "code", "text"), REFUSED, ids=lambda value: str(value)[:30])
def test_copy_parquet_type_that_does_not_fit_is_refused(
    warehouse: Any, kind: str, arrow: pa.DataType, value: Any, code: int, text: str
) -> None:
    """Source: facts A41-A43."""
    warehouse.sql(f"CREATE TEMP TABLE t (c {kind})")
    warehouse.put("p", one(arrow, value))
    error = refusal(warehouse, "COPY t FROM 's3://lake/p' AUTH PARQUET")
    assert error.sqlstate == "XX000"
    assert f"code:      {code}" in error.detail
    assert text in error.detail
    assert error.load_errors == ()


def test_copy_parquet_nanoseconds_are_misread_without_error(warehouse: Any) -> None:
    """Source: public report apache/arrow#38000."""
    warehouse.sql("CREATE TEMP TABLE t (c timestamp)")
    warehouse.put("p", one(pa.timestamp("ns"), datetime(2019, 2, 12, 19, 33, 20), version="2.6"))
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET")
    assert warehouse.sql("SELECT c::text FROM t") == [("51087-07-18 19:33:20",)]


@pytest.mark.parametrize(
    ("column", "array", "text"),
    [
        ("date", pa.array([-719_163], pa.int32()).cast(pa.date32()), "0001-12-31 BC"),
        ("date", pa.array([2_932_897], pa.int32()).cast(pa.date32()), "10000-01-01"),
        ("timestamp", pa.array([-62_135_596_800_000_001]).cast(pa.timestamp("us")), "0001-12-31 23:59:59.999999 BC"),
        ("timestamptz", pa.array([253_402_300_800_000_000]).cast(pa.timestamp("us")), "10000-01-01 00:00:00+00"),
    ],
)
def test_copy_parquet_far_years_are_exact(warehouse: Any, column: str, array: pa.Array, text: str) -> None:
    warehouse.sql(f"CREATE TEMP TABLE t (c {column})")
    sink = io.BytesIO()
    pq.write_table(pa.table({"c": array}), sink)
    warehouse.put("p", sink.getvalue())
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET")
    assert warehouse.sql("SELECT c::text FROM t") == [(text,)]


def test_copy_parquet_int96_is_exact(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (c timestamp)")
    moment = datetime(2019, 2, 12, 19, 33, 20, 123456)
    warehouse.put("p", one(pa.timestamp("us"), moment, use_deprecated_int96_timestamps=True))
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET")
    assert warehouse.rows("t") == [("2019-02-12 19:33:20.123456",)]


def test_copy_parquet_columns_map_by_position(warehouse: Any) -> None:
    """Source: facts A40: names do not matter."""
    warehouse.sql("CREATE TEMP TABLE t (a bigint, b bigint)")
    warehouse.put("p", parquet(pa.schema([("b", pa.int64()), ("a", pa.int64())]), [{"a": 1, "b": 2}]))
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET")
    assert warehouse.rows("t") == [("2", "1")]


def test_copy_parquet_column_count_must_match(warehouse: Any) -> None:
    """Source: public report rudder-server#3178."""
    warehouse.sql("CREATE TEMP TABLE t (a bigint, b bigint)")
    warehouse.put("p", one(pa.int64(), 1))
    error = refusal(warehouse, "COPY t FROM 's3://lake/p' AUTH PARQUET")
    assert error.message == "Spectrum Scan Error"
    assert "Table columns: 2, Data columns: 1, File name: https://s3.us-east-1.amazonaws.com/" in error.detail


def test_copy_parquet_column_list_and_fillrecord(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (a bigint, b bigint DEFAULT 9, v varchar(3))")
    warehouse.put("p", one(pa.int64(), 1))
    warehouse.copy("COPY t (a) FROM 's3://lake/p' AUTH PARQUET")
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET FILLRECORD")
    assert warehouse.sql("SELECT * FROM t ORDER BY b NULLS LAST") == [("1", "9", None), ("1", None, None)]


def test_copy_parquet_acceptinvchars_keeps_the_length(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (c varchar(9))")
    warehouse.put("p", one(pa.binary(), b"a\xff\xfeb"))
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET ACCEPTINVCHARS '^'")
    assert warehouse.rows("t") == [("a^^b",)]


def test_copy_parquet_nested_into_super_needs_serializetojson(warehouse: Any) -> None:
    """Source: AWS ingest-super."""
    warehouse.sql("CREATE TEMP TABLE t (s jsonb)")
    warehouse.put("p", one(pa.struct([("a", pa.list_(pa.int64()))]), {"a": [1, None]}))
    assert "incompatible" in refusal(warehouse, "COPY t FROM 's3://lake/p' AUTH PARQUET").detail
    warehouse.backend.connection.rollback()
    warehouse.sql("CREATE TEMP TABLE t (s jsonb)")
    warehouse.copy("COPY t FROM 's3://lake/p' AUTH PARQUET SERIALIZETOJSON")
    assert warehouse.rows("t") == [('{"a": [1, null]}',)]


def test_copy_parquet_of_something_else_is_refused(warehouse: Any) -> None:
    warehouse.sql("CREATE TEMP TABLE t (a bigint)")
    warehouse.put("p", "1,2,3\n")
    assert "code:      15007" in refusal(warehouse, "COPY t FROM 's3://lake/p' AUTH PARQUET").detail


def test_copy_parquet_manifest_without_length_is_refused(warehouse: Any) -> None:
    """Source: public report aws-lambda-redshift-loader#221."""
    warehouse.sql("CREATE TEMP TABLE t (c bigint)")
    warehouse.put("p", one(pa.int64(), 1))
    warehouse.put("m", json.dumps({"entries": [{"url": f"s3://{warehouse.bucket}/p"}]}))
    error = refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH PARQUET MANIFEST")
    assert error.message == "File entry does not have 'meta' key."
    assert "code:      15003" in error.detail


def test_copy_parquet_manifest_with_wrong_length_is_refused(warehouse: Any) -> None:
    """Source: public report aws-lambda-redshift-loader#223."""
    warehouse.sql("CREATE TEMP TABLE t (c bigint)")
    warehouse.put("p", one(pa.int64(), 1))
    entry = {"url": f"s3://{warehouse.bucket}/p", "meta": {"content_length": 7}}
    warehouse.put("m", json.dumps({"entries": [entry]}))
    error = refusal(warehouse, "COPY t FROM 's3://lake/m' AUTH PARQUET MANIFEST")
    assert "HTTP response error code: 416" in error.detail
