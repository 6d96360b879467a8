"""Designs and SQL into the lake, and from there to whoever loads by them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from blocks.lake import Lake
from model.errors import ConfigError
from model.synced_designs import SyncedDesigns, content_key, current_key, sha256, synced

# Of this process, by version; they go when it ends.
_fetched: dict[str, tempfile.TemporaryDirectory[str]] = {}


def designs_in_lake(lake: Lake, prefix: str) -> SyncedDesigns:
    """Those that were brought last; none where none ever were.

    Raises: ConfigError where somebody else wrote there.
    """
    key = current_key(prefix)
    if not lake.list_files(key):
        return SyncedDesigns(files={})
    try:
        return SyncedDesigns.model_validate(lake.read_json(key))
    except ValidationError as error:
        raise ConfigError(
            f"Cannot use 's3://{lake.name}/{key}': it names what is no file of designs (expected schema/table.yaml, "
            "schema/table.sql, sources.yaml). Delete it, then run python -m flows warehouse sync-sql"
        ) from error


def sync_designs(lake: Lake, prefix: str, files: Mapping[str, bytes], patterns: Sequence[str]) -> SyncedDesigns:
    """Brings the files whose tables match. Safe to run again: contents first, and what names them last."""
    now = synced(designs_in_lake(lake, prefix), files, patterns)
    for path, content in now.files.items():
        key = content_key(prefix, content)
        if path in files and sha256(files[path]) == content and not lake.list_files(key):
            lake.write_bytes(key, files[path])
    lake.write_json(current_key(prefix), now.model_dump())
    return now


def fetch_designs(lake: Lake, prefix: str) -> Path:
    """A folder of exactly the files that were brought last.

    Raises: ConfigError where none were, or where one is not what it was.
    """
    found = designs_in_lake(lake, prefix)
    if not found.files:
        raise ConfigError(
            f"Cannot find designs at 's3://{lake.name}/{current_key(prefix)}': none were brought there. "
            "Run python -m flows warehouse sync-sql"
        )
    if found.version not in _fetched:
        folder = tempfile.TemporaryDirectory(prefix="designs-")
        for path, content in found.files.items():
            key = content_key(prefix, content)
            read = lake.read_bytes(key)
            if sha256(read) != content:
                raise ConfigError(
                    f"Cannot use '{path}': 's3://{lake.name}/{key}' is not what was brought "
                    f"(expected SHA-256 {content}). Run python -m flows warehouse sync-sql"
                )
            target = Path(folder.name) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read)
        _fetched[found.version] = folder
    return Path(_fetched[found.version].name)
