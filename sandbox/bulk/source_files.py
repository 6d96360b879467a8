"""Which files a COPY reads: all keys under a prefix, or the entries of a manifest."""

from __future__ import annotations

import json
from typing import Any

from sandbox.backend import RedshiftError
from sandbox.bulk.copy_statement import CopyStatement
from sandbox.bulk.errors import internal_error
from sandbox.bulk.object_store import ObjectStore, StoredObject
from sandbox.bulk.s3_url import S3Url, parse_s3_url


def source_files(statement: CopyStatement, store: ObjectStore) -> list[StoredObject]:
    """The files to load, in the order of the manifest or of their keys.

    Raises: RedshiftError when there are none, or when a manifest or one of its mandatory files is missing.
    Source: AWS copy-parameters-data-source-s3.
    """
    if statement.is_manifest:
        return _manifest_files(statement, store)
    found = store.objects(statement.source)
    if not found:
        text = f"The specified S3 prefix '{statement.source.key}' does not exist"
        raise internal_error(text, 8001, location="s3_utility.cpp:552")
    return found


def parse_manifest(content: bytes) -> list[dict[str, Any]]:
    """The entries of a manifest; unknown keys are tolerated.

    Raises: RedshiftError when the content is not a manifest.
    Source: AWS loading-data-files-using-manifest.
    """
    try:
        manifest = json.loads(content.decode("utf-8"))
        entries = manifest["entries"]
        if not all(isinstance(entry["url"], str) for entry in entries):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise internal_error("Manifest file is not in correct json format", 8001) from error
    return list(entries)


def _manifest_files(statement: CopyStatement, store: ObjectStore) -> list[StoredObject]:
    manifest = store.find(statement.source)
    if manifest is None:
        raise internal_error("COPY with MANIFEST parameter requires full path of an S3 object.", 8001)
    entries = parse_manifest(store.read(statement.source))
    is_columnar = statement.format == "PARQUET"
    if is_columnar and any("content_length" not in entry.get("meta", {}) for entry in entries):
        raise internal_error("File entry does not have 'meta' key.", 15003, location="spectrum_manifest.cpp:204")
    found = [
        entry_file
        for entry in entries
        if (entry_file := _entry_file(entry, statement.source, store, is_columnar)) is not None
    ]
    if not found:
        raise internal_error("No files found in manifest", 8001, f"Manifest file location={statement.source}")
    return found


def _entry_file(entry: dict[str, Any], manifest: S3Url, store: ObjectStore, is_columnar: bool) -> StoredObject | None:
    """The object of one entry; None for an absent one that is not mandatory."""
    url = parse_s3_url(entry["url"])
    found = store.find(url)
    if found is None and entry.get("mandatory", False):
        context = f"Manifest file location={manifest} url={url}"
        text = "Mandatory url is not present in manifest file."
        raise internal_error(text, 8001, context, "s3_utility.cpp:328")
    if found is not None and is_columnar and entry["meta"]["content_length"] != found.size_bytes:
        raise _wrong_length(found)
    return found


def _wrong_length(found: StoredObject) -> RedshiftError:
    """Source: public report aws-lambda-redshift-loader#223."""
    text = "HTTP response error code: 416 Message: InvalidRange The requested range is not satisfiable"
    return internal_error("Spectrum Scan Error", 15001, f"{text} {found.url}", "dory_util.cpp:1226")
