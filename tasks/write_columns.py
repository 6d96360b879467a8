"""Say beside an export what its columns are."""

from __future__ import annotations

from blocks.lake import Lake
from model.load import Load
from model.results import ColumnsWritten
from tasks.verb import verb


@verb
def write_columns(load: Load, lake: Lake) -> ColumnsWritten:
    """Returns the key of the file. Safe to run again: it writes the same."""
    key = f"{load.unload_prefix}columns.json"
    columns = [
        {"name": column.name, "type": column.type.sql, "not_null": column.is_not_null} for column in load.design.columns
    ]
    columns += (
        [{"name": load.design.loaded_at, "type": "TIMESTAMP", "not_null": False}] if load.design.loaded_at else []
    )
    lake.write_json(key, {"table": load.table, "description": load.design.description, "columns": columns})
    return ColumnsWritten(key=key)
