"""S3: the only file of this room that talks to it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.backend import LakeAccess, RedshiftError
from sandbox.bulk.errors import s3_error
from sandbox.bulk.s3_url import S3Url

PART_BYTES = 8 * 1024 * 1024
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StoredObject:
    """One object and its size in bytes."""

    url: S3Url
    size_bytes: int


class ObjectStore:
    """S3 as one COPY or UNLOAD sees it: buckets outside `region` are refused."""

    def __init__(self, lake: LakeAccess, region: str | None = None) -> None:
        self._s3 = lake.s3
        self.region = region or lake.region
        self._checked_buckets: set[str] = set()

    def objects(self, prefix: S3Url) -> list[StoredObject]:
        """All objects whose key begins with the prefix, by key; markers of folders are left out."""
        self._check_bucket(prefix.bucket)
        with _redshift_errors():
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=prefix.bucket, Prefix=prefix.key)
            found = [(entry["Key"], entry["Size"]) for page in pages for entry in page.get("Contents", ())]
        return [StoredObject(S3Url(prefix.bucket, key), size) for key, size in found if size or key[-1] != "/"]

    def find(self, url: S3Url) -> StoredObject | None:
        """The object with exactly this key, or None."""
        self._check_bucket(url.bucket)
        try:
            head = self._s3.head_object(Bucket=url.bucket, Key=url.key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise _as_redshift_error(error) from error
        return StoredObject(url, head["ContentLength"])

    def chunks(self, url: S3Url) -> Iterator[bytes]:
        """The content of an object, in pieces."""
        with _redshift_errors():
            body = self._s3.get_object(Bucket=url.bucket, Key=url.key)["Body"]
            try:
                while piece := body.read(_READ_BYTES):
                    yield piece
            finally:
                body.close()

    def read(self, url: S3Url) -> bytes:
        """The whole content of a small object."""
        return b"".join(self.chunks(url))

    @contextmanager
    def local_copy(self, url: S3Url) -> Iterator[IO[bytes]]:
        """The object as a file on disk, for formats that are read from their end."""
        with tempfile.TemporaryFile() as file:
            for piece in self.chunks(url):
                file.write(piece)
            file.seek(0)
            yield file

    def write(self, url: S3Url, content: bytes) -> None:
        with _redshift_errors():
            self._s3.put_object(Bucket=url.bucket, Key=url.key, Body=content)

    def writer(self, url: S3Url) -> ObjectWriter:
        self._check_bucket(url.bucket)
        return ObjectWriter(self._s3, url)

    def delete(self, urls: list[S3Url]) -> None:
        """Delete objects of one bucket."""
        with _redshift_errors():
            for start in range(0, len(urls), 1000):
                keys = [{"Key": url.key} for url in urls[start : start + 1000]]
                self._s3.delete_objects(Bucket=urls[0].bucket, Delete={"Objects": keys, "Quiet": True})

    def _check_bucket(self, bucket: str) -> None:
        """Refuses a bucket that is missing or in another region. Source: AWS copy-parameters-data-source-s3."""
        if bucket in self._checked_buckets:
            return
        with _redshift_errors():
            location = self._s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
        if location != self.region:
            text = "The bucket you are attempting to access must be addressed using the specified endpoint. "
            raise s3_error(text + "Please send all future requests to this endpoint.", 301, "PermanentRedirect")
        self._checked_buckets.add(bucket)


class ObjectWriter(io.RawIOBase):
    """A file that becomes an S3 object when it is closed: one put, or a multipart upload when large."""

    def __init__(self, s3: Any, url: S3Url) -> None:
        super().__init__()
        self._s3 = s3
        self._target = {"Bucket": url.bucket, "Key": url.key}
        self._buffer = bytearray()
        self._upload_id = ""
        self._parts: list[dict[str, Any]] = []
        self.url = url
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size_bytes

    def write(self, data: Any) -> int:
        length = len(memoryview(data).cast("B"))
        self._buffer += data
        self.size_bytes += length
        while len(self._buffer) >= PART_BYTES:
            self._send_part(PART_BYTES)
        return length

    def close(self) -> None:
        if self.closed:
            return
        with _redshift_errors():
            if not self._upload_id:
                self._s3.put_object(**self._target, Body=bytes(self._buffer))
            else:
                if self._buffer:
                    self._send_part(len(self._buffer))
                parts = {"Parts": self._parts}
                self._s3.complete_multipart_upload(**self._target, UploadId=self._upload_id, MultipartUpload=parts)
        super().close()

    def abort(self) -> None:
        """Forget what was written; no object appears."""
        if self._upload_id:
            self._s3.abort_multipart_upload(**self._target, UploadId=self._upload_id)
        super().close()

    def __del__(self) -> None:
        """A writer that nobody closed leaves no object (the base class would close it)."""

    def _send_part(self, size: int) -> None:
        with _redshift_errors():
            if not self._upload_id:
                self._upload_id = self._s3.create_multipart_upload(**self._target)["UploadId"]
            number = len(self._parts) + 1
            body = bytes(self._buffer[:size])
            answer = self._s3.upload_part(**self._target, UploadId=self._upload_id, PartNumber=number, Body=body)
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})
        del self._buffer[:size]


@contextmanager
def _redshift_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _as_redshift_error(error) from error
    except BotoCoreError as error:
        raise s3_error(f"{type(error).__name__}: S3 cannot be reached", 500, "InternalError") from error


def _as_redshift_error(error: ClientError) -> RedshiftError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response["Error"].get("Code", "Unknown")
    if status == 403:
        return s3_error("Access Denied", 403, "AccessDenied")
    return s3_error(error.response["Error"].get("Message", code).rstrip("."), status, code)
