"""Compare the columns of source, design and target before anything is read or written."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from extract.extraction import ExtractColumn, Extraction, match_columns
from extract.reflect_table import Reflected, reflect_table, tables_beside
from model.column_type import ColumnType
from model.errors import ConfigError
from model.load import Load
from model.proposed_type import proposed_type
from model.results import Compared
from model.schema_difference import Difference, Offered, differences, evolved, needed_columns, with_types, without
from model.source_names import with_source_names
from model.source_type import SourceColumn
from model.table_design import DatabaseSource, TableDesign
from sql.alter_table import growth, remedy
from sql.render import render
from sql.schema_memory import shortened
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.verb import verb


@verb
def compare_schema(load: Load, source: SourceDatabase | None, warehouse: Warehouse) -> Compared:
    """Returns the design of what this run loads: as declared, or grown or cut down where the design says so.

    Safe to run again: it only reads. `source` is None where rows come as files.
    Raises: SourceError for a column that the source never had; ConfigError, with the ALTER statements that would
    help, for a difference that the design does not allow.
    """
    reflected = _reflect(load, source)
    names = [column.name for column in reflected.columns]
    declared = with_source_names(load.design, names)
    found = _offered(declared, reflected.columns, source.kind) if source else []
    target, remembered = columns_in_warehouse(load, warehouse)
    design = evolved(declared, found, target) if declared.on_schema_change == "evolve" else declared
    different = differences(design, found, remembered, target)
    if declared.on_schema_change != "freeze":
        design, different = _settle(design, different, target)
    if different:
        raise _refused(load, different)
    design = with_source_names(design, names)
    if source:
        _check_extractable(source, design, reflected)
    loaded = {column.name: column.source_type for column in found if column.name in design.column_names}
    return Compared(
        design=design,
        is_growing=bool(target and growth(design, target)),
        left_columns=tuple(name for name in declared.column_names if name not in design.column_names),
        source_types={name: text for name, text in loaded.items() if remembered.get(name) != text},
        is_cursor_nullable=bool(declared.cursor and declared.column(declared.cursor).source_name in reflected.nullable),
    )


def _settle(
    design: TableDesign, different: list[Difference], target: dict[str, ColumnType]
) -> tuple[TableDesign, list[Difference]]:
    """The design without the differences that its policy settles, and those that are left."""
    is_evolving, needed = design.on_schema_change == "evolve", needed_columns(design)
    gone = [one.column for one in different if one.kind == "vanished" or (one.kind == "added" and not is_evolving)]
    wider = {one.column: one.type for one in different if one.kind == "widened" and is_evolving and one.type}
    left = [
        one
        for one in different
        if (one.column in gone and one.column in needed)
        or (one.kind == "added" and is_evolving and (one.type is None or one.column == design.loaded_at))
        or (one.kind == "changed" and (is_evolving or one.is_of_target))
    ]
    return with_types(without(design, gone), wider), left


def _offered(design: TableDesign, columns: Sequence[SourceColumn], kind: str) -> list[Offered]:
    """Each column of the source, by the names that the design has for it; one that it does not list, in lower case."""
    return [
        Offered(name, shortened(column.full_type), proposed_type(column, kind))
        for column in columns
        for name in [one.name for one in design.columns if one.source_name == column.name] or [column.name.lower()]
    ]


def _reflect(load: Load, source: SourceDatabase | None) -> Reflected:
    if source is None:
        return Reflected((), frozenset())
    assert isinstance(load.design.source, DatabaseSource)
    return reflect_table(source.address, load.design.source.table)


def _check_extractable(source: SourceDatabase, design: TableDesign, reflected: Reflected) -> None:
    assert isinstance(design.source, DatabaseSource)
    columns = tuple(ExtractColumn(column.name, column.type, column.source) for column in design.columns)
    found: tuple[SourceColumn, ...] = reflected.columns
    near = [] if found else tables_beside(source.address, design.source.table)
    match_columns(Extraction(design.source.table, columns), found, near)


def _refused(load: Load, different: list[Difference]) -> ConfigError:
    lines = []
    for one in different:
        statements = "; ".join(" ".join(render(statement).split()) for statement in remedy(load.design, one))
        lines.append(f"  {one.column} {one.found}" + (f": {statements};" if statements else ""))
    return ConfigError(
        f"Cannot load '{load.table}' for {load.run_date}: source, design and target differ:\n" + "\n".join(lines) + "\n"
        "Nothing was loaded. Correct the design and the target, or let on_schema_change say evolve or discard; "
        "columns that are left out on purpose go into columns_not_loaded."
    )
