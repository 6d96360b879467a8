"""The way of a transformation: built beside the table that readers see, checked, put in its place, exported."""

from __future__ import annotations

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.load import Load
from model.patience import Patience
from model.results import Copied, Extracted, Loaded
from pipelines.patiently import patiently
from tasks.build_table import build_table
from tasks.check_metadata import check_metadata
from tasks.clean_up import clean_up
from tasks.create_staging import create_staging
from tasks.create_target import create_target
from tasks.create_view import create_view
from tasks.publish import publish
from tasks.record_failure import cause_of, record_failure
from tasks.run_checks import run_checks
from tasks.unload_table import unload_table
from tasks.wait import or_release
from tasks.wait_for_warehouse import wait_for_warehouse

_NOTHING = Extracted(files=(), manifest_key=None, row_count=None, size_bytes=0)


def transform_table(load: Load, lake: Lake, warehouse: Warehouse, patience: Patience) -> Loaded:
    """One transformation from beginning to end; returns what it changed."""

    patient = patiently(patience)
    or_release(patient(wait_for_warehouse)(load, warehouse, patience))
    if load.design.view:
        patient(create_view)(load, warehouse)
        # Readers who hold the view keep what they have; there are no rows of its own to publish, count or export.
        return Loaded.of_nothing(load.table, load.run_date)
    # Takes the lease on the table: from here on no earlier run of it, dead or alive, can publish.
    patient(create_target)(load, warehouse)
    try:
        patient(create_staging)(load, warehouse)
        # The last stop before readers see a row.
        built = patient(build_table)(load, warehouse)
        copied = Copied(row_count=built.row_count, size_bytes=0)
        if load.checks_on("staged"):
            patient(run_checks)(load, warehouse, "staged")
        # The target stays the table that it was, with its grants and the views on it; only its rows are others.
        published = patient(publish)(load, warehouse, _NOTHING, copied)
        if load.checks_on("target") and not load.defers_checks:
            # What cannot be told from the staged rows alone; nothing is exported that fails it.
            patient(run_checks)(load, warehouse, "target")
        unloaded = patient(unload_table)(load, lake, warehouse)
        patient(check_metadata)(load, warehouse, published)
    except BaseException as error:
        # Their own failure must not hide the cause; the next run of the table sweeps what stays.
        record_failure(load, warehouse, cause_of(error), return_state=True)
        clean_up(load, lake, warehouse, keep_files=True, return_state=True)
        raise
    patient(clean_up)(load, lake, warehouse, keep_files=True)
    return Loaded(
        table=load.table,
        run_date=load.run_date,
        copied_row_count=copied.row_count,
        exported_row_count=unloaded.row_count,
        **published.model_dump(),
    )
