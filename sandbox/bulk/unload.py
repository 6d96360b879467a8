"""UNLOAD: from the statement's text to files in S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from sandbox.backend import Backend, BulkResult, LakeAccess, LoadedFile, RedshiftError
from sandbox.bulk.authorization import check_role
from sandbox.bulk.errors import internal_error, not_supported
from sandbox.bulk.object_store import ObjectStore, ObjectWriter
from sandbox.bulk.parquet_writer import ParquetRows
from sandbox.bulk.partitions import split_by_partition
from sandbox.bulk.query_result import (
    ResultColumn,
    arrow_schema,
    describe,
    parse_block,
    result_blocks,
    with_scales,
    without_zones,
)
from sandbox.bulk.s3_url import S3Url
from sandbox.bulk.text_writer import TextRows
from sandbox.bulk.unload_files import RowWriter, UnloadFiles, folder_prefix, manifest
from sandbox.bulk.unload_statement import UnloadStatement, parse_unload

SLICES = 2


def unload_to_s3(sql: str, backend: Backend, lake: LakeAccess) -> BulkResult:
    """Write the result of a query to files; a query without rows writes neither files nor a manifest.

    Files are not undone by a rollback.
    Raises: RedshiftError.
    Source: AWS r_UNLOAD.
    """
    statement = parse_unload(sql)
    query = backend.translate(statement.query)
    check_role(statement.authorization, backend, lake)
    columns = with_scales(backend, query, describe(backend, query))
    _check_columns(statement, columns)
    store = ObjectStore(lake, statement.region)
    _prepare_target(statement, store)
    files = UnloadFiles(statement, store, _row_writer(statement, columns))
    row_count = 0
    try:
        for folder, batch in _batches(statement, backend, query, columns, store):
            row_count += batch.num_rows
            for slice_number, part in enumerate(_slices(batch, SLICES if statement.is_parallel else 1)):
                if part.num_rows:
                    files.write(folder, slice_number, part)
        files.close()
    except BaseException:
        files.abort()
        raise
    if statement.manifest and files.written:
        store.write(_manifest_url(statement), manifest(statement, files.written, columns))
    written = tuple(LoadedFile(str(file.url), file.size_bytes, file.record_count) for file in files.written)
    notice = f"UNLOAD completed, {row_count} record(s) unloaded successfully."
    return BulkResult("UNLOAD", row_count, (notice,), files=written)


def _check_columns(statement: UnloadStatement, columns: list[ResultColumn]) -> None:
    """Source: AWS r_UNLOAD, FORMAT, PARTITION BY, "Unloading a column of the VARBYTE data type"."""
    names = [column.name for column in columns]
    if statement.format in ("JSON", "PARQUET") and len(set(names)) < len(names):
        raise not_supported(f"UNLOAD to {statement.format} requires unique column names")
    for column in columns:
        is_plain = statement.format in ("TEXT", "CSV")
        if column.type.base == "binary varying" and (not is_plain or column.name in statement.partition_by):
            raise not_supported(f'UNLOAD of VARBYTE column "{column.name}" is only supported for text and CSV')
    for name in statement.partition_by:
        if name not in names:
            raise RedshiftError("42703", f'column "{name}" in PARTITION BY is not in the query result')
    if not set(names) - set(statement.partition_by) and not statement.keeps_partition_columns:
        raise not_supported("UNLOAD with PARTITION BY requires at least one column that is not a partition column")
    if statement.widths and len(statement.widths) != len(columns):
        raise internal_error("Number of columns in the fixedwidth specification does not match the query", 8001)


def _prepare_target(statement: UnloadStatement, store: ObjectStore) -> None:
    """Source: AWS r_UNLOAD, ALLOWOVERWRITE and CLEANPATH."""
    if (statement.cleans_path and statement.partition_by) or statement.allows_overwrite:
        return
    found = store.objects(statement.target)
    if found and statement.cleans_path:
        store.delete([item.url for item in found])
    elif found:
        text = "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
        text += "manually removing the target files in S3, or using the ALLOWOVERWRITE option."
        raise internal_error(text, 8001, location="s3_unloader.cpp:0")


def _batches(
    statement: UnloadStatement, backend: Backend, query: str, columns: list[ResultColumn], store: ObjectStore
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Rows with the partition folder that they belong to."""
    schema = arrow_schema(columns, is_typed=statement.format == "PARQUET")
    cleaned: set[str] = set()
    for block in result_blocks(backend, query):
        batch = parse_block(block, schema)
        for folder, rows in split_by_partition(batch, statement.partition_by, statement.keeps_partition_columns):
            if statement.cleans_path and folder and folder not in cleaned:
                cleaned.add(folder)
                prefix = S3Url(statement.target.bucket, folder_prefix(statement, folder))
                if found := store.objects(prefix):
                    store.delete([item.url for item in found])
            yield folder, rows


def _slices(batch: pa.RecordBatch, count: int) -> list[pa.RecordBatch]:
    """The batch in `count` runs of rows, as equal as they can be."""
    size = -(-batch.num_rows // count)
    return [batch.slice(start * size, size) for start in range(count)]


def _row_writer(statement: UnloadStatement, columns: list[ResultColumn]) -> Callable[[ObjectWriter], RowWriter]:
    dropped = () if statement.keeps_partition_columns else statement.partition_by
    kept = [column for column in columns if column.name not in dropped]
    if statement.format == "PARQUET":
        schema = without_zones(arrow_schema(kept, is_typed=True))
        return lambda file: ParquetRows(file, schema, statement.row_group_size)
    return lambda file: TextRows(file, statement, kept)


def _manifest_url(statement: UnloadStatement) -> S3Url:
    """One manifest, at the root; no dot and no slash is put in front. Source: AWS r_UNLOAD, MANIFEST."""
    key = statement.target.key
    if statement.partition_by and key and not key.endswith("/"):
        key += "/"
    return S3Url(statement.target.bucket, key + "manifest")
