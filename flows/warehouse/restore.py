"""The state before the last rebuild, back in its place; once more, and the newer one is back."""

from __future__ import annotations

from prefect import flow

from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.patience import Patience
from model.results import Switched
from pipelines.patiently import patiently
from pipelines.warehouse_works import restore_work
from tasks.clear_shadow import clear_shadow
from tasks.fetch_former import fetch_former
from tasks.prepare_shadow import prepare_shadow
from tasks.switch_tables import switch_tables
from tasks.verb import masked_errors


@flow(flow_run_name="restore {patterns}")
@masked_errors
def restore(
    patterns: tuple[str, ...] = ("*",), prefix: str = "", designs: str = "", patience: Patience = Patience()
) -> Switched:
    """Bring back what the last rebuild has put aside; what is live now is put aside instead.

    Args:
        patterns: Names or patterns of tables; those without a former state stay as they are.
        prefix: Prefix of the lake under which sync-sql's designs lie; left out, that of sources.yaml.
        designs: Folder of the designs; left out, the repository's; lake: sync-sql's.
        patience: How long to wait, how often to try again.
    """
    warehouse = load_block(Warehouse, "warehouse")
    work = restore_work(patterns, prefix, designs, warehouse)
    patient = patiently(patience)
    patient(prepare_shadow)(work, warehouse)
    try:
        former = patient(fetch_former)(work, warehouse)
        loads = tuple(load.model_copy(update={"source_bound": former.moments.get(load.table)}) for load in work.loads)
        work = work.model_copy(update={"loads": loads})
        switched = patient(switch_tables)(work, warehouse, former.columns, {}, 100)
    finally:
        patient(clear_shadow)(work, warehouse, keep_rows=False)
    return switched
