"""Designs that a test declares itself, beside sources that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

DESIGN = """
description: A table of a test.
source: {{database: shop, table: {source}}}
columns: {{id: BIGINT NOT NULL, at: TIMESTAMP, name: VARCHAR(20), is_deleted: BOOLEAN}}
key: [id]
cursor: at
newest_first: [at]
load: {load}
distribution: auto
allow_empty: true
{more}
"""


def declare(folder: Path, monkeypatch: pytest.MonkeyPatch, **designs: str) -> None:
    """Lets warehouse/mart/ hold `designs`, a text each by its table's name, and nothing else."""
    (folder / "mart").mkdir(exist_ok=True)
    for name, text in designs.items():
        (folder / "mart" / f"{name}.yaml").write_text(text)
    for function in ("read_design", "read_transformation", "read_any_design", "table_names", "transformation_names"):
        monkeypatch.setattr(f"model.read_design.{function}.__defaults__", (folder,))
    monkeypatch.setattr("model.read_design.declared_names.__defaults__", (folder,))


def declare_query(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, sql: str, design: str) -> None:
    """Adds a transformation to those declared."""
    declare(folder, monkeypatch, **{name: f"description: A test.\ndistribution: auto\n{design}"})
    (folder / "mart" / f"{name}.sql").write_text(sql)


def designed(source: str = "item", load: str = "merge", more: str = "") -> str:
    return DESIGN.format(source=source, load=load, more=more)
