"""The files of one UNLOAD: their names, their sizes, and the manifest that lists them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from sandbox.bulk.column_types import ColumnType
from sandbox.bulk.object_store import ObjectStore, ObjectWriter
from sandbox.bulk.query_result import ResultColumn
from sandbox.bulk.s3_url import S3Url
from sandbox.bulk.unload_statement import UnloadStatement

_SUFFIXES = {"GZIP": ".gz", "BZIP2": ".bz2", "ZSTD": ".zst"}


class RowWriter(Protocol):
    """Writes rows into one file."""

    def write(self, batch: pa.RecordBatch) -> None: ...

    def finish(self) -> None:
        """Write what is still held back; the file itself is closed by its owner."""


@dataclass(frozen=True)
class WrittenFile:
    """One object of the result."""

    url: S3Url
    size_bytes: int
    record_count: int


@dataclass
class _OpenFile:
    file: ObjectWriter
    rows: RowWriter
    record_count: int


@dataclass
class UnloadFiles:
    """All files of one UNLOAD; a file is opened when its first row comes."""

    statement: UnloadStatement
    store: ObjectStore
    open_rows: Callable[[ObjectWriter], RowWriter]
    written: list[WrittenFile] = field(default_factory=list)
    _open: dict[tuple[str, int], _OpenFile] = field(default_factory=dict)
    _parts: dict[tuple[str, int], int] = field(default_factory=dict)

    def write(self, folder: str, slice_number: int, batch: pa.RecordBatch) -> None:
        """Append rows to the current file of a partition folder ('' without partitions) and slice."""
        place = (folder, slice_number)
        current = self._open.get(place)
        if current is not None and current.file.size_bytes + batch.nbytes > self.statement.max_file_size:
            self._close(place)
            current = None
        if current is None:
            file = self.store.writer(self._url(folder, slice_number))
            current = _OpenFile(file, self.open_rows(file), int(self.statement.has_header))
            self._open[place] = current
        current.rows.write(batch)
        current.record_count += batch.num_rows

    def close(self) -> None:
        for place in list(self._open):
            self._close(place)
        self.written.sort(key=lambda file: file.url.key)

    def abort(self) -> None:
        for current in self._open.values():
            current.file.abort()

    def _close(self, place: tuple[str, int]) -> None:
        current = self._open.pop(place)
        current.rows.finish()
        current.file.close()
        self.written.append(WrittenFile(current.file.url, current.file.size_bytes, current.record_count))

    def _url(self, folder: str, slice_number: int) -> S3Url:
        place = (folder, slice_number)
        part = self._parts.get(place, 0)
        self._parts[place] = part + 1
        target = self.statement.target
        return S3Url(
            target.bucket, folder_prefix(self.statement, folder) + file_name(self.statement, slice_number, part)
        )


def folder_prefix(statement: UnloadStatement, folder: str) -> str:
    """What the names of the files in a partition folder begin with; a slash is added for partitions only.

    Source: AWS r_UNLOAD, TO.
    """
    prefix = statement.target.key
    if not folder:
        return prefix
    return f"{prefix}{'' if prefix.endswith('/') or not prefix else '/'}{folder}/"


def file_name(statement: UnloadStatement, slice_number: int, part: int) -> str:
    """The part of a file's name behind the prefix, such as 0000_part_00.gz.

    Source: AWS r_UNLOAD, TO, PARALLEL and EXTENSION.
    """
    stem = f"{slice_number:04}_part_{part:02}" if statement.is_parallel else f"{part:03}"
    if statement.extension is not None:
        return f"{stem}.{statement.extension.removeprefix('.')}" if statement.extension else stem
    return stem + (".parquet" if statement.format == "PARQUET" else _SUFFIXES.get(statement.compression, ""))


def manifest(statement: UnloadStatement, files: list[WrittenFile], columns: list[ResultColumn]) -> bytes:
    """The manifest's content. Source: AWS r_UNLOAD, MANIFEST; r_UNLOAD_command_examples."""
    is_verbose = statement.manifest == "verbose"
    entries = [_entry(file, is_verbose, is_verbose or statement.format == "PARQUET") for file in files]
    content: dict[str, Any] = {"entries": entries}
    if is_verbose:
        content["schema"] = {
            "elements": [{"name": column.name, "type": _type_element(column.type)} for column in columns]
        }
        content["meta"] = {
            "content_length": sum(file.size_bytes for file in files),
            "record_count": sum(file.record_count for file in files),
        }
        content["author"] = {"name": "Amazon Redshift", "version": "1.0.0"}
    return json.dumps(content, indent=2).encode()


def _entry(file: WrittenFile, is_verbose: bool, has_meta: bool) -> dict[str, Any]:
    meta = {"content_length": file.size_bytes, "record_count": file.record_count}
    if not is_verbose:
        del meta["record_count"]
    return {"url": str(file.url), "meta": meta} if has_meta else {"url": str(file.url)}


def _type_element(kind: ColumnType) -> dict[str, Any]:
    if kind.base == "numeric":
        return {"base": "numeric", "precision": kind.precision, "scale": kind.scale}
    return {"base": kind.base, "byte_length": kind.length} if kind.is_text else {"base": kind.base}
