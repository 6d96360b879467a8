"""What a load would do, step by step, built by the functions that the steps themselves use."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from flows.new_load import PlannedLoad, new_load
from model.load import STAGING_SCHEMA, Load
from model.table_design import DatabaseSource
from sql.copying import copy_into_staging, last_copy_count
from sql.ledger import (
    LEDGER_FACTS,
    LEDGER_SCHEMA,
    end_of_window_before,
    insert_ledger_row,
    lease_holder,
    leases,
    loads,
    published_by_run,
    take_lease,
)
from sql.publish import arrival, count_both, delete_unchanged, is_merged, removal_of_replaced
from sql.render import tagged
from sql.source import select_window
from sql.staging import deduplicate, duplicate_count, measures, window_row_count
from sql.tables import (
    create_schema,
    create_table,
    drop_table,
    existing_schemas,
    staging_table,
    staging_tables_of_all_runs,
    target_table,
)
from sql.unload import target_row_count, unload


@dataclass(frozen=True)
class PlannedStep:
    """A step, its statements in order, and the S3 objects that it lists, reads, writes or deletes."""

    name: str
    statements: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    note: str = ""


def print_plan(flow: str, planned: PlannedLoad, keep_files: bool) -> None:
    """Prints what the load would do; it reads blocks, and nothing else."""
    load = new_load(flow, planned, load_block(Lake, "lake"), load_block(Warehouse, "warehouse"))
    source = planned.design.source
    kind = load_block(SourceDatabase, source.database).kind if isinstance(source, DatabaseSource) else "files"
    for step in planned_steps(load, kind, keep_files):
        print(f"-- {step.name}" + (f"  ({step.note})" if step.note else ""))
        for statement in step.statements:
            print(f"{statement};")
        for uri in step.objects:
            print(f"--   {uri}")
        print()


def planned_steps(load: Load, source_kind: str, keep_files: bool) -> list[PlannedStep]:
    """The steps in their order. `source_kind` is mysql, postgresql or files."""
    is_extracted = isinstance(load.design.source, DatabaseSource)
    staging = staging_table(load)

    def step(name: str, *statements: sa.ClauseElement, objects: tuple[str, ...] = (), note: str = "") -> PlannedStep:
        return PlannedStep(name, tuple(tagged(load, statement) for statement in statements), objects, note)

    schemas = [load.design.schema_name, STAGING_SCHEMA, LEDGER_SCHEMA]
    arrive = [
        PlannedStep("extract_table", (select_window(load, source_kind),), _extracted(load))
        if is_extracted
        else PlannedStep("wait_for_files", objects=(load.uri(load.input_prefix) + "*", load.uri(load.manifest_key)))
    ]
    facts: dict[str, sa.ColumnElement] = {name: sa.literal_column(f"<{name}>") for name in LEDGER_FACTS}
    return [
        PlannedStep("wait_for_warehouse"),
        step(
            "create_target",
            existing_schemas(schemas),
            *(create_schema(name) for name in schemas),
            *(create_table(table, if_not_exists=True) for table in (target_table(load.design), loads, leases)),
            *take_lease(load),
            *([end_of_window_before(load)] if load.window else []),
            note="CREATE SCHEMA only where it is missing",
        ),
        step("create_staging", staging_tables_of_all_runs(load), create_table(staging)),
        *arrive,
        step(
            "copy_into_staging",
            sa.delete(staging),
            copy_into_staging(load, load.manifest_key),
            last_copy_count(),
            objects=(load.uri(load.manifest_key),),
        ),
        *([] if is_extracted else [step("wait_for_rows", window_row_count(load))]),
        step(
            "deduplicate_staging",
            duplicate_count(load),
            *deduplicate(load),
            note="from CREATE on only where duplicates are",
        ),
        step("validate_staging", measures(load)),
        step(
            "publish",
            lease_holder(load),
            published_by_run(load),
            count_both(load),
            *([removal] if (removal := removal_of_replaced(load)) is not None else []),
            *([delete_unchanged(load)] if is_merged(load) else []),
            count_both(load),
            arrival(load),
            count_both(load),
            insert_ledger_row(load, facts),
        ),
        *(
            [step("unload_table", unload(load, load.unload_prefix), objects=(load.uri(load.unload_prefix) + "*",))]
            if load.unload_prefix
            else []
        ),
        step("check_metadata", target_row_count(load)),
        step(
            "clean_up",
            drop_table(STAGING_SCHEMA, load.staging_table),
            objects=() if keep_files else (load.uri(load.extracted_date_prefix) + "*",),
        ),
    ]


def _extracted(load: Load) -> tuple[str, ...]:
    return (load.uri(load.extracted_prefix) + "part-*.parquet", load.uri(load.manifest_key))
