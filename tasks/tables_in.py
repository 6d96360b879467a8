"""Which tables and views the warehouse has."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.warehouse import Warehouse
from sql.render import render
from sql.switch import tables_of_schemas


def tables_in(warehouse: Warehouse, schemas: Sequence[str]) -> frozenset[str]:
    """Those of the schemas, as schema.table."""
    with warehouse.transaction("look at what tables there are") as transaction:
        return frozenset(f"{schema}.{table}" for schema, table in transaction.run(render(tables_of_schemas(schemas))))
