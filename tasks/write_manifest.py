"""The manifest of a run: which files COPY reads, all of them mandatory."""

from __future__ import annotations

from datetime import datetime

from blocks.lake import Lake
from model.load import Load
from model.results import ChangedValues, Extracted, StagedFile


def write_manifest(
    load: Load,
    lake: Lake,
    files: tuple[StagedFile, ...],
    row_count: int | None,
    source_bound: datetime | None = None,
    changed_values: tuple[ChangedValues, ...] = (),
) -> Extracted:
    """Writes it last, as the commit mark of the files; no files, no manifest."""
    if files:
        lake.write_json(load.manifest_key, manifest_of(load, files))
    return Extracted(
        files=files,
        manifest_key=load.manifest_key if files else None,
        row_count=row_count,
        size_bytes=sum(file.size_bytes for file in files),
        source_bound=source_bound,
        changed_values=changed_values,
    )


def manifest_of(load: Load, files: tuple[StagedFile, ...]) -> dict[str, list[object]]:
    """Source: https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html"""
    entries: list[object] = [
        {
            "url": load.uri(file.key),
            "mandatory": True,
            "meta": {"content_length": file.size_bytes}
            | ({} if file.row_count is None else {"record_count": file.row_count}),
        }
        for file in files
    ]
    return {"entries": entries}
