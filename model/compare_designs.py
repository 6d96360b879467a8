"""What a source's table says today beside what its design says."""

from __future__ import annotations

from collections.abc import Iterator

from model.proposed_type import is_enough
from model.table_design import TableDesign


def design_differences(existing: TableDesign, proposed: TableDesign) -> Iterator[str]:
    """A line each, as a person reads it: + new in the source, - gone from it, ~ other than it would be proposed now.

    What the design leaves out on purpose, and what it holds in a wider type, is no difference.
    """
    there = {column.source_name.lower(): column for column in proposed.columns}
    here = {column.source_name.lower(): column for column in existing.columns}
    for name, column in there.items():
        if name not in here and not existing.is_left_out(name):
            yield f"+ {column.name}: {column.type.sql}{' NOT NULL' if column.is_not_null else ''}"
    for name, column in here.items():
        if name not in there:
            yield f"- {column.name}: {column.type.sql}, which the source does not have"
        elif not is_enough(column.type, there[name].type):
            yield f"~ {column.name}: {column.type.sql}, and {there[name].type.sql} would be proposed"
        elif column.is_not_null and not there[name].is_not_null:
            yield f"~ {column.name}: NOT NULL, and the source allows NULL"
    if existing.key and proposed.key and set(existing.key) != set(proposed.key):
        yield f"~ key: {', '.join(existing.key)}, and the source has {', '.join(proposed.key)}"


def new_columns(existing: TableDesign, proposed: TableDesign) -> list[str]:
    """The columns that are new in the source, by their names in the warehouse."""
    here = {column.source_name.lower() for column in existing.columns}
    return [
        column.name
        for column in proposed.columns
        if column.source_name.lower() not in here and not existing.is_left_out(column.source_name)
    ]
