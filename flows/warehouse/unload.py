"""Tables of the warehouse as Parquet in the lake, each with its manifest and a file that tells its columns."""

from __future__ import annotations

from prefect import flow
from pydantic import PositiveInt

from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.load import Load
from model.outcome import Outcome
from model.patience import Patience
from model.results import Loaded
from pipelines.patiently import patiently
from pipelines.tables_in_order import run_in_order
from pipelines.warehouse_works import unload_works
from reports.outcomes import refuse_failures, show_outcomes
from tasks.unload_table import unload_table
from tasks.verb import masked_errors
from tasks.write_columns import write_columns


@flow(flow_run_name="unload {patterns}")
@masked_errors
def unload(
    patterns: tuple[str, ...] = ("*",),
    prefix: str = "",
    designs: str = "",
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> list[Outcome]:
    """Export tables and views, whole, to Parquet below <prefix>/unload/<table>/dt=<date>/.

    Args:
        patterns: Names or patterns of tables in the warehouse, such as mart.*.
        prefix: Prefix of the lake, of each user or environment its own; left out, that of sources.yaml.
        designs: Folder of the designs and of sources.yaml, or lake; left out, the repository's.
        max_parallel: Most tables that are exported side by side.
        patience: How long to wait, how often to try again.
    """
    warehouse = load_block(Warehouse, "warehouse")
    lake, loads = unload_works(patterns, prefix, designs, warehouse)

    patient = patiently(patience)

    def export(load: Load) -> Loaded:
        unloaded = patient(unload_table)(load, lake, warehouse)
        # Behind the export, which empties its prefix first.
        patient(write_columns)(load, lake)
        return Loaded.of_nothing(load.table, load.run_date, unloaded.row_count)

    outcomes, _ = run_in_order(loads, export, max_parallel, after=lambda _: frozenset())
    show_outcomes("unload", outcomes)
    refuse_failures("unload", outcomes)
    return outcomes
