"""The views that a switch puts aside, by the SELECT that the warehouse shows of them."""

from __future__ import annotations

from blocks.warehouse import Warehouse
from model.load import Load
from model.query import query_of_view
from model.shadow import of_former
from model.work import Work
from sql.create_view import view_definition
from tasks.statements import run


def view_in_warehouse(load: Load, warehouse: Warehouse) -> Load | None:
    """The load with the SELECT that its view has; None where there is no view, or one that is bound to its tables."""
    with warehouse.transaction(f"look at the view '{load.table}'") as transaction:
        definition = run(transaction, load, view_definition(load)).scalar()
    try:
        source = query_of_view(definition or "")
    except ValueError:
        return None
    return load.model_copy(update={"design": load.design.model_copy(update={"source": source})})


def former_views(work: Work, warehouse: Warehouse) -> list[Load]:
    """The live views of the work, each as a view in the schema for the former state."""
    views = [view_in_warehouse(load, warehouse) for load in work.loads if load.design.view]
    return [of_former(view) for view in views if view]
