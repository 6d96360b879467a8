"""Ask the warehouse how it would run a query."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from sql.explain import Explain
from sql.render import render


def explanation(name: str, query: str) -> str:
    """The statement that asks; `name` shows in the warehouse's query log."""
    return f"/* explain:{name} */ {render(Explain(query))}"


def explain_query(warehouse: Warehouse, name: str, query: str) -> list[str]:
    """The lines of the plan. Runs nothing.

    Raises: what Warehouse.transaction raises, such as WarehouseError for a table that does not exist yet.
    """
    with warehouse.transaction(f"explain '{name}'") as transaction:
        return [line for (line,) in transaction.run(explanation(name, query))]
