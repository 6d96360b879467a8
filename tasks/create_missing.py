"""Create schemas and tables where they are missing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from model.load import Load
from sql.tables import create_schema, create_table, existing_tables
from tasks.statements import run

# Two sessions that create the same schema or table at once make one of them fail, IF NOT EXISTS or not.
_creating = threading.Lock()


def create_missing(
    load: Load, warehouse: Warehouse, schemas: Sequence[str], tables: Sequence[sa.Table]
) -> tuple[str, ...]:
    """Returns the schemas that were created. Safe to run again: it creates only what is missing."""
    with _creating, warehouse.transaction(f"create '{load.table}'") as transaction:
        existing = run(transaction, load, existing_tables(schemas, tables)).all()
        missing = tuple(name for name in dict.fromkeys(schemas) if name not in {row.schema_name for row in existing})
        for name in missing:
            run(transaction, load, create_schema(name))
        for table in tables:
            if (table.schema, table.name) not in {tuple(row) for row in existing}:
                run(transaction, load, create_table(table, if_not_exists=True))
    return missing
