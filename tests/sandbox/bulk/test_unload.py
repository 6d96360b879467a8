"""UNLOAD: what lies in the lake afterwards."""

from __future__ import annotations

import bz2
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from sandbox.backend import RedshiftError

TABLE = (
    "CREATE TEMP TABLE orders (order_id bigint, order_ts timestamp, status varchar(20), amount numeric(18,2),"
    " is_gift boolean);"
    " INSERT INTO orders VALUES (1, '2025-01-01 10:00:00.123456', 'paid', 12.50, true),"
    " (2, NULL, NULL, NULL, NULL), (3, '2025-01-02', '', -1.00, false)"
)


@pytest.fixture
def orders(warehouse: Any) -> Any:
    warehouse.sql(TABLE)
    return warehouse


def read(warehouse: Any, prefix: str) -> pa.Table:
    keys = [key for key in warehouse.keys(prefix) if key.endswith(".parquet")]
    return pa.concat_tables([pq.read_table(io.BytesIO(warehouse.get(key))) for key in keys])


def test_unload_parquet_types_and_values_are_exact(orders: Any) -> None:
    result = orders.unload("UNLOAD ('select * from orders order by 1') TO 's3://lake/o/' AUTH FORMAT AS PARQUET")
    assert (result.tag, result.row_count) == ("UNLOAD", 3)
    assert orders.keys() == ["o/0000_part_00.parquet", "o/0001_part_00.parquet"]
    table = read(orders, "o/")
    assert table.schema.types == [
        pa.int64(),
        pa.timestamp("us"),
        pa.string(),
        pa.decimal128(18, 2),
        pa.bool_(),
    ]
    assert [str(row) for row in table.column("amount").to_pylist()] == ["12.50", "None", "-1.00"]
    assert table.column("status").to_pylist() == ["paid", None, ""]
    assert table.column("order_ts").to_pylist()[0].microsecond == 123456


def test_unload_manifest_verbose_lists_files_counts_and_schema(orders: Any) -> None:
    orders.unload("UNLOAD ($$select * from orders$$) TO 's3://lake/o/p_' AUTH PARQUET MANIFEST VERBOSE")
    manifest = json.loads(orders.get("o/p_manifest"))
    assert [entry["url"] for entry in manifest["entries"]] == [
        f"s3://{orders.bucket}/o/p_0000_part_00.parquet",
        f"s3://{orders.bucket}/o/p_0001_part_00.parquet",
    ]
    sizes = [len(orders.get(key)) for key in orders.keys("o/p_000")]
    assert [entry["meta"]["content_length"] for entry in manifest["entries"]] == sizes
    assert [entry["meta"]["record_count"] for entry in manifest["entries"]] == [2, 1]
    assert manifest["meta"] == {"content_length": sum(sizes), "record_count": 3}
    assert manifest["schema"]["elements"][3] == {
        "name": "amount",
        "type": {"base": "numeric", "precision": 18, "scale": 2},
    }
    assert manifest["author"]["name"] == "Amazon Redshift"


def test_unload_cleanpath_removes_stale_files_first(orders: Any) -> None:
    orders.put("o/0007_part_00.parquet", b"stale")
    orders.put("other", b"kept")
    orders.unload("UNLOAD ('select * from orders') TO 's3://lake/o/' AUTH PARQUET CLEANPATH")
    assert orders.keys() == ["o/0000_part_00.parquet", "o/0001_part_00.parquet", "other"]


def test_unload_allowoverwrite_leaves_stale_files(orders: Any) -> None:
    orders.put("o/0007_part_00.parquet", b"stale")
    orders.unload("UNLOAD ('select * from orders') TO 's3://lake/o/' AUTH PARQUET ALLOWOVERWRITE")
    assert orders.keys()[-1] == "o/0007_part_00.parquet"


def test_unload_into_filled_prefix_is_refused(orders: Any) -> None:
    orders.put("o/x", b"here")
    with pytest.raises(RedshiftError, match="Specified unload destination on S3 is not empty") as caught:
        orders.unload("UNLOAD ('select * from orders') TO 's3://lake/o/' AUTH PARQUET")
    assert caught.value.sqlstate == "XX000"


def test_unload_zero_rows_writes_neither_files_nor_manifest(orders: Any) -> None:
    text = "UNLOAD ('select * from orders where false') TO 's3://lake/o/' AUTH PARQUET MANIFEST"
    assert orders.unload(text).row_count == 0
    assert orders.keys() == []


