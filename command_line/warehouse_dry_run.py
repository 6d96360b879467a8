"""What a run about many tables would do, step by step, built by the functions that its steps themselves use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from command_line.dry_run import PlannedStep, planned_steps, print_steps
from model.dump import DumpKeys, DumpManner
from model.errors import ConfigError
from model.load import STAGING_SCHEMA, Load
from model.shadow import former_schema, in_shadow, of_former, shadow_schema
from model.work import Work
from pipelines.warehouse_works import (
    designs_folder,
    dump_works,
    load_works,
    rebuild_work,
    restore_work,
    unload_works,
    update_works,
)
from sql.checks import check_results
from sql.create_view import create_view, drop_view, view_definition
from sql.ledger import (
    LEDGER_FACTS,
    LEDGER_SCHEMA,
    insert_ledger_row,
    lease_holder,
    leases,
    loads,
    newest_source_bound,
    published_by_run,
    release_lease,
    state_before_switch,
    take_lease,
)
from sql.render import tagged
from sql.schema_memory import existing_columns, remembered_columns, source_columns
from sql.switch import (
    count_shadow_and_live,
    create_live,
    drop_schema,
    exchange,
    fetch_former,
    keep_former,
    tables_of_schemas,
)
from sql.tables import create_schema, create_table, existing_tables
from sql.unload import unload
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.former_views import former_views
from tasks.open_source import OpenSource, open_source
from tasks.plan_dump import plan_dump, present_files, range_statement, standing_dump, standing_range
from tasks.read_dump import dump_of
from tasks.tables_in import tables_in


def shown_later(steps: Callable[..., Iterable[PlannedStep]]) -> Callable[[dict[str, Any]], Callable[[], None]]:
    """For flows that look at sources and lake while they plan: nothing is looked at before a dry run is asked for."""
    return lambda parameters: lambda: print_steps(steps(**parameters))


def dump_steps(
    patterns: tuple[str, ...], prefix: str, force: bool, designs: str, rows_per_range: int, **_: object
) -> Iterator[PlannedStep]:
    """One a table. It reads what the sources say of their tables, and the marks in the lake; no row."""
    lake, works = dump_works(patterns, prefix, designs)
    manner = DumpManner(max_parallel=1, rows_per_range=rows_per_range, is_forced=force)
    for work in works:
        present = present_files(lake, work.loads)
        with open_source(load_block(SourceDatabase, work.name)) as source:
            for load in work.loads:
                yield _dump_step(load, source, lake, DumpKeys(load, present, "dry-run"), manner)


def _dump_step(load: Load, source: OpenSource, lake: Lake, keys: DumpKeys, manner: DumpManner) -> PlannedStep:
    name = f"dump {load.table}"
    if done := standing_dump(load, source, lake, keys, manner):
        return PlannedStep(name, objects=(load.uri(keys.manifest),), note=f"stands: {done.row_count:,} rows")
    found = source.find(load)
    plan = plan_dump(load, source, lake, keys, manner)
    due = [one for one in plan.ranges if not standing_range(lake, keys, plan, one)]
    objects = [keys.plan] if plan.edges else []
    for one in due:
        objects.append(keys.files(plan, one) + "part-*.parquet")
        objects += [keys.mark(plan, one)] if plan.edges else []
    size = f"about {found.row_count:,} rows, {found.size_bytes:,} bytes in the source" if found else ""
    stand = f"{len(plan.ranges) - len(due)} of {len(plan.ranges)} ranges stand" if len(due) < len(plan.ranges) else ""
    return PlannedStep(
        name,
        tuple(range_statement(load, source.block, one) for one in due),
        tuple(map(load.uri, (*objects, keys.manifest))),
        "; ".join(filter(None, [size, stand])),
    )


def load_steps(patterns: tuple[str, ...], prefix: str, designs: str, **_: object) -> Iterator[PlannedStep]:
    """It reads the manifests of the dumps; no row."""
    lake, loads = load_works(patterns, prefix, designs, load_block(Warehouse, "warehouse"))
    read = {f"{load.table} read_dump": _read_dump(load, lake) for load in loads if load.dump_prefix}
    for step in of_loads(loads):
        yield read.get(step.name, step)


def _read_dump(load: Load, lake: Lake) -> PlannedStep:
    """With the files of the dump and their sizes; or with what the run would refuse."""
    name, manifest = f"{load.table} read_dump", load.uri(load.manifest_key)
    try:
        found = dump_of(load, lake)
    except ConfigError as error:
        return PlannedStep(name, objects=(manifest,), note=str(error))
    files = (f"{load.uri(file.key)}  {file.size_bytes:,} bytes" for file in found.files)
    return PlannedStep(name, objects=(manifest, *files), note=f"{found.row_count:,} rows, {found.size_bytes:,} bytes")


def update_steps(
    patterns: tuple[str, ...], only: bool, from_: str, prefix: str, designs: str, **_: object
) -> Iterator[PlannedStep]:
    folder = designs_folder(designs, prefix)
    return of_loads(update_works(patterns, only, from_, folder, load_block(Warehouse, "warehouse"))[1])


def unload_steps(patterns: tuple[str, ...], prefix: str, designs: str, **_: object) -> Iterator[PlannedStep]:
    for load in unload_works(patterns, prefix, designs, load_block(Warehouse, "warehouse"))[1]:
        place = str(load.unload_prefix)
        yield PlannedStep(f"{load.table} unload_table", (tagged(load, unload(load, place)),), (load.uri(f"{place}*"),))
        yield PlannedStep(f"{load.table} write_columns", objects=(load.uri(f"{place}columns.json"),))


def of_loads(works: Iterable[Load]) -> Iterator[PlannedStep]:
    """The steps of each table, which name it."""
    for load in works:
        for step in planned_steps(load, "files", keep_files=True):
            yield replace(step, name=f"{load.table} {step.name}")


def rebuild_steps(
    patterns: tuple[str, ...],
    prefix: str,
    keep_dumps: bool,
    designs: str,
    rows_per_range: int,
    **_: object,
) -> Iterator[PlannedStep]:
    """It reads what sources, lake and warehouse say of their tables; no row."""
    warehouse = load_block(Warehouse, "warehouse")
    work = rebuild_work(patterns, prefix, designs, warehouse)[1]
    there = tables_in(warehouse, schemas_of(work))
    yield _prepared(work)
    yield from dump_steps(patterns, prefix, not keep_dumps, designs, rows_per_range)
    yield from of_loads(in_shadow(work.loads))
    for load in work.loads:
        if load.dump_prefix:
            yield PlannedStep(f"{load.table} check_dump_age", (tagged(load, newest_source_bound(load)),))
    columns = {load.table: load.design.target_column_names for load in work.loads}
    yield from _switched(work, there, columns, former_views(work, warehouse))


def restore_steps(patterns: tuple[str, ...], prefix: str, designs: str, **_: object) -> Iterator[PlannedStep]:
    """It reads what the warehouse says of its tables; no row."""
    warehouse = load_block(Warehouse, "warehouse")
    work = restore_work(patterns, prefix, designs, warehouse)
    there = tables_in(warehouse, schemas_of(work))
    tables = [load for load in work.loads if not load.design.view]
    columns = {load.table: tuple(columns_in_warehouse(of_former(load), warehouse)[0]) for load in tables}
    yield _prepared(work)
    views = [of_former(load) for load in work.loads if load.design.view]
    fetched = [tagged(view, view_definition(view)) for view in views]
    for load in tables:
        fetched += [tagged(of_former(load), one) for one in _look(of_former(load))]
        fetched += [tagged(load, one) for one in (*fetch_former(load), state_before_switch(load))]
    yield PlannedStep("fetch_former", tuple(fetched))
    yield from _switched(work, there, columns, former_views(work, warehouse))


def schemas_of(work: Work) -> list[str]:
    return sorted({load.design.schema_name for load in work.loads})


def _look(load: Load) -> list[sa.ClauseElement]:
    return [existing_columns(load), remembered_columns(load)]


def _prepared(work: Work) -> PlannedStep:
    first, schemas = work.loads[0], schemas_of(work)
    needed = [*schemas, *map(former_schema, schemas), STAGING_SCHEMA, LEDGER_SCHEMA]
    tables = (loads, leases, source_columns, check_results)
    statements: list[tuple[Load, sa.ClauseElement]] = [(load, one) for load in work.loads for one in _look(load)]
    statements += [(first, existing_tables(needed, tables)), *((first, create_schema(name)) for name in needed)]
    statements += [(first, create_table(table, if_not_exists=True)) for table in tables]
    for name in map(shadow_schema, schemas):
        statements += [(first, drop_schema(name)), (first, create_schema(name))]
    statements += [(load, take_lease(load)) for load in work.loads]
    note = "CREATE only of what is missing, but for the shadow schemas"
    return PlannedStep("prepare_shadow", tuple(tagged(*one) for one in statements), note=note)


def _switched(
    work: Work, there: Collection[str], columns: Mapping[str, Sequence[str]], asides: Sequence[Load]
) -> Iterator[PlannedStep]:
    first, of_rows = work.loads[0], [load for load in work.loads if not load.design.view]
    statements: list[tuple[Load, sa.ClauseElement]] = [(of_rows[0], published_by_run(of_rows[0]))]
    views = [load for load in work.loads if load.design.view]
    statements += [(load, one) for load in (*of_rows, *views) for one in _look(load)]
    statements += [(load, view_definition(load)) for load in views]
    statements += [(load, one) for load in asides for one in _look(load)]
    statements.append((first, tables_of_schemas(schemas_of(work))))
    statements += [(load, lease_holder(load)) for load in work.loads]
    statements += [(load, count_shadow_and_live(load, load.table in there)) for load in of_rows]
    facts: dict[str, sa.ColumnElement] = {name: sa.literal_column(f"<{name}>") for name in LEDGER_FACTS}
    for load in of_rows:
        statements += [(load, one) for one in (keep_former(load) if load.table in there else [create_live(load)])]
        statements += [(load, one) for one in exchange(load, columns[load.table])]
        statements.append((load, insert_ledger_row(load, facts)))
    statements += [(load, one) for load in (*asides, *views) for one in (drop_view(load), create_view(load))]
    note = "from the leases on, at once; DROP VIEW where its columns change"
    yield PlannedStep("switch_tables", tuple(tagged(*one) for one in statements), note=note)
    statements = []
    statements += [(load, lease_holder(load)) for load in work.loads]
    statements += [(load, release_lease(load)) for load in work.loads]
    statements += [(first, drop_schema(shadow_schema(name))) for name in schemas_of(work)]
    yield PlannedStep("clear_shadow", tuple(tagged(*one) for one in statements))
