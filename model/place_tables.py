"""Which design in `warehouse/` belongs to which table of a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from model.propose_design import target_name
from model.sources import Upstream
from model.table_design import DatabaseSource, TableDesign


class Listed(Protocol):
    """A table of a source: its name as a design writes it, and with its schema."""

    @property
    def name(self) -> str: ...

    @property
    def full_name(self) -> str: ...


@dataclass(frozen=True)
class PlacedTable:
    """`target` is its name in the warehouse: that of the design it has (`design`), or of the one it will get."""

    target: str
    database: str
    table: str
    design: TableDesign | None


def place_tables(
    schema: str, upstream: Upstream, listed: Iterable[Listed], designs: Sequence[TableDesign]
) -> list[PlacedTable]:
    """The source's tables that sources.yaml includes. Of two with one name, those with a schema keep it in front."""
    by_table = {
        design.source.table.lower(): design
        for design in designs
        if isinstance(design.source, DatabaseSource) and design.source.database == upstream.database
    }
    placed: dict[str, PlacedTable] = {}
    included = [table for table in listed if upstream.includes(table.full_name)]
    # Those of the default schema first: they keep their name.
    for table in sorted(included, key=lambda one: (one.name.count("."), one.name)):
        design = by_table.get(table.name.lower()) or by_table.get(table.full_name.lower())
        target = design.name if design else f"{schema}.{target_name(table.name)}"
        if target in placed:
            target = f"{schema}.{target_name(table.full_name.replace('.', '_'))}"
        placed[target] = PlacedTable(target, upstream.database, table.name, design)
    return [placed[name] for name in sorted(placed)]


def can_match(patterns: Iterable[str], schema: str, database: str, designs: Iterable[TableDesign]) -> bool:
    """Whether a pattern can mean a table of that entry of sources.yaml: by its schema, or by a design that was moved.

    >>> can_match(["shop.order*"], "shop", "shop", []), can_match(["s*"], "shop", "shop", [])
    (True, True)
    >>> can_match(["shop.order*"], "crm", "shop-postgres", [])
    False
    """
    names = {
        design.name
        for design in designs
        if isinstance(design.source, DatabaseSource) and design.source.database == database
    }
    start = f"{schema}."
    for pattern in patterns:
        # Up to the first sign of a glob, pattern and schema have to agree.
        literal = re.split(r"[*?[]", pattern, maxsplit=1)[0]
        if literal.startswith(start) or start.startswith(literal) or any(fnmatchcase(name, pattern) for name in names):
            return True
    return False
