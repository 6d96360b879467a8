"""Wait until rows of the run date are in staging; for files that come from elsewhere, late or bit by bit."""

from __future__ import annotations

from blocks.lake import Lake
from blocks.warehouse import Warehouse
from model.errors import DataError
from model.load import Load
from model.patience import Patience
from model.results import Copied, Extracted, NotYet
from sql.staging import window_row_count
from tasks.copy_into_staging import copy_into_staging
from tasks.delivered_files import delivered_files, delivery_timeout_seconds
from tasks.statements import run
from tasks.verb import verb
from tasks.wait import look_or_wait
from tasks.write_manifest import write_manifest


@verb
def wait_for_rows(
    load: Load, lake: Lake, warehouse: Warehouse, patience: Patience, extracted: Extracted
) -> Copied | NotYet:
    """Returns what is staged as soon as a row of the run date is; copies again when files have come or grown.

    Where the design allows a window without rows, none is waited for.
    Safe to run again: each COPY replaces the one before.
    Raises: DataError where no such row came in time.
    """
    copied_files = extracted.files

    def look() -> Copied | None:
        nonlocal copied_files
        files, _ = delivered_files(load, lake)
        if files != copied_files:
            copy_into_staging.fn(load, warehouse, write_manifest(load, lake, files, row_count=None))
            copied_files = files
        with warehouse.transaction(f"look for rows of {load.run_date}") as transaction:
            staged, of_date = run(transaction, load, window_row_count(load)).one()
        warehouse.release()
        size_bytes = sum(file.size_bytes for file in copied_files)
        return Copied(row_count=staged, size_bytes=size_bytes) if of_date or load.design.allow_empty else None

    timeout_seconds = delivery_timeout_seconds(load, patience)
    what = f"waits for rows of {load.table} {load.run_date}"
    found = look_or_wait(what, look, patience.source_poll_seconds, timeout_seconds)
    if found is None:
        raise DataError(
            f"Cannot load '{load.table}' for {load.run_date}: no row of that date under "
            f"'{load.uri(next(iter(load.delivered_patterns.values()))[0])}' after {timeout_seconds:g} s. "
            "Ask who delivers the files, then run that date again."
        )
    return found
