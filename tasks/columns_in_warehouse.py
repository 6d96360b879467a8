"""What the warehouse says of a target's columns, and what it remembers of its source's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from blocks.warehouse import Warehouse
from model.column_type import ColumnType, parse_column_type
from model.load import Load
from sql.schema_memory import existing_columns, remembered_columns, source_columns
from tasks.statements import run


def columns_in_warehouse(load: Load, warehouse: Warehouse) -> tuple[dict[str, ColumnType], dict[str, str]]:
    """The target's columns, none where it does not exist; the source's types as remembered."""
    with warehouse.transaction(f"look at the columns of '{load.table}'") as transaction:
        rows = run(transaction, load, existing_columns(load)).all()
        is_remembering = any(row.table_name == source_columns.name for row in rows)
        found = run(transaction, load, remembered_columns(load)).all() if is_remembering else []
    of_target = [row for row in rows if (row.table_schema, row.table_name) == tuple(load.table.split("."))]
    return {row.column_name: _type_of(row) for row in of_target}, {row.column_name: row.source_type for row in found}


def _type_of(row: Any) -> ColumnType:
    """A type that we do not know is kept by its name alone: it is equal to none of ours."""
    name = str(row.data_type)
    if name.startswith("character"):
        name = f"{name}({row.character_maximum_length})"
    elif name == "numeric":
        name = f"{name}({row.numeric_precision},{row.numeric_scale})"
    try:
        found = parse_column_type(name)
    except ValueError:
        return ColumnType(name.upper())
    return replace(found, length=None) if found.name == "VARBYTE" else found
