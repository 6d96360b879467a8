"""Where source, design and target of a table no longer fit, and what of it a load may still bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from model.column_type import ColumnType
from model.proposed_type import holds, is_enough
from model.table_design import Column, TableDesign

_WIDENS = "VARCHAR"  # the one type that ALTER COLUMN makes longer


@dataclass(frozen=True)
class Offered:
    """A column of the source, its name in lower case: its type there, and the type that it needs (None: unreadable)."""

    name: str
    source_type: str
    needed: ColumnType | None


@dataclass(frozen=True)
class Difference:
    """`added`: a column that the target lacks; `widened`: a text that it is too short for; `vanished`: gone from the
    source; `changed`: a type that no ALTER brings. `type` is what the target needs; None: it cannot be read at all.
    `is_of_target`: design and target differ, whatever the source is.
    """

    kind: Literal["added", "widened", "vanished", "changed"]
    column: str
    found: str
    type: ColumnType | None = None
    is_of_target: bool = False


def differences(
    design: TableDesign,
    source: Sequence[Offered],
    remembered: Mapping[str, str],
    target: Mapping[str, ColumnType],
) -> list[Difference]:
    """What an unattended load must not pass over, in the order of the design, then of the source.

    `source` is empty where rows come as files, `target` where it does not exist yet. `remembered` are the source's
    types when the table was last loaded, by column: a column that was always wider than the design is a choice, one
    that became so is a change. For the same reason a column is only vanished where it was once there.
    """
    return [
        *(found for column in design.columns if (found := _of_column(column, source, remembered, target))),
        *_not_listed(design, source),
    ]


def evolved(design: TableDesign, source: Sequence[Offered], target: Mapping[str, ColumnType]) -> TableDesign:
    """The design with the columns that are new in the source, and texts as long as they are in the target."""
    listed = tuple(
        column.model_copy(update={"type": target[column.name]})
        if column.name in target and column.type.name == _WIDENS and holds(target[column.name], column.type)
        else column
        for column in design.columns
    )
    more = tuple(
        Column(name=difference.column, type=target.get(difference.column) or difference.type)
        for difference in _not_listed(design, source)
        if difference.type
    )
    return design.model_copy(update={"columns": (*listed, *more)})


def without(design: TableDesign, names: Sequence[str]) -> TableDesign:
    """The design without some of its columns."""
    kept = tuple(column for column in design.columns if column.name not in names)
    return design.model_copy(update={"columns": kept})


def with_types(design: TableDesign, types: Mapping[str, ColumnType]) -> TableDesign:
    """The design with other types for some of its columns."""
    columns = (
        column.model_copy(update={"type": types[column.name]}) if column.name in types else column
        for column in design.columns
    )
    return design.model_copy(update={"columns": tuple(columns)})


def needed_columns(design: TableDesign) -> set[str]:
    """The columns without which the design's rows cannot be loaded."""
    named = {*design.key, *design.newest_first, *design.sort, design.cursor, design.distribution}
    marked = {design.soft_delete.column} if design.soft_delete else set()
    return {column.name for column in design.columns if column.is_not_null or column.name in named | marked}


def _of_column(
    column: Column,
    source: Sequence[Offered],
    remembered: Mapping[str, str],
    target: Mapping[str, ColumnType],
) -> Difference | None:
    name, wanted = column.name, column.type
    found = next((one for one in source if one.name == name), None)
    if source and found is None:
        return Difference("vanished", name, "is gone from the source", wanted) if name in remembered else None
    if found and remembered.get(name, found.source_type) != found.source_type and not _is_enough(wanted, found):
        said = f"was {remembered[name]} in the source and is {found.source_type} now, the design has {wanted.sql}"
        return Difference(_kind(wanted, found.needed), name, said, found.needed)
    if not target:
        return None
    if name not in target:
        return Difference("added", name, "is in the design, and the target lacks it", wanted)
    if not holds(target[name], wanted):
        said = f"is {wanted.sql} in the design and {target[name].sql} in the target"
        return Difference(_kind(target[name], wanted), name, said, wanted, is_of_target=True)
    return None


def _not_listed(design: TableDesign, source: Sequence[Offered]) -> Iterator[Difference]:
    for column in source:
        if column.name not in design.column_names and not design.is_left_out(column.name):
            said = f"is in the source ({column.source_type}) and not in the design"
            yield Difference("added", column.name, said, column.needed)


def _is_enough(wanted: ColumnType, found: Offered) -> bool:
    return found.needed is not None and is_enough(wanted, found.needed)


def _kind(present: ColumnType, needed: ColumnType | None) -> Literal["widened", "changed"]:
    return "widened" if needed and present.name == needed.name == _WIDENS else "changed"
