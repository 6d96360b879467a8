"""Columns of a design as the source names them, which may differ in case, or altogether where the design says so."""

from __future__ import annotations

from collections.abc import Sequence

from model.table_design import TableDesign


def find_name(wanted: str, names: Sequence[str]) -> str | None:
    """The name that is meant: the same one, else the only one that differs in nothing but case; None: none, or several.

    >>> find_name("id", ["ID", "at"]), find_name("id", ["ID", "id"]), find_name("id", ["ID", "Id"])
    ('ID', 'id', None)
    """
    if wanted in names:
        return wanted
    alike = [name for name in names if name.lower() == wanted.lower()]
    return alike[0] if len(alike) == 1 else None


def with_source_names(design: TableDesign, names: Sequence[str]) -> TableDesign:
    """The design whose columns know what the source calls them; one that the source lacks stays as declared."""
    columns = []
    for column in design.columns:
        found = find_name(column.source_name, names) or column.source_name
        columns.append(column.model_copy(update={"source": None if found == column.name else found}))
    return design.model_copy(update={"columns": tuple(columns)})
