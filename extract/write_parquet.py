"""Writes Arrow batches as Parquet parts straight into S3: no temporary file, a bounded part of a table in memory."""

from __future__ import annotations

import contextlib
import io
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DEFAULT_PART_BYTES = 128 * 1024 * 1024
_ROW_GROUP_ROWS = 131_072
_ROW_GROUP_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 6 * 1024 * 1024
_MAX_UPLOADS = 2


@dataclass(frozen=True)
class Part:
    """One object that COPY will read."""

    key: str
    size_bytes: int
    row_count: int


def write_parts(
    batches: Generator[pa.RecordBatch, None, None],
    s3: S3Client,
    bucket: str,
    prefix: str,
    part_size_bytes: int = DEFAULT_PART_BYTES,
    on_progress: Callable[[int, int], None] = lambda row_count, size_bytes: None,
    slice_count: int = 1,
) -> list[Part]:
    """Write the batches to `<prefix>part-00000.parquet` and so on; no row, no part.

    `slice_count` parts grow side by side, so that their number is a multiple of it and each slice of the warehouse has
    as much to read; fewer only where there are fewer rows. They end when they have `part_size_bytes` on average;
    a part is larger by at most a row group or two. Encoding and uploads overlap with reading. A part that fails leaves
    nothing under its key; the parts before it stay. `batches` is closed in any case.
    `on_progress` gets the rows read and the bytes of finished row groups so far, after each batch.
    Raises: what botocore raises, and what `batches` raises.
    """
    done: list[Part] = []
    row_count = 0
    with (
        ThreadPoolExecutor(_MAX_UPLOADS, thread_name_prefix="upload") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="encode") as encoder,
        contextlib.closing(batches),
    ):

        def open_part(number: int, schema: pa.Schema) -> _OpenPart:
            return _OpenPart(_Upload(s3, bucket, f"{prefix}part-{len(done) + number:05}.parquet", pool), schema)

        parts = _Parts(slice_count, open_part, encoder)
        try:
            for batch in batches:
                if not batch.num_rows:
                    continue
                parts.write(batch)
                row_count += batch.num_rows
                on_progress(row_count, sum(part.size_bytes for part in done) + parts.size_bytes)
                if parts.size_bytes >= part_size_bytes * slice_count:
                    done += parts.finish()
            done += parts.finish()
        except BaseException:
            parts.abort()
            raise
    return done


