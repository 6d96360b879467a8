"""COPY the files of a run into its staging table."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from blocks.warehouse import Warehouse
from model.errors import DataError, WarehouseError
from model.load import Load
from model.results import Copied, Extracted
from sql.copying import began, last_copy_count, load_errors
from sql.copying import copy_into_staging as copy_statement
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
    since: datetime | None = None
    try:
        with warehouse.transaction(f"copy into staging for '{load.table}'") as transaction:
            # A file may have been refused before, in another run: what counts is what this COPY says of it.
            since = run(transaction, load, began()).scalar_one()
            run(transaction, load, sa.delete(staging_table(load)))
            run(transaction, load, copy_statement(load, extracted.manifest_key))
            copied = run(transaction, load, last_copy_count()).scalar_one()
            if extracted.row_count is not None and copied != extracted.row_count:
                raise DataError(
                    f"Cannot load '{load.table}' for {load.run_date}: COPY read {copied} rows "
                    f"(expected {extracted.row_count}, as {load.uri(extracted.manifest_key)} says). Run it again."
                )
    except WarehouseError as error:
        raise (_explained(load, warehouse, error, since) if since else error) from error
    return Copied(row_count=copied, size_bytes=extracted.size_bytes)


def _explained(load: Load, warehouse: Warehouse, error: WarehouseError, since: datetime) -> WarehouseError | DataError:
    """The error with the place of the record that this COPY rejected, which only a new transaction can read."""
    with warehouse.transaction("read the load errors") as transaction:
        found = run(transaction, load, load_errors(load, since)).first()
    if found is None:
        return error
    column = f", column {found.column_name.strip()}" if found.column_name.strip() else ""
    return DataError(
        f"Cannot load '{load.table}' for {load.run_date}: {found.file_name.strip()}, line {found.line_number}"
        f"{column}: {found.error_message.strip().rstrip('.')}. Mend the file or the design."
    )
