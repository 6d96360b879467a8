"""The work of a run on many tables: which tables, where in the lake, by which designs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.warehouse import Warehouse
from model.choose_tables import choose_tables
from model.dependencies import downstream, in_order
from model.errors import ConfigError
from model.load import Load
from model.read_design import (
    WAREHOUSE,
    read_any_design,
    read_design,
    read_transformation,
    table_names,
    transformation_names,
)
from model.shadow import former_schema, of_former
from model.sources import Sources, read_sources
from model.table_design import DatabaseSource, TableDesign
from model.transformation import Transformation
from model.work import Work
from pipelines.new_load import PlannedLoad, new_load
from pipelines.run_dates import run_dates
from tasks.former_views import view_in_warehouse
from tasks.sync_designs import fetch_designs
from tasks.tables_in import tables_in

IN_LAKE = "lake"


def designs_folder(designs: str, prefix: str = "") -> Path:
    """The folder of designs that a parameter names: '' is the repository's, `lake` what sync-sql brought last."""
    if designs == IN_LAKE:
        place = read_sources().lake
        return fetch_designs(load_block(Lake, place.block), prefix or place.prefix)
    return Path(designs) if designs else WAREHOUSE


def lake_of(sources: Sources) -> Lake:
    return load_block(Lake, sources.lake.block)


def dumped_designs(patterns: Sequence[str], folder: Path) -> list[TableDesign]:
    """The designs whose rows come from a database.

    Raises: ConfigError for a pattern that matches none, or any bad design.
    """
    designs = [read_design(name, folder) for name in table_names(folder)]
    of_databases = {design.name: design for design in designs if isinstance(design.source, DatabaseSource)}
    return [of_databases[name] for name in choose_tables(patterns, list(of_databases))]


def dump_loads(
    flow: str, designs: Iterable[TableDesign], prefix: str, lake: Lake, warehouse: Warehouse | None
) -> list[Load]:
    """A load of the whole table for each design, by way of its dump under `prefix`."""
    [day] = run_dates(None, None, None, "UTC")
    return [
        new_load(flow, PlannedLoad(design, day, None), lake, warehouse).model_copy(
            update={"dump_prefix": f"{prefix}/dump/{design.name}/"}
        )
        for design in designs
    ]


def dump_works(patterns: Sequence[str], prefix: str, designs: str) -> tuple[Lake, list[Work]]:
    """The tables of each source whose names match; `prefix` '' is that of sources.yaml.

    Raises: ConfigError for a pattern that matches none, a bad file, a missing block.
    """
    folder = designs_folder(designs, prefix)
    sources = read_sources(folder)
    lake = lake_of(sources)
    loads = dump_loads("dump", dumped_designs(patterns, folder), sources.prefix(prefix), lake, None)
    databases = sorted({_database(load) for load in loads})
    return lake, [work_of(name, [load for load in loads if _database(load) == name]) for name in databases]


def work_of(name: str, loads: Sequence[Load]) -> Work:
    first = loads[0]
    return Work(name=name, flow=first.flow, run_id=first.run_id, run_date=first.run_date, loads=tuple(loads))


def _database(load: Load) -> str:
    assert isinstance(load.design.source, DatabaseSource)
    return load.design.source.database


def load_works(patterns: Sequence[str], prefix: str, designs: str, warehouse: Warehouse) -> tuple[Lake, list[Load]]:
    """The dumped tables whose names match, and behind them, in their order, the transformations downstream.

    Raises: as `dump_works` does.
    """
    folder = designs_folder(designs, prefix)
    sources = read_sources(folder)
    lake = lake_of(sources)
    chosen = dumped_designs(patterns, folder)
    loads = dump_loads("load", chosen, sources.prefix(prefix), lake, warehouse)
    made = downstream((design.name for design in chosen), transformations_of(folder))
    return lake, [*loads, *transform_loads("load", made, lake, warehouse)]