class _Parts:
    """Parts that grow side by side. Batches are gathered, because each write makes a row group of its own.

    One row group is encoded while the next is gathered: the reader does not wait for the compression.
    """

    def __init__(
        self, count: int, open_part: Callable[[int, pa.Schema], _OpenPart], encoder: ThreadPoolExecutor
    ) -> None:
        self._count = count
        self._open_part = open_part
        self._encoder = encoder
        self._encoding: Future[None] | None = None
        self._open: list[_OpenPart] = []
        self._gathered: list[pa.RecordBatch] = []

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part in self._open)

    def write(self, batch: pa.RecordBatch) -> None:
        """The newest row group waits for the next: the last of all may have to be shared."""
        rows = sum(gathered.num_rows for gathered in self._gathered)
        if rows >= _ROW_GROUP_ROWS or sum(gathered.nbytes for gathered in self._gathered) >= _ROW_GROUP_BYTES:
            self._settle()
            self._encoding = self._encoder.submit(self._write, pa.Table.from_batches(self._gathered))
            self._gathered = []
        self._gathered.append(batch)

    def finish(self) -> list[Part]:
        """The last rows go to the parts that have none yet, an equal share to each."""
        self._settle()
        if self._gathered:
            rest = pa.Table.from_batches(self._gathered)
            self._gathered.clear()
            shares = max(1, self._count - len(self._open))
            edges = [number * rest.num_rows // shares for number in range(shares + 1)]
            for first, end in pairwise(edges):
                if end > first:
                    self._write(rest.slice(first, end - first))
        done = [part.finish() for part in self._open]
        self._open.clear()
        return done

    def abort(self) -> None:
        if self._encoding:
            self._encoding.exception()
        for part in self._open:
            part.abort()

    def _settle(self) -> None:
        """Wait until nothing is being encoded. Raises: what went wrong there."""
        if self._encoding:
            self._encoding.result()
            self._encoding = None

    def _write(self, rows: pa.Table) -> None:
        """Into a new part, or the smallest where all are open."""
        if len(self._open) < self._count:
            self._open.append(self._open_part(len(self._open), rows.schema))
            self._open[-1].write(rows)
        else:
            min(self._open, key=lambda part: part.size_bytes).write(rows)


class _OpenPart:
    """A Parquet file being written."""

    def __init__(self, upload: _Upload, schema: pa.Schema) -> None:
        self._upload = upload
        self._writer = pq.ParquetWriter(
            upload,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=False,
            coerce_timestamps="us",
        )
        self._row_count = 0

    @property
    def size_bytes(self) -> int:
        return self._upload.size_bytes

    def write(self, rows: pa.Table) -> None:
        """As a row group."""
        self._writer.write_table(rows, row_group_size=_ROW_GROUP_ROWS * 2)
        self._row_count += rows.num_rows

    def finish(self) -> Part:
        self._writer.close()
        self._upload.finish()
        return Part(self._upload.key, self._upload.size_bytes, self._row_count)

    def abort(self) -> None:
        self._upload.abort()


class _Upload(io.RawIOBase):
    """A file whose bytes go to one S3 object: a multipart upload, or one request where they are few.

    The object comes into being by `finish` only. At most `_MAX_UPLOADS` chunks are under way; then `write` waits.
    """

    def __init__(self, s3: S3Client, bucket: str, key: str, pool: ThreadPoolExecutor) -> None:
        self._s3 = s3
        self._place: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._pool = pool
        self._chunk = io.BytesIO()
        self._upload_id: str | None = None
        self._under_way: deque[Future[None]] = deque()
        self._sent_count = 0
        self._is_aborted = False
        self._tags: dict[int, str] = {}
        self.key = key
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size_bytes

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if self._is_aborted:  # the Parquet writer writes its footer even when it is discarded
            return view.nbytes
        self._chunk.write(view)
        self.size_bytes += view.nbytes
        if self._chunk.tell() >= _CHUNK_BYTES:
            self._send_chunk()
        return view.nbytes

    def finish(self) -> None:
        if self._upload_id is None:
            self._s3.put_object(**self._place, Body=self._chunk.getvalue())
            return
        if self._chunk.tell():
            self._send_chunk()
        self._wait_until_under_way(0)
        done: list[Any] = [{"PartNumber": number, "ETag": tag} for number, tag in sorted(self._tags.items())]
        self._s3.complete_multipart_upload(**self._place, UploadId=self._upload_id, MultipartUpload={"Parts": done})
        self._upload_id = None

    def abort(self) -> None:
        """Discard what was sent. Chunks under way are waited for: one that came later would stay, and cost."""
        self._is_aborted = True
        for upload in self._under_way:
            upload.cancel() or upload.exception()
        if self._upload_id is None:
            return
        # The error that led here must reach the caller; what the bucket keeps is for its lifecycle rule.
        with contextlib.suppress(BotoCoreError, ClientError):
            self._s3.abort_multipart_upload(**self._place, UploadId=self._upload_id)

    def _send_chunk(self) -> None:
        if self._upload_id is None:
            self._upload_id = self._s3.create_multipart_upload(**self._place)["UploadId"]
        self._wait_until_under_way(_MAX_UPLOADS - 1)
        self._sent_count += 1
        send = self._pool.submit(self._send, self._upload_id, self._sent_count, self._chunk)
        self._under_way.append(send)
        self._chunk = io.BytesIO()

    def _send(self, upload_id: str, number: int, chunk: io.BytesIO) -> None:
        chunk.seek(0)
        answer = self._s3.upload_part(**self._place, UploadId=upload_id, PartNumber=number, Body=chunk)
        self._tags[number] = answer["ETag"]

    def _wait_until_under_way(self, most: int) -> None:
        while len(self._under_way) > most:
            self._under_way.popleft().result()
