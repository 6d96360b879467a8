"""What somebody else has put into the lake for a load."""

from __future__ import annotations

from blocks.lake import Lake
from model.file_source import FileSource, matches
from model.load import Load
from model.patience import Patience
from model.results import StagedFile


def delivered_files(load: Load, lake: Lake) -> tuple[tuple[StagedFile, ...], tuple[str, ...]]:
    """The files that are there, by key, and for each day without one what their keys should be like."""
    files: dict[str, StagedFile] = {}
    missing = []
    for patterns in load.delivered_patterns.values():
        found = [file for pattern in patterns for file in _like(pattern, lake)]
        files |= {file.key: file for file in found}
        if not found:
            missing.append(patterns[0])
    return tuple(files[key] for key in sorted(files)), tuple(missing)


def _like(pattern: str, lake: Lake) -> list[StagedFile]:
    return [file for file in lake.list_files(pattern.partition("*")[0]) if matches(file.key, pattern)]


def delivery_timeout_seconds(load: Load, patience: Patience) -> float:
    """How long files and rows of a load are waited for: not at all where the design says so."""
    source = load.design.source
    assert isinstance(source, FileSource)
    return patience.source_timeout_seconds if source.missing == "wait" else 0.0
