"""Create schemas and tables where they are missing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from model.load import Load
from sql.tables import create_schema, create_table, existing_schemas
from tasks.statements import run

# Two sessions that create the same schema or table at once make one of them fail, IF NOT EXISTS or not.
_creating = threading.Lock()


def create_missing(
    load: Load, warehouse: Warehouse, schemas: Sequence[str], tables: Sequence[sa.Table]
) -> tuple[str, ...]:
    """Returns the schemas that were created. Safe to run again: it creates only what is missing."""
    with _creating, warehouse.transaction(f"create '{load.table}'") as transaction:
        existing = set(run(transaction, load, existing_schemas(list(schemas))).scalars())
        missing = tuple(name for name in dict.fromkeys(schemas) if name not in existing)
        for name in missing:
            run(transaction, load, create_schema(name))
        for table in tables:
            run(transaction, load, create_table(table, if_not_exists=True))
    return missing
