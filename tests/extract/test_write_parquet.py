"""Against moto's S3 server, so that requests travel as they do to AWS."""

import io
import os
from collections.abc import Generator, Iterator
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from extract.write_parquet import Part, write_parts

SCHEMA = pa.schema(
    [("id", pa.int64()), ("at", pa.timestamp("us")), ("amount", pa.decimal128(18, 2)), ("text", pa.string())]
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}),
    )
    client.create_bucket(Bucket="lake")
    yield client
    for item in client.list_objects_v2(Bucket="lake").get("Contents", []):
        client.delete_object(Bucket="lake", Key=item["Key"])


def batches(count: int, rows: int = 10_000, text_bytes: int = 0) -> Generator[pa.RecordBatch, None, None]:
    """Rows numbered throughout; `text_bytes` of noise in each make the parts large."""
    for number in range(count):
        ids = range(number * rows, (number + 1) * rows)
        noise = os.urandom(rows * text_bytes).hex()
        texts = [noise[place * text_bytes * 2 : (place + 1) * text_bytes * 2] for place in range(rows)]
        yield pa.record_batch(
            [
                pa.array(ids, pa.int64()),
                pa.array(ids, pa.timestamp("us")),
                pa.array(ids, pa.int64()).cast(pa.decimal128(38, 2)).cast(pa.decimal128(18, 2)),
                pa.array(texts),
            ],
            schema=SCHEMA,
        )


def read_back(s3: Any, part: Part) -> pq.ParquetFile:
    return pq.ParquetFile(io.BytesIO(s3.get_object(Bucket="lake", Key=part.key)["Body"].read()))


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket="lake").get("Contents", [])]


def test_write_parts_many_rows_roll_at_the_size_and_arrive_in_order(s3: Any) -> None:
    seen = []
    parts = write_parts(
        batches(24, text_bytes=200), s3, "lake", "run/", 24_000_000, lambda rows, size: seen.append((rows, size))
    )
    assert [part.key for part in parts] == [f"run/part-{number:05}.parquet" for number in range(len(parts))] == keys(s3)
    assert len(parts) >= 2
    assert all(24_000_000 <= part.size_bytes < 36_000_000 for part in parts[:-1])
    read = [read_back(s3, part).read() for part in parts]
    assert [table.num_rows for table in read] == [part.row_count for part in parts]
    assert pa.concat_tables(read).column("id").to_pylist() == list(range(240_000))
    assert [s3.head_object(Bucket="lake", Key=part.key)["ContentLength"] for part in parts] == [
        part.size_bytes for part in parts
    ]
    assert [rows for rows, _ in seen] == list(range(10_000, 240_001, 10_000))
    assert seen == sorted(seen)


def test_write_parts_file_is_what_copy_accepts(s3: Any) -> None:
    (part,) = write_parts(batches(3), s3, "lake", "run/")
    file = read_back(s3, part)
    assert file.schema_arrow.equals(SCHEMA)
    assert file.schema.column(1).logical_type.to_json().find('"timeUnit":"microseconds"') > 0
    assert (file.schema.column(2).physical_type, file.schema.column(2).length) == ("FIXED_LEN_BYTE_ARRAY", 8)
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.metadata.num_row_groups == 1


def test_write_parts_no_row_writes_no_part(s3: Any) -> None:
    assert write_parts(batches(0), s3, "lake", "run/") == []
    assert write_parts(batches(1, rows=0), s3, "lake", "run/") == []
    assert keys(s3) == []


@pytest.mark.parametrize("text_bytes", [0, 400])
def test_write_parts_source_fails_leaves_neither_object_nor_upload(s3: Any, text_bytes: int) -> None:
    def failing() -> Generator[pa.RecordBatch, None, None]:
        yield from batches(15, text_bytes=text_bytes)
        raise ConnectionError("the source went away")

    with pytest.raises(ConnectionError, match="went away"):
        write_parts(failing(), s3, "lake", "run/")
    assert keys(s3) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")


def test_write_parts_upload_fails_closes_the_source_and_aborts(s3: Any) -> None:
    def fail_from_the_second(model: Any, params: Any, **_: Any) -> None:
        if params["url_path"].endswith("parquet") and params["query_string"].get("partNumber") == 2:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "Reduce your request rate."}}, "UploadPart")

    s3.meta.events.register("before-call.s3.UploadPart", fail_from_the_second)
    source = batches(60, text_bytes=400)
    with pytest.raises(ClientError, match="SlowDown"):
        write_parts(source, s3, "lake", "run/")
    assert keys(s3) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")
    assert source.gi_frame is None, "the source is still open"


def test_write_parts_missing_bucket_is_the_clients_error(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        write_parts(batches(1), s3, "nowhere", "run/")


def test_write_parts_for_slices_come_in_multiples_of_equal_size(s3: Any) -> None:
    parts = write_parts(batches(40, text_bytes=100), s3, "lake", "run/", 9_000_000, slice_count=3)
    assert len(parts) % 3 == 0
    assert len(parts) >= 6
    assert [part.key for part in parts] == [f"run/part-{number:05}.parquet" for number in range(len(parts))] == keys(s3)
    assert sum(part.row_count for part in parts) == 400_000
    sizes = [part.size_bytes for part in parts[:3]]
    assert max(sizes) - min(sizes) < 9_000_000, sizes  # a row group
    read = pa.concat_tables([read_back(s3, part).read(["id"]) for part in parts]).column("id").to_pylist()
    assert sorted(read) == list(range(400_000))


@pytest.mark.parametrize(("rows", "shares"), [(10, [2, 3, 2, 3]), (9, [2, 2, 2, 3]), (2, [1, 1])])
def test_write_parts_of_few_rows_for_slices_share_them(s3: Any, rows: int, shares: list[int]) -> None:
    parts = write_parts(batches(1, rows), s3, "lake", "run/", slice_count=4)
    assert [part.row_count for part in parts] == shares


def test_write_parts_for_slices_source_fails_leaves_nothing(s3: Any) -> None:
    def failing() -> Generator[pa.RecordBatch, None, None]:
        yield from batches(15, text_bytes=400)
        raise ConnectionError("the source went away")

    with pytest.raises(ConnectionError, match="went away"):
        write_parts(failing(), s3, "lake", "run/", slice_count=4)
    assert keys(s3) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="lake")
