"""What is wrong with the files of `warehouse/`, as far as they tell by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.dependencies import in_order
from model.errors import ConfigError
from model.load import longest_staging_table
from model.read_design import WAREHOUSE, read_design, read_transformation, table_names, transformation_names
from model.sources import read_sources
from model.table_design import MAX_NAME_BYTES, TableDesign
from model.transformation import Transformation


@dataclass(frozen=True)
class Flaw:
    """An `error` keeps a table from being loaded, or readers from reading it; a `warning` is to be known."""

    place: str
    severity: Literal["error", "warning"]
    text: str


def find_flaws(tables: Sequence[str], reserved: frozenset[str], warehouse: Path = WAREHOUSE) -> Iterator[Flaw]:
    """The flaws of the files of `tables`, and of sources.yaml; names in `reserved` need quotes."""
    if (warehouse / "sources.yaml").exists():
        try:
            read_sources(warehouse)
        except ConfigError as error:
            yield Flaw("sources.yaml", "error", str(error))
    designs, transformations = [], []
    for name in tables:
        try:
            if name in transformation_names(warehouse):
                transformations.append(read_transformation(name, warehouse))
            else:
                designs.append(read_design(name, warehouse))
        except ConfigError as error:
            yield Flaw(name, "error", str(error))
    for design in (*designs, *transformations):
        yield from _of_names(design, reserved)
    known = {*table_names(warehouse), *transformation_names(warehouse)}
    for transformation in transformations:
        yield from _of_dependencies(transformation, known)
    try:
        in_order(transformations)
    except ConfigError as error:
        yield Flaw("transformations", "error", str(error))


def _of_names(design: TableDesign, reserved: frozenset[str]) -> Iterator[Flaw]:
    longest = longest_staging_table(design)
    if len(longest.encode()) > MAX_NAME_BYTES:
        yield Flaw(
            design.name, "error", f"its staging table's name has {len(longest)} bytes (expected {MAX_NAME_BYTES})"
        )
    for name in (design.schema_name, design.table_name, *design.column_names):
        if name in reserved:
            text = f"'{name}' is a reserved word: every query must write it as \"{name}\""
            yield Flaw(design.name, "warning", text)


def _of_dependencies(transformation: Transformation, known: set[str]) -> Iterator[Flaw]:
    schemas = {name.partition(".")[0] for name in known}
    for read in sorted(transformation.source.tables - known):
        is_ours = read.partition(".")[0] in schemas
        text = f"it reads '{read}', which has no design"
        yield Flaw(transformation.name, "error" if is_ours else "warning", text)
