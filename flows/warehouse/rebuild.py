"""The warehouse built anew beside the live one, and put in its place at one moment."""

from __future__ import annotations

from prefect import flow
from pydantic import NonNegativeFloat, PositiveInt

from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from flows.warehouse.dump import ROWS_PER_RANGE, dump
from model.patience import Patience
from model.results import Switched
from model.shadow import in_shadow
from pipelines.patiently import patiently
from pipelines.tables_in_order import build_in_order
from pipelines.wait_first import wait_first
from pipelines.warehouse_works import rebuild_work
from reports.outcomes import refuse_failures, show_outcomes
from tasks.check_dump_age import check_dump_age
from tasks.clear_shadow import clear_shadow
from tasks.prepare_shadow import prepare_shadow
from tasks.read_dump import read_dump
from tasks.switch_tables import switch_tables
from tasks.verb import masked_errors


@flow(flow_run_name="rebuild {patterns}")
@masked_errors
def rebuild(
    patterns: tuple[str, ...] = ("*",),
    prefix: str = "",
    keep_dumps: bool = False,
    designs: str = "",
    most_shrink_percent: NonNegativeFloat = 50,
    rows_per_range: PositiveInt = ROWS_PER_RANGE,
    max_parallel: PositiveInt = 4,
    patience: Patience = Patience(),
) -> Switched:
    """Dump, load and transform into shadow schemas, check, and switch all tables at one moment.

    Args:
        patterns: Names or patterns of dumped tables; what is made of them comes with them.
        prefix: Prefix of the lake, of each user or environment its own; left out, that of sources.yaml.
        keep_dumps: Whether dumps that stand are loaded as they are; so a rebuild goes on that was interrupted.
        designs: Folder of designs and sources.yaml; left out, the repository's; lake: sync-sql's.
        most_shrink_percent: A table that would lose more of its rows stops the switch.
        rows_per_range: Larger tables are dumped in ranges of their key of about that many rows; whole ones are kept.
        max_parallel: Most tables that are loaded side by side.
        patience: How long to wait, how often to try again.
    """
    warehouse = load_block(Warehouse, "warehouse")
    lake, work = rebuild_work(patterns, prefix, designs, warehouse)
    wait_first(work.loads, warehouse, patience)
    # Before anything is read: a window that another run loads from here on would be missing, and is noticed.
    patient = patiently(patience)
    patient(prepare_shadow)(work, warehouse)
    is_switched = False
    try:
        dump(patterns, prefix, not keep_dumps, designs, rows_per_range, patience)
        outcomes, _ = build_in_order(in_shadow(work.loads), lake, warehouse, patience, max_parallel)
        show_outcomes("rebuild", outcomes)
        refuse_failures("rebuild", outcomes)
        extracted = {one.table: patient(read_dump)(one, lake) for one in work.loads if one.dump_prefix}
        for one in work.loads:
            if one.dump_prefix:
                # Kept dumps may be older than what is live.
                patient(check_dump_age)(one, warehouse, extracted[one.table])
        columns = {one.table: one.design.target_column_names for one in work.loads}
        switched = patient(switch_tables)(work, warehouse, columns, extracted, most_shrink_percent)
        is_switched = True
    finally:
        patient(clear_shadow)(work, warehouse, keep_rows=not is_switched)
    return switched
