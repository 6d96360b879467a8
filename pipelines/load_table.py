"""The way of a table: from its source through S3 and staging into the target, and out to the lake again."""

from __future__ import annotations

from prefect.exceptions import Abort

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.load import Load
from model.patience import Patience
from model.results import Loaded
from model.table_design import DatabaseSource
from pipelines.extract_rows import extract_rows
from pipelines.patiently import patiently
from tasks.alter_target import alter_target
from tasks.check_cursor import check_cursor
from tasks.check_dump_age import check_dump_age
from tasks.check_metadata import check_metadata
from tasks.clean_up import clean_up
from tasks.compare_schema import compare_schema
from tasks.copy_into_staging import copy_into_staging
from tasks.create_staging import create_staging
from tasks.create_target import create_target
from tasks.deduplicate_staging import deduplicate_staging
from tasks.detect_deletes import detect_deletes
from tasks.publish import publish
from tasks.read_dump import read_dump
from tasks.record_failure import cause_of, record_failure
from tasks.run_checks import run_checks
from tasks.set_aside_deleted import set_aside_deleted
from tasks.unload_table import unload_table
from tasks.validate_staging import validate_staging
from tasks.wait import or_release
from tasks.wait_for_files import wait_for_files
from tasks.wait_for_rows import wait_for_rows
from tasks.wait_for_warehouse import wait_for_warehouse


def load_table(load: Load, lake: Lake, warehouse: Warehouse, patience: Patience, keep_files: bool) -> Loaded:
    """One load from beginning to end; returns what it moved and changed."""

    patient = patiently(patience)
    or_release(patient(wait_for_warehouse)(load, warehouse, patience))
    source = _source_database(load)
    try:
        # What the design does not allow stops the run before anything is made or changed.
        compared = patient(compare_schema)(load, source, warehouse)
        load = load.model_copy(update={"design": compared.design})
        patient(check_cursor)(load, source, compared)
        # Takes the lease on the table: from here on no earlier run of it, dead or alive, can publish.
        ready = patient(create_target)(load, warehouse)
        load = load.model_copy(update={"read_since": ready.read_until})
        patient(alter_target)(load, warehouse, compared)
        patient(create_staging)(load, warehouse)
        if load.detects_deletes:
            # Before rows are read: a key that comes back in between is then among them.
            patient(detect_deletes)(load, source, lake, warehouse)
        if source:
            extracted = extract_rows(load, source, lake, patience)
        elif load.dump_prefix:
            extracted = patient(read_dump)(load, lake)
            # What a later load has brought must not go again.
            patient(check_dump_age)(load, warehouse, extracted)
        else:
            extracted = or_release(patient(wait_for_files)(load, lake, patience))
            if not extracted.files:
                patient(clean_up)(load, lake, warehouse, keep_files)
                return Loaded.skipped(load.table, load.run_date)
        load = load.model_copy(update={"source_bound": extracted.source_bound})
        copied = patient(copy_into_staging)(load, warehouse, extracted)
        if extracted.row_count is None:
            copied = or_release(patient(wait_for_rows)(load, lake, warehouse, patience, extracted))
        deduplicated = patient(deduplicate_staging)(load, warehouse, copied)
        patient(validate_staging)(load, warehouse, deduplicated)
        if load.design.removes_marked_rows:
            patient(set_aside_deleted)(load, warehouse)
        if load.checks_on("staged"):
            # The last stop before readers see a row.
            patient(run_checks)(load, warehouse, "staged")
        published = patient(publish)(load, warehouse, extracted, copied)
        if load.checks_on("target") and not load.defers_checks:
            # What cannot be told from the staged rows alone; nothing is exported that fails it.
            patient(run_checks)(load, warehouse, "target")
        unloaded = patient(unload_table)(load, lake, warehouse)
        patient(check_metadata)(load, warehouse, published)
    except Abort:
        # The run waits for something without its process, and goes on from here: that is no failure.
        raise
    except BaseException as error:
        # Their own failure must not hide the cause; the next run of the table sweeps what stays.
        record_failure(load, warehouse, cause_of(error), return_state=True)
        clean_up(load, lake, warehouse, keep_files, return_state=True)
        raise
    patient(clean_up)(load, lake, warehouse, keep_files)
    return Loaded(
        table=load.table,
        run_date=load.run_date,
        read_until=load.read_window.until if load.read_window else None,
        copied_row_count=copied.row_count,
        exported_row_count=unloaded.row_count,
        **published.model_dump(),
    )


def _source_database(load: Load) -> SourceDatabase | None:
    """None where someone else delivers the rows as files, or a dump of them lies in the lake."""
    if load.dump_prefix:
        return None
    source = load.design.source
    return load_block(SourceDatabase, source.database) if isinstance(source, DatabaseSource) else None
