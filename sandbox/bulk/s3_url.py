"""An s3:// address; pure."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.backend import RedshiftError


@dataclass(frozen=True)
class S3Url:
    """Bucket and key (or key prefix)."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def parse_s3_url(text: str) -> S3Url:
    """The address in `text`.

    >>> parse_s3_url("s3://lake/orders/part")
    S3Url(bucket='lake', key='orders/part')

    Raises: RedshiftError for anything but s3://bucket[/key].
    """
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise RedshiftError("0A000", f"Cannot reach '{text}': not an S3 address (expected s3://bucket/key).")
    return S3Url(bucket, key)