VALUES = r"""
    CREATE TEMP TABLE v (id int, t varchar(30), c char(3), n numeric(8,2), b boolean, f double precision, s jsonb);
    INSERT INTO v VALUES
        (1, E'a|b,"q"\n\\''x', 'z', -1.50, true, 0.1, '{"k": [1, null]}'),
        (2, NULL, NULL, NULL, NULL, NULL, NULL),
        (3, '', 'abc', 0, false, 'NaN', '"s"')
"""


def text_of(warehouse: Any, options: str, columns: str = "*") -> str:
    """The files of an UNLOAD of `v` in the order of their names."""
    warehouse.sql(VALUES)
    query = f"select {columns} from v order by id"
    warehouse.unload(f"UNLOAD ($${query}$$) TO 's3://lake/v_' AUTH {options}")
    return b"".join(warehouse.get(key) for key in warehouse.keys("v_")).decode()


UNLOADED = [
    ("B4 text", "id, t, n, b", "", '1|a|b,"q"\n\\\'x|-1.50|t\n2|||\n3||0.00|f\n'),
    ("B4 null as", "id, t, n", "NULL AS 'nil'", '1|a|b,"q"\n\\\'x|-1.50\n2|nil|nil\n3||0.00\n'),
    ("B5 escape", "id, t, n", "ESCAPE", '1|a\\|b,"q"\\\n\\\\\'x|-1.50\n2||\n3||0.00\n'),
    ("B5 addquotes", "id, n", "ADDQUOTES", '"1"|"-1.50"\n"2"|""\n"3"|"0.00"\n'),
    ("B5 both", "t, id", "ADDQUOTES ESCAPE DELIMITER ','", '"a|b\\,\\"q\\"\\\n\\\\\\\'x","1"\n"","2"\n"","3"\n'),
    ("B1 delimiter", "id, n", "DELIMITER '\\t'", "1\t-1.50\n2\t\n3\t0.00\n"),
    ("B5 csv", "id, t, b", "CSV", '1,"a|b,""q""\n\\\'x",t\n2,,\n3,,f\n'),
    ("B5 csv", "id, n", "FORMAT AS CSV DELIMITER ';' NULL AS 'x'", "1;-1.50\n2;x\n3;0.00\n"),
    ("B15 header", "id, n", "CSV HEADER PARALLEL OFF", "id,n\n1,-1.50\n2,\n3,0.00\n"),
    ("B15 header", "id, n", "HEADER ADDQUOTES PARALLEL OFF", '"id"|"n"\n"1"|"-1.50"\n"2"|""\n"3"|"0.00"\n'),
    ("B15 header in every file", "id", "HEADER", "id\n1\n2\nid\n3\n"),
    ("B1 fixedwidth", "id, c, n", "FIXEDWIDTH '0:2,1:4,2:6'", "1 z   -1.50 \n2           \n3 abc 0.00  \n"),
    (
        "B6 json",
        "id, t, n, b, f, s",
        "JSON",
        '{"id":1,"t":"a|b,\\"q\\"\\n\\\\\'x","n":-1.50,"b":"t","f":0.1,"s":{"k": [1, null]}}\n'
        '{"id":2,"t":null,"n":null,"b":null,"f":null,"s":null}\n'
        '{"id":3,"t":"","n":0.00,"b":"f","f":NaN,"s":"s"}\n',
    ),
    ("B4 duplicate names", "id, id", "HEADER PARALLEL OFF", "id|id\n1|1\n2|2\n3|3\n"),
    ("B6 super ignores null as", "id, s", "NULL AS 'x' PARALLEL OFF", '1|{"k": [1, null]}\n2|null\n3|"s"\n'),
]


@pytest.mark.parametrize(("source", "columns", "options", "text"), UNLOADED, ids=lambda value: str(value)[:20])
def test_unload_text_form_is_exact(warehouse: Any, source: str, columns: str, options: str, text: str) -> None:
    """Source: AWS r_UNLOAD."""
    assert text_of(warehouse, options, columns) == text


