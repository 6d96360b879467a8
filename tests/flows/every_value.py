"""A table through the real pipeline, by the design that is proposed for it: describe, load, read in the warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
from prefect import flow

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.task_runner import task_runner_of_environment
from blocks.warehouse import Warehouse
from model.patience import Patience
from model.propose_design import propose_design
from model.read_design import parse_design
from model.results import Loaded
from model.table_design import TableDesign
from pipelines.load_table import load_table
from pipelines.new_load import PlannedLoad, new_load
from tasks.describe_table import describe_table

NOW = Patience(retries=0, warehouse_poll_seconds=0.1, warehouse_timeout_seconds=0.3)
# What the driver would show otherwise than it is.
_SHOWN = {"REAL": "CAST({} AS DOUBLE PRECISION)", "SUPER": "JSON_SERIALIZE({})", "TIME": "CAST({} AS VARCHAR)"}


def proposed_design(block: str, table: str, **changes: str) -> TableDesign:
    """The design that is proposed; `changes` are columns that are declared otherwise."""
    text = propose_design(describe_table(SourceDatabase.load(block), table, 30), block, "mart")
    lines = text.splitlines()
    for name, declared in changes.items():
        place = next(number for number, line in enumerate(lines) if line.startswith(f"  {name}: "))
        lines[place] = f"  {name}: {declared}"
    path = Path(f"warehouse/mart/{table.rpartition('.')[2]}.yaml")
    # The whole table is loaded, whatever its windows are.
    return parse_design("\n".join(lines), path).model_copy(update={"load": "replace"})


@flow(task_runner=task_runner_of_environment)
def load_whole(design: TableDesign) -> Loaded:
    lake, warehouse = Lake.load("lake"), Warehouse.load("warehouse")
    load = new_load("load_whole", PlannedLoad(design, date(2025, 1, 1), None), lake, warehouse)
    return load_table(load, lake, warehouse, NOW, False)


def loaded_rows(world: Any, design: TableDesign) -> dict[str, list[Any]]:
    """The target by column, in the order of its key; JSON parsed, bytes as bytes."""
    shown = [_SHOWN.get(column.type.name, "{}").format(f'"{column.name}"') for column in design.columns]
    # Without more digits a float is shown rounded.
    query = f"SET extra_float_digits = 2; SELECT {', '.join(shown)} FROM {design.name} ORDER BY {design.key[0]}"
    rows = world.warehouse(query)
    loaded = {column.name: [row[place] for row in rows] for place, column in enumerate(design.columns)}
    for column in design.columns:
        if read := {"SUPER": parsed, "VARBYTE": _from_hex}.get(column.type.name):
            loaded[column.name] = [None if text is None else read(text) for text in loaded[column.name]]
    return loaded


def parsed(text: str) -> Any:
    """JSON with every digit of its numbers; names in an object have no order."""
    return json.loads(text, parse_float=Decimal)


def _from_hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


@contextmanager
def postgres(world: Any) -> Iterator[Any]:
    """A cursor of the source PostgreSQL; what it does is committed at the end."""
    parts = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
    facts = {part.lower(): world.environment[f"POSTGRES_{part}"] for part in parts}
    with closing(psycopg2.connect(**facts)) as connection, connection, connection.cursor() as cursor:
        yield cursor
