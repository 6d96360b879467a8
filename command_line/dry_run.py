"""What a load would do, step by step, built by the functions that the steps themselves use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.check import Sql, Stage
from model.dump import whole_number_key
from model.key_range import KeyRange
from model.load import STAGING_SCHEMA, Load
from model.results import CheckResult
from model.table_design import DatabaseSource
from pipelines.new_load import PlannedLoad, new_load
from sql.build import built_measures, fill_built
from sql.checks import check_results, finding_of_sql, findings, insert_results, offending_rows
from sql.copying import copy_deleted_keys, copy_into_staging, last_copy_count
from sql.create_view import create_view, drop_view, first_row
from sql.key_hashes import (
    Side,
    source_hash_sums,
    source_hashes,
    target_count,
    target_hash_sums,
    target_hashed_keys,
)
from sql.key_ranges import key_bounds, source_keys, source_sums, target_keys, target_sums
from sql.ledger import (
    LEDGER_FACTS,
    LEDGER_SCHEMA,
    end_of_window_before,
    existing_ledger,
    insert_ledger_row,
    lease,
    lease_holder,
    leases,
    loads,
    loads_by_run,
    newest_source_bound,
    published_by_run,
    recent_loads,
    release_lease,
    take_lease,
)
from sql.publish import arrival, count_arriving, delete_unchanged, is_merged, removals
from sql.render import tagged
from sql.schema_memory import existing_columns, remember, remembered_columns, source_columns
from sql.source import key_limits, null_cursor_count, render_for, select_window
from sql.staging import (
    deduplicate,
    key_counts,
    marked_count,
    measures,
    set_aside_marked,
    window_row_count,
)
from sql.tables import (
    create_schema,
    create_table,
    deleted_keys_table,
    drop_table,
    existing_tables,
    run_tables,
    staging_table,
    staging_tables_of_all_runs,
    target_table,
)
from sql.unload import target_row_count, unload

# What only the run knows of a row of etl.check_results.
PLANNED_RESULT = CheckResult(
    check="<check>",
    kind="<kind>",
    severity="error",
    stage="target",
    state="passed",
    expected="<expected>",
    found="<found>",
    statement="<statement>",
)


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
    print_steps(planned_steps(load, kind, keep_files))


def print_steps(steps: Iterable[PlannedStep]) -> None:
    for step in steps:
        print(f"-- {step.name}" + (f"  ({step.note})" if step.note else ""))
        for statement in step.statements:
            print(f"{statement};")
        for uri in step.objects:
            print(f"--   {uri}")
        print()


def validating_steps(loads: Iterable[Load]) -> list[PlannedStep]:
    """What `warehouse validate` asks; the sources are asked for their columns as well."""
    return [replace(_compared(load), name=f"compare {load.table}") for load in loads]


def planned_steps(load: Load, source_kind: str, keep_files: bool) -> list[PlannedStep]:
    """The steps in their order. `source_kind` is mysql, postgresql or files."""
    is_extracted = isinstance(load.design.source, DatabaseSource) and not load.dump_prefix
    staging = staging_table(load)

    def step(name: str, *statements: sa.ClauseElement, objects: tuple[str, ...] = (), note: str = "") -> PlannedStep:
        return PlannedStep(name, tuple(tagged(load, statement) for statement in statements), objects, note)

    if load.design.view:
        statements = existing_tables([load.design.schema_name], ()), create_schema(load.design.schema_name)
        made = drop_view(load), create_view(load), first_row(load)
        note = "CREATE SCHEMA only where it is missing, DROP VIEW where its columns change"
        look = existing_columns(load), remembered_columns(load)
        return [PlannedStep("wait_for_warehouse"), step("create_view", *look, *statements, *made, note=note)]
    if load.only_checks:
        kept = (loads, check_results)
        create = (create_table(table, if_not_exists=True) for table in kept)
        found = existing_tables([LEDGER_SCHEMA], kept), create_schema(LEDGER_SCHEMA), *create
        return [PlannedStep("wait_for_warehouse"), *_checked(load, "target", *found)]
    schemas = [load.design.schema_name, STAGING_SCHEMA, LEDGER_SCHEMA]
    tables = (target_table(load.design), loads, leases, source_columns, check_results)
    compare = [] if load.is_transformed else [_compared(load)]
    if is_extracted and load.window and load.design.cursor:
        statement = null_cursor_count(load, source_kind)
        compare.append(PlannedStep("check_cursor", (statement,), note="only where the source allows NULL there"))
    arrive = []
    if is_extracted:
        arrive = [_extracted(load, source_kind)]
    elif load.dump_prefix:
        arrive = [PlannedStep("read_dump", objects=(load.uri(load.manifest_key),))]
        arrive.append(step("check_dump_age", newest_source_bound(load)))
    elif not load.is_transformed:
        arrive = [PlannedStep("wait_for_files", objects=(*_delivered(load), load.uri(load.manifest_key)))]
    if load.is_transformed:
        look = (existing_columns(load), remembered_columns(load))
        fill = [step("build_table", *look, sa.delete(staging), fill_built(load), built_measures(load))]
    else:
        fill = [
            *arrive,
            step(
                "copy_into_staging",
                sa.delete(staging),
                copy_into_staging(load, load.manifest_key),
                last_copy_count(),
                objects=(load.uri(load.manifest_key),),
            ),
            *([] if is_extracted or load.dump_prefix else [step("wait_for_rows", window_row_count(load))]),
            step(
                "deduplicate_staging",
                key_counts(load),
                *deduplicate(load),
                note="from CREATE on only where duplicates are",
            ),
            step("validate_staging", measures(load)),
        ]
    facts: dict[str, sa.ColumnElement] = {name: sa.literal_column(f"<{name}>") for name in LEDGER_FACTS}
    return [
        PlannedStep("wait_for_warehouse"),
        *compare,
        step(
            "create_target",
            existing_tables(schemas, tables),
            *(create_schema(name) for name in schemas),
            *(create_table(table, if_not_exists=True) for table in tables),
            lease(load),
            loads_by_run(load),
            recent_loads(load),
            *([end_of_window_before(load)] if load.window else []),
            take_lease(load),
            note="CREATE only of what is missing",
        ),
        *([_remembered(load)] if is_extracted else []),
        step("create_staging", staging_tables_of_all_runs(load), *map(create_table, run_tables(load))),
        *([_detected(load, source_kind)] if load.detects_deletes else []),
        *fill,
        *(
            [step("set_aside_deleted", marked_count(load), *set_aside_marked(load), note="only where rows are marked")]
            if load.design.removes_marked_rows
            else []
        ),
        *_checked(load, "staged"),
        step(
            "publish",
            published_by_run(load),
            lease_holder(load),
            *removals(load),
            *([delete_unchanged(load)] if is_merged(load) else []),
            count_arriving(load),
            arrival(load),
            target_row_count(load),
            insert_ledger_row(load, facts),
        ),
        *([] if load.defers_checks else _checked(load, "target")),
        *(
            [
                PlannedStep(
                    "unload_table",
                    tuple(tagged(day, unload(day, str(day.unload_prefix))) for day in load.by_day),
                    tuple(load.uri(f"{day.unload_prefix}*") for day in load.by_day),
                )
            ]
            if load.design.unload
            else []
        ),
        step("check_metadata", target_row_count(load)),
        step(
            "clean_up",
            existing_ledger(),
            lease_holder(load),
            *(drop_table(STAGING_SCHEMA, table.name) for table in run_tables(load)),
            release_lease(load),
            objects=() if keep_files or load.is_transformed else (load.uri(load.extracted_date_prefix) + "*",),
        ),
    ]


def _checked(load: Load, stage: Stage, *before: sa.ClauseElement) -> list[PlannedStep]:
    """No step where no check is declared for the stage."""
    checks = load.checks_on(stage)
    together = [check for check in checks if not isinstance(check, Sql)]
    statements = [
        *before,
        *([findings(load, together, stage)] if together else []),
        *(finding_of_sql(check) for check in checks if isinstance(check, Sql)),
        *(rows for check in checks if (rows := offending_rows(load, check, stage)) is not None),
        insert_results(load, (PLANNED_RESULT,)),
    ]
    note = f"on the {'staged rows' if stage == 'staged' else 'target'}; rows of failed checks only"
    return [PlannedStep("run_checks", tuple(tagged(load, one) for one in statements), note=note)] if checks else []


def _compared(load: Load) -> PlannedStep:
    statements = (tagged(load, existing_columns(load)), tagged(load, remembered_columns(load)))
    return PlannedStep("compare_schema", statements, note="the second only where that table exists")


def _remembered(load: Load) -> PlannedStep:
    statements = remember(load, dict.fromkeys(load.design.column_names, "<type in the source>"))
    note = f"only what has changed; on_schema_change is {load.design.on_schema_change}"
    return PlannedStep("alter_target", tuple(tagged(load, statement) for statement in statements), note=note)


def _detected(load: Load, source_kind: str) -> PlannedStep:
    """With buckets that only the run knows."""
    manifest = f"{load.deleted_keys_prefix}manifest.json"
    if load.design.has_whole_number_key:
        within, width = KeyRange(1, 1_000_000), 1000
        of_target = [key_bounds(load), target_sums(load, within, width), target_keys(load, within)]
        of_source = [source_sums(load, within, width), source_keys(load, within)]
    else:
        kind: Side = "mysql" if source_kind == "mysql" else "postgresql"
        digits, buckets = 2, ["<xx>"]
        of_target = [target_count(load), target_hash_sums(load, digits), target_hashed_keys(load, buckets)]
        of_source = [source_hash_sums(load, digits, kind), source_hashes(load, buckets, kind)]
    staged = [sa.delete(deleted_keys_table(load)), copy_deleted_keys(load, manifest)]
    statements = [
        *(tagged(load, statement) for statement in of_target),
        *(render_for(statement, source_kind) for statement in of_source),
        *(tagged(load, statement) for statement in staged),
    ]
    objects = (load.uri(f"{load.deleted_keys_prefix}part-*.parquet"), load.uri(manifest))
    return PlannedStep("detect_deletes", tuple(statements), objects, note="keys only of buckets whose sums differ")


def _delivered(load: Load) -> tuple[str, ...]:
    patterns = (pattern for of_day in load.delivered_patterns.values() for pattern in of_day)
    return tuple(load.uri(pattern) + ("*" if pattern.endswith("/") else "") for pattern in patterns)


def _extracted(load: Load, source_kind: str) -> PlannedStep:
    source, select = load.design.source, select_window(load, source_kind)
    assert isinstance(source, DatabaseSource)
    key, prefix, manifest = whole_number_key(load.design), load.uri(load.extracted_prefix), load.uri(load.manifest_key)
    if source.partitions == 1 or key is None:
        return PlannedStep("extract_table", (select,), (f"{prefix}part-*.parquet", manifest))
    statements = (key_limits(load, key, source_kind), select)
    objects = (f"{prefix}range-*/part-*.parquet", manifest)
    return PlannedStep("extract_range", statements, objects, f"the second in {source.partitions} ranges of {key}")
