"""Count the rows of the source whose cursor is NULL, and do what the design says of them."""

from __future__ import annotations

from blocks.source_database import SourceDatabase
from extract.query_source import query_source
from model.errors import DataError
from model.load import Load
from model.results import Compared, CursorChecked
from model.table_design import DatabaseSource
from sql.source import null_cursor_count
from tasks.verb import logger, verb


@verb
def check_cursor(load: Load, source: SourceDatabase | None, compared: Compared) -> CursorChecked:
    """Returns the count, 0 where the source allows no NULL there. Safe to run again: it only reads.

    Raises: DataError where there are some and the design does not say null_cursor: ignore or load.
    """
    if source is None or load.window is None or not compared.is_cursor_nullable:
        return CursorChecked(null_count=0)
    assert isinstance(load.design.source, DatabaseSource)
    [(count,)] = query_source(source.address, load.design.source.table, null_cursor_count(load, source.kind))
    if count and load.design.null_cursor == "fail":
        raise DataError(
            f"Cannot load '{load.table}' for {load.run_date}: {load.design.cursor} is NULL in {count} rows of the "
            "source, which lie in no window. Mend them, or let null_cursor in the design say ignore, or load."
        )
    if count:
        logger().warning(
            "%s: %s is NULL in %d rows: %s", load.table, load.design.cursor, count, load.design.null_cursor
        )
    return CursorChecked(null_count=count)
