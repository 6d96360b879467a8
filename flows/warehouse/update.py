"""Only what the warehouse makes itself: tables and views by their .sql files, with what depends on them."""

from __future__ import annotations

from prefect import flow
from pydantic import PositiveInt

from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.patience import Patience
from model.results import Loaded
from pipelines.tables_in_order import build_in_order
from pipelines.warehouse_works import designs_folder, update_works
from reports.outcomes import refuse_failures, show_outcomes
from tasks.verb import masked_errors


@flow(flow_run_name="update {patterns}")
@masked_errors
def update(
    patterns: tuple[str, ...] = ("*",),
    only: bool = False,
    from_: str = "",
    prefix: str = "",
    designs: str = "",
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> list[Loaded]:
    """Build tables and views that are made by a .sql file, and those that read them.

    Args:
        patterns: Names or patterns of tables with a .sql file, such as mart.*.
        only: Whether those that read them are left as they are.
        from_: The table to go on at after a failure; those before it in the order of the run are left as they are.
        prefix: Prefix of the lake under which sync-sql's designs lie; left out, that of sources.yaml.
        designs: Folder of the designs; left out, the repository's; lake: sync-sql's.
        max_parallel: Most tables that are built side by side.
        patience: How long to wait, how often to try again.
    """
    warehouse = load_block(Warehouse, "warehouse")
    lake, loads = update_works(patterns, only, from_, designs_folder(designs, prefix), warehouse)
    outcomes, built = build_in_order(loads, lake, warehouse, patience, max_parallel)
    show_outcomes("update", outcomes)
    refuse_failures("update", outcomes)
    return built
