"""The designs and SQL that lie in the lake, as they were reviewed.

s3://lake/<prefix>/designs/files/<sha256>     a file by its content: never changed, so never half new
s3://lake/<prefix>/designs/current.json       written last: which path has which content
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_SUFFIXES = (".yaml", ".sql")
_PATH = r"^([^./\\][^/\\]*/[^./\\][^/\\]*\.(yaml|sql)|sources\.yaml)$"


class SyncedDesigns(BaseModel):
    """SHA-256 in hex, by path below warehouse/."""

    model_config = ConfigDict(frozen=True)

    # Who fetches them writes files of these names: none outside the folder.
    files: Mapping[Annotated[str, Field(pattern=_PATH)], str]

    @property
    def version(self) -> str:
        """Names exactly these files."""
        return sha256("".join(f"{path} {content}\n" for path, content in sorted(self.files.items())).encode())[:16]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def current_key(prefix: str) -> str:
    return f"{prefix}/designs/current.json"


def content_key(prefix: str, content: str) -> str:
    return f"{prefix}/designs/files/{content}"


def table_of(path: str) -> str:
    """The table whose file it is; of a file that is about no table, its own name.

    >>> table_of("mart/orders.yaml"), table_of("sources.yaml")
    ('mart.orders', 'sources.yaml')
    """
    schema, _, name = path.partition("/")
    return f"{schema}.{name.rpartition('.')[0]}" if name else path


def design_files(warehouse: Path) -> dict[str, bytes]:
    """All designs, SQL and sources.yaml, by their paths below it; never access.yaml, which loads nothing."""
    found = [path for path in sorted(warehouse.glob("*/*")) if path.suffix in _SUFFIXES]
    found += [warehouse / "sources.yaml"] if (warehouse / "sources.yaml").exists() else []
    return {path.relative_to(warehouse).as_posix(): path.read_bytes() for path in found}


def synced(before: SyncedDesigns, files: Mapping[str, bytes], patterns: Sequence[str]) -> SyncedDesigns:
    """What lies in the lake after the files whose tables match took the place of those that were there.

    >>> before = SyncedDesigns(files={"mart/a.sql": "old", "mart/b.sql": "old"})
    >>> sorted(synced(before, {"mart/c.sql": b""}, ["mart.[ac]"]).files)
    ['mart/b.sql', 'mart/c.sql']
    """

    def is_chosen(path: str) -> bool:
        return any(fnmatchcase(table_of(path), pattern) for pattern in patterns)

    kept = {path: content for path, content in before.files.items() if not is_chosen(path)}
    return SyncedDesigns(files=kept | {path: sha256(content) for path, content in files.items() if is_chosen(path)})