@pytest.mark.parametrize(
    ("option", "suffix", "decompress"),
    [("GZIP", ".gz", gzip.decompress), ("BZIP2", ".bz2", bz2.decompress), ("ZSTD", ".zst", None)],
)
def test_unload_compressed_has_suffix(orders: Any, option: str, suffix: str, decompress: Any) -> None:
    orders.unload(f"UNLOAD ('select order_id from orders order by 1') TO 's3://lake/o' AUTH {option}")
    assert orders.keys() == [f"o0000_part_00{suffix}", f"o0001_part_00{suffix}"]
    read_all = decompress or (lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data))
    assert b"".join(read_all(orders.get(key)) for key in orders.keys("o")) == b"1\n2\n3\n"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ("PARALLEL OFF", "dir000"),
        ("PARALLEL FALSE GZIP", "dir000.gz"),
        ("PARALLEL OFF PARQUET", "dir000.parquet"),
        ("PARALLEL OFF CSV EXTENSION 'csv.gz' GZIP", "dir000.csv.gz"),
        ("PARALLEL OFF CSV", "dir000"),
    ],
)
def test_unload_parallel_off_names_have_three_digits(orders: Any, options: str, key: str) -> None:
    """No slash is inserted. Source: AWS r_UNLOAD, TO, PARALLEL, EXTENSION."""
    orders.unload(f"UNLOAD ('select * from orders') TO 's3://lake/dir' AUTH {options}")
    assert orders.keys() == [key]


def test_unload_single_row_fills_one_slice(orders: Any) -> None:
    orders.unload("UNLOAD ('select 1 as a') TO 's3://lake/o_' AUTH CSV")
    assert orders.keys() == ["o_0000_part_00"]


def test_unload_maxfilesize_splits_into_parts(warehouse: Any) -> None:
    query = "select g, repeat(''x'', 1000) as t from generate_series(1, 12000) g"
    warehouse.unload(f"UNLOAD ('{query}') TO 's3://lake/o_' AUTH MAXFILESIZE 5 MB PARALLEL OFF MANIFEST")
    keys = warehouse.keys("o_0")
    assert keys == ["o_000", "o_001", "o_002"]
    sizes = [len(warehouse.get(key)) for key in keys]
    assert max(sizes) <= 5 * 1024 * 1024
    lines = b"".join(warehouse.get(key) for key in keys).splitlines()
    assert [int(line.split(b"|")[0]) for line in lines] == list(range(1, 12_001))
    entries = json.loads(warehouse.get("o_manifest"))["entries"]
    assert entries == [{"url": f"s3://{warehouse.bucket}/{key}"} for key in keys]


def test_unload_multipart_object_is_whole(warehouse: Any) -> None:
    query = "select g, repeat(''x'', 1000) as t from generate_series(1, 40000) g"
    warehouse.unload(f"UNLOAD ('{query}') TO 's3://lake/o_' AUTH PARALLEL OFF")
    assert warehouse.get("o_000").count(b"\n") == 40_000


def test_unload_parquet_manifest_has_lengths(orders: Any) -> None:
    orders.unload("UNLOAD ('select * from orders') TO 's3://lake/o/' AUTH PARQUET MANIFEST PARALLEL OFF")
    length = len(orders.get("o/000.parquet"))
    assert json.loads(orders.get("o/manifest"))["entries"] == [
        {"url": f"s3://{orders.bucket}/o/000.parquet", "meta": {"content_length": length}}
    ]


def test_unload_manifest_verbose_counts_header_lines(orders: Any) -> None:
    orders.unload("UNLOAD ('select * from orders') TO 's3://lake/o/' AUTH CSV HEADER MANIFEST VERBOSE")
    content = json.loads(orders.get("o/manifest"))
    assert [entry["meta"]["record_count"] for entry in content["entries"]] == [3, 2]
    assert [element["type"]["base"] for element in content["schema"]["elements"]] == [
        "bigint",
        "timestamp without time zone",
        "character varying",
        "numeric",
        "boolean",
    ]


def test_unload_partition_by_makes_folders(orders: Any) -> None:
    """Source: AWS r_UNLOAD, PARTITION BY; a slash is added, one manifest lies at the root."""
    query = "select *, order_ts::date as day from orders"
    orders.unload(f"UNLOAD ('{query}') TO 's3://lake/o' AUTH PARQUET PARTITION BY (day, is_gift) MANIFEST")
    assert orders.keys() == [
        "o/day=2025-01-01/is_gift=t/0000_part_00.parquet",
        "o/day=2025-01-02/is_gift=f/0000_part_00.parquet",
        "o/day=__HIVE_DEFAULT_PARTITION__/is_gift=__HIVE_DEFAULT_PARTITION__/0000_part_00.parquet",
        "o/manifest",
    ]
    file = io.BytesIO(orders.get(orders.keys()[0]))
    assert pq.ParquetFile(file).schema_arrow.names == ["order_id", "order_ts", "status", "amount"]