def update_works(
    patterns: Sequence[str], only: bool, from_table: str, folder: Path, warehouse: Warehouse
) -> tuple[Lake, list[Load]]:
    """The transformations whose names match, and unless `only`, those downstream of them; from `from_table` on.

    Raises: ConfigError for a pattern that matches none, a bad file, a cycle, a `from_table` that is not among them.
    """
    known = transformations_of(folder)
    names = choose_tables(patterns, [one.name for one in known])
    chosen = set(names) if only else {*names, *(one.name for one in downstream(names, known))}
    made = [one for one in in_order(known) if one.name in chosen]
    if from_table:
        place = next((number for number, one in enumerate(made) if one.name == from_table), None)
        if place is None:
            raise ConfigError(
                f"Cannot go on from '{from_table}': it is not built in this run "
                f"(expected one of {', '.join(one.name for one in made)}). Correct it."
            )
        made = made[place:]
    lake = lake_of(read_sources(folder))
    return lake, transform_loads("update", made, lake, warehouse)


def transformations_of(folder: Path) -> list[Transformation]:
    return [read_transformation(name, folder) for name in transformation_names(folder)]


def transform_loads(flow: str, transformations: Iterable[TableDesign], lake: Lake, warehouse: Warehouse) -> list[Load]:
    [day] = run_dates(None, None, None, "UTC")
    return [new_load(flow, PlannedLoad(design, day, None), lake, warehouse) for design in transformations]


def rebuild_work(patterns: Sequence[str], prefix: str, designs: str, warehouse: Warehouse) -> tuple[Lake, Work]:
    """The dumped tables whose names match and all that is made of them, as they are live; in their order."""
    lake, loads = load_works(patterns, prefix, designs, warehouse)
    return lake, work_of("the warehouse", [load.model_copy(update={"flow": "rebuild"}) for load in loads])


def restore_work(patterns: Sequence[str], prefix: str, designs: str, warehouse: Warehouse) -> Work:
    """The tables and views whose names match and that have a former state in the warehouse; a view by its SELECT there.

    Raises: ConfigError where no table has.
    """
    folder = designs_folder(designs, prefix)
    known = [read_any_design(name, folder) for name in [*table_names(folder), *transformation_names(folder)]]
    names = set(choose_tables(patterns, [design.name for design in known]))
    lake = lake_of(read_sources(folder))
    loads = transform_loads("restore", [design for design in known if design.name in names], lake, warehouse)
    kept = tables_in(warehouse, sorted({former_schema(load.design.schema_name) for load in loads}))
    found = [load for load in loads if of_former(load).table in kept]
    if all(load.design.view for load in found):
        raise ConfigError(
            f"Cannot restore '{', '.join(patterns)}': no former state of these tables is kept (expected one that a "
            "rebuild has put aside)."
        )
    views = [_with_former_select(load, warehouse) for load in found if load.design.view]
    tables = [load for load in found if not load.design.view]
    return work_of("the former state", [*tables, *(view for view in views if view)])


def _with_former_select(load: Load, warehouse: Warehouse) -> Load | None:
    former = view_in_warehouse(of_former(load), warehouse)
    return former and load.model_copy(
        update={"design": load.design.model_copy(update={"source": former.design.source})}
    )


def unload_works(patterns: Sequence[str], prefix: str, designs: str, warehouse: Warehouse) -> tuple[Lake, list[Load]]:
    """The tables and views whose names match, each with a place below `prefix` for its export."""
    folder = designs_folder(designs, prefix)
    sources = read_sources(folder)
    lake = lake_of(sources)
    names = choose_tables(patterns, sorted([*table_names(folder), *transformation_names(folder)]))
    place = f"{sources.prefix(prefix)}/unload"
    exported = [
        design.model_copy(update={"unload": f"{place}/{design.name}"})
        for design in (read_any_design(name, folder) for name in names)
    ]
    return lake, transform_loads("unload", exported, lake, warehouse)
