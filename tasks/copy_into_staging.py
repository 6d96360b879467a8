"""COPY the files of a run into its staging table."""

from __future__ import annotations

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from model.errors import DataError, WarehouseError
from model.load import Load
from model.results import Copied, Extracted
from sql.copying import copy_into_staging as copy_statement
from sql.copying import last_copy_count, load_errors
from sql.ledger import taken_at
from sql.tables import staging_table
from tasks.statements import run
from tasks.verb import verb


@verb
def copy_into_staging(load: Load, warehouse: Warehouse, extracted: Extracted) -> Copied:
    """Returns the rows copied, which equal the rows in the manifest.

    Safe to run again: the rows of an earlier try are deleted in the same transaction.
    Raises: DataError for a record that does not fit, with file, line and column where the warehouse tells them.
    """
    if extracted.manifest_key is None:
        return Copied(row_count=0, size_bytes=0)
    try:
        with warehouse.transaction(f"copy into staging for '{load.table}'") as transaction:
            run(transaction, load, sa.delete(staging_table(load)))
            run(transaction, load, copy_statement(load, extracted.manifest_key))
            copied = run(transaction, load, last_copy_count()).scalar_one()
            if extracted.row_count is not None and copied != extracted.row_count:
                raise DataError(
                    f"Cannot load '{load.table}' for {load.run_date}: COPY read {copied} rows "
                    f"(expected {extracted.row_count}, as {load.uri(extracted.manifest_key)} says). Run it again."
                )
    except WarehouseError as error:
        raise _explained(load, warehouse, error) from error
    return Copied(row_count=copied, size_bytes=extracted.size_bytes)


def _explained(load: Load, warehouse: Warehouse, error: WarehouseError) -> WarehouseError | DataError:
    """The error with the place of the record that this COPY rejected, which only a new transaction can read.

    The file may have been refused in an earlier run too: what was there before this one took its lease is no cause.
    """
    with warehouse.transaction("read the load errors") as transaction:
        since = run(transaction, load, taken_at(load)).scalar_one()
        found = run(transaction, load, load_errors(load, since)).first() if since else None
    if found is None:
        return error
    column = f", column {found.column_name.strip()}" if found.column_name.strip() else ""
    return DataError(
        f"Cannot load '{load.table}' for {load.run_date}: {found.file_name.strip()}, line {found.line_number}"
        f"{column}: {found.error_message.strip().rstrip('.')}. Mend the file or the design."
    )
