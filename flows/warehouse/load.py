"""Dumped tables into the warehouse, and everything that is made of them."""

from __future__ import annotations

from prefect import flow
from pydantic import PositiveInt

from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.patience import Patience
from model.results import Loaded
from pipelines.tables_in_order import build_in_order
from pipelines.warehouse_works import load_works
from reports.outcomes import refuse_failures, show_outcomes
from tasks.verb import masked_errors


@flow(flow_run_name="load {patterns}")
@masked_errors
def load(
    patterns: tuple[str, ...] = ("*",),
    prefix: str = "",
    designs: str = "",
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Load dumped tables from the lake, whole, and build everything downstream of them in its order.

    Args:
        patterns: Names or patterns of tables in the warehouse, such as shop.* or mart.orders.
        prefix: Prefix of the lake under which their dumps lie; left out, that of sources.yaml.
        designs: Folder of designs and sources.yaml; left out, the repository's; lake: sync-sql's.
        max_parallel: Most tables that are loaded side by side.
        patience: How long to wait, how often to try again.
    """
    warehouse = load_block(Warehouse, "warehouse")
    lake, loads = load_works(patterns, prefix, designs, warehouse)
    outcomes, loaded = build_in_order(loads, lake, warehouse, patience, max_parallel)
    show_outcomes("load", outcomes)
    refuse_failures("load", outcomes)
    return loaded
