"""Fill the staging table of a transformation by its SELECT, and check what came out before any reader sees a row."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from model.column_type import ColumnType
from model.errors import ConfigError, DataError
from model.load import Load
from model.results import Built
from sql.build import built_measures, fill_built, filled_columns
from sql.tables import staging_table
from tasks.columns_in_warehouse import columns_in_warehouse
from tasks.statements import run
from tasks.verb import verb


@verb
def build_table(load: Load, warehouse: Warehouse) -> Built:
    """Returns the count of rows that were built and passed every check.

    Safe to run again: the rows of an earlier try are deleted in the same transaction.
    Raises: ConfigError where the target has other columns than the design, DataError that lists every finding,
    WarehouseError for a SELECT that the warehouse refuses.
    """
    _check_columns(load, warehouse)
    with warehouse.transaction(f"build '{load.table}'") as transaction:
        run(transaction, load, sa.delete(staging_table(load)))
        run(transaction, load, fill_built(load))
        row_count, duplicate_count, *null_counts = run(transaction, load, built_measures(load)).one()
    findings = []
    if row_count == 0 and not load.design.allow_empty:
        findings.append("no rows (expected some; allow_empty: true in the design would let this pass)")
    if duplicate_count:
        findings.append(f"{duplicate_count} rows with the key ({', '.join(load.design.key)}) of another row")
    for name, null_count in zip(filled_columns(load), null_counts, strict=True):
        if null_count:
            findings.append(f"{null_count} rows with NULL in {name} (expected none)")
    if findings:
        raise DataError(
            f"Cannot transform '{load.table}': its SELECT gives {'; '.join(findings)}. "
            "The target is unchanged. Mend the SQL or what it reads, then run it again."
        )
    return Built(row_count=row_count)


def _check_columns(load: Load, warehouse: Warehouse) -> None:
    """A target of other types would round or refuse at the publish what was built as declared."""
    found, _ = columns_in_warehouse(load, warehouse)
    declared = {column.name: column.type for column in load.design.columns}
    findings = [
        f"{name} is {_shown(found, name, 'missing')} (expected {_shown(declared, name, 'no such column')})"
        for name in {**declared, **found}
        if name not in found or name not in declared or not _is_as_declared(found[name], declared[name])
    ]
    if findings:
        raise ConfigError(
            f"Cannot transform '{load.table}': in the target {', '.join(findings)}. "
            "Alter the target, or drop it together with its grants and views, and run it again."
        )


def _shown(types: dict[str, ColumnType], name: str, otherwise: str) -> str:
    return types[name].sql if name in types else otherwise


def _is_as_declared(found: ColumnType, declared: ColumnType) -> bool:
    """The warehouse does not tell the length of a VARBYTE."""
    return found in (declared, replace(declared, length=None))