def test_unload_partition_by_include_keeps_the_columns(orders: Any) -> None:
    orders.unload("UNLOAD ('select order_id from orders') TO 's3://lake/o' AUTH CSV PARTITION BY (order_id) INCLUDE")
    assert orders.get("o/order_id=3/0000_part_00") == b"3\n"


def test_unload_cleanpath_with_partitions_cleans_only_those_written(orders: Any) -> None:
    orders.put("o/order_id=1/old", "x")
    orders.put("o/order_id=9/old", "x")
    query = "select order_id, status from orders where order_id = 1"
    orders.unload(f"UNLOAD ('{query}') TO 's3://lake/o/' AUTH CSV CLEANPATH PARTITION BY (order_id)")
    assert orders.keys() == ["o/order_id=1/0000_part_00", "o/order_id=9/old"]


@pytest.mark.parametrize(
    ("query", "options", "text"),
    [
        ("select order_id from orders", "PARTITION BY (order_id) PARQUET", "at least one column"),
        ("select order_id from orders", "PARTITION BY (day)", "not in the query result"),
        ("select order_id, order_id from orders", "PARQUET", "unique column names"),
        ("select order_id, order_id from orders", "JSON", "unique column names"),
        ("select order_id, status from orders", "FIXEDWIDTH 'a:9'", "does not match the query"),
        ("select 123456 as a", "FIXEDWIDTH 'a:3'", "wider than its fixedwidth"),
        ("select null::varchar(3) as a", "FIXEDWIDTH 'a:3' NULL AS 'null'", "NULL AS string is wider"),
        ("select decode(''00'', ''hex'') as a", "PARQUET", "VARBYTE"),
        ("select date ''10000-01-01'' as a", "PARQUET", "Cannot unload a value"),
        ("select no_such_column from orders", "PARQUET", "no_such_column"),
    ],
)
def test_unload_result_that_does_not_fit_is_refused(orders: Any, query: str, options: str, text: str) -> None:
    with pytest.raises(RedshiftError, match=text):
        orders.unload(f"UNLOAD ('{query}') TO 's3://lake/o/' AUTH {options}")
    assert orders.keys() == []


def test_unload_timestamptz_to_parquet_drops_the_zone(warehouse: Any) -> None:
    """Source: AWS r_UNLOAD, "FORMAT AS PARQUET"."""
    warehouse.unload("UNLOAD ('select timestamptz ''2025-01-01 12:00+02'' as t') TO 's3://lake/o' AUTH PARQUET")
    [moment] = read(warehouse, "o").column("t").to_pylist()
    assert moment.isoformat() == "2025-01-01T10:00:00"


def test_unload_numeric_without_precision_has_38_digits(orders: Any) -> None:
    orders.unload("UNLOAD ('select sum(amount) as s, 1.25 as x from orders') TO 's3://lake/o' AUTH PARQUET")
    assert read(orders, "o").schema.types == [pa.decimal128(38, 2), pa.decimal128(38, 2)]


def test_unload_and_copy_round_trip_is_exact(warehouse: Any) -> None:
    warehouse.sql(VALUES)
    warehouse.sql("CREATE TEMP TABLE w AS SELECT * FROM v WITH NO DATA")
    warehouse.unload("UNLOAD ('select * from v') TO 's3://lake/v_' AUTH ESCAPE NULL AS '@N' GZIP MANIFEST")
    assert warehouse.copy("COPY w FROM 's3://lake/v_manifest' AUTH MANIFEST ESCAPE NULL AS '@N' GZIP").row_count == 3
    assert warehouse.rows("w") == warehouse.rows("v")


def test_unload_failing_query_leaves_no_object(orders: Any) -> None:
    with pytest.raises(RedshiftError):
        orders.unload("UNLOAD ('select 1 / (order_id - 3) as a from orders') TO 's3://lake/o' AUTH CSV")
    assert orders.keys() == []
