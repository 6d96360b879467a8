"""Look whether source, design and target of a table fit, without loading it."""

from __future__ import annotations

from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.errors import LoadError
from model.load import Load
from model.table_design import DatabaseSource
from tasks.compare_schema import compare_schema


def find_disagreement(load: Load, warehouse: Warehouse) -> str | None:
    """What a load would refuse, in words, also what its design would settle by itself; None where all fit."""
    source = load.design.source
    strict = load.model_copy(update={"design": load.design.model_copy(update={"on_schema_change": "freeze"})})
    try:
        of_rows = load_block(SourceDatabase, source.database) if isinstance(source, DatabaseSource) else None
        compare_schema.fn(strict, of_rows, warehouse)
    except LoadError as error:
        return str(error)
    return None
