"""The schemas of a rebuild: beside each live one a shadow, in which it is built, and one for the former state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from model.check import Check, References, Sql
from model.load import Load
from model.query import moved_query, read_query
from model.table_design import QuerySource, TableDesign


def shadow_schema(schema: str) -> str:
    return f"{schema}__shadow"


def former_schema(schema: str) -> str:
    return f"{schema}__former"


def in_shadow(loads: Iterable[Load]) -> list[Load]:
    """The same loads into the shadow schemas, reading each other there; nothing of them is exported."""
    live = list(loads)
    moved = {load.table: shadow_schema(load.design.schema_name) for load in live}
    return [load.model_copy(update={"design": _moved(load.design, moved)}) for load in live]


def of_former(load: Load) -> Load:
    """The load of the same table in the schema for the former state."""
    design = load.design.model_copy(update={"schema_name": former_schema(load.design.schema_name)})
    return load.model_copy(update={"design": design})


def _moved(design: TableDesign, moved: dict[str, str]) -> TableDesign:
    changed: dict[str, Any] = {
        "schema_name": moved[design.name],
        "unload": None,
        "checks": tuple(_moved_check(check, moved) for check in design.checks),
    }
    if isinstance(design.source, QuerySource):
        changed["source"] = read_query(moved_query(design.source.sql, moved))
    return design.model_copy(update=changed)


def _moved_check(check: Check, moved: dict[str, str]) -> Check:
    if isinstance(check, References) and check.table in moved:
        return check.model_copy(update={"table": f"{moved[check.table]}.{check.table.partition('.')[2]}"})
    if isinstance(check, Sql):
        rows = check.rows and moved_query(check.rows, moved)
        return check.model_copy(update={"sql": moved_query(check.sql, moved), "rows": rows})
    return check
