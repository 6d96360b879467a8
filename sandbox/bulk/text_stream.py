"""Compressed bytes to text and lines, as streams."""

from __future__ import annotations

import bz2
import codecs
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import zstandard

from sandbox.bulk.errors import internal_error

LINES_AT_ONCE, BLOCK_CHARACTERS = 16_384, 2 * 1024 * 1024
MAX_RECORD_BYTES = 4 * 1024 * 1024


def decompressed(chunks: Iterable[bytes], method: str) -> Iterator[bytes]:
    """The plain content of a file; `method` is '', GZIP, BZIP2 or ZSTD.

    Raises: RedshiftError for content that is not compressed that way, or that ends too early.
    Source: AWS copy-parameters-file-compression.
    """
    try:
        if method == "GZIP":
            yield from _members(chunks, lambda: zlib.decompressobj(wbits=31))
        elif method == "BZIP2":
            yield from _members(chunks, bz2.BZ2Decompressor)
        elif method == "ZSTD":
            yield from _members(chunks, lambda: zstandard.ZstdDecompressor().decompressobj())
        else:
            yield from chunks
    except (zlib.error, OSError, EOFError, zstandard.ZstdError) as error:
        raise internal_error(f"Failed to decompress {method} data: {error}", 8001) from error


def lines(texts: Iterable[str]) -> Iterator[list[str]]:
    """Text in lists of lines with their line ends; the last line may lack one.

    Raises: RedshiftError for a line beyond 4 MB. Source: AWS r_COPY.
    """
    rest = ""
    for text in texts:
        found = (rest + text).split("\n")
        rest = found.pop()
        if len(rest) > MAX_RECORD_BYTES:
            raise internal_error("Input record exceeds the maximum of 4 MB", 1204)
        for start in range(0, len(found), LINES_AT_ONCE):
            yield [line + "\n" for line in found[start : start + LINES_AT_ONCE]]
    if rest:
        yield [rest]


def without_header(texts: Iterable[str], count: int) -> Iterator[str]:
    """The text behind the first `count` lines. Source: AWS, IGNOREHEADER."""
    for text in texts:
        start = 0
        while count and (end := text.find("\n", start)) >= 0:
            start, count = end + 1, count - 1
        if not count and text[start:]:
            yield text[start:]


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """The text; bytes that are no UTF-8 arrive as lone surrogates.

    Raises: RedshiftError 1221 for UTF-16 data that is none.
    Source: AWS copy-parameters-data-conversion, ENCODING.
    """
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    is_first = True
    try:
        for chunk in chunks:
            if is_first and encoding == "utf-16" and chunk[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise UnicodeError("no byte order mark")
            text = decoder.decode(chunk)
            yield text.removeprefix("\ufeff") if is_first and encoding.startswith("utf-16") else text
            is_first = False
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise internal_error(f"File is not in the specified encoding: {error}", 1221) from error


def _members(chunks: Iterable[bytes], new: Callable[[], Any]) -> Iterator[bytes]:
    """All members of a file of concatenated compressed streams."""
    stream = new()
    has_data = False
    for chunk in chunks:
        while chunk:
            has_data = True
            yield stream.decompress(chunk)
            if not stream.eof:
                break
            chunk, stream, has_data = stream.unused_data, new(), False
    if has_data:
        raise EOFError("the file ends inside the compressed stream")
