"""What of a table is exported, and the count that is compared through the Data API."""

from __future__ import annotations

import sqlalchemy as sa

from model.load import Load
from sql.staging import in_window
from sql.tables import target_table
from sql.unload_to_s3 import UnloadToS3


def window_rows(load: Load) -> sa.Select:
    """The target's rows of the window, or all."""
    target = target_table(load.design)
    return sa.select(*target.c).where(in_window(target, load.design.cursor, load.window))


def unload(load: Load, prefix: str) -> UnloadToS3:
    return UnloadToS3(window_rows(load), load.uri(prefix), load.iam_role)


def target_row_count(load: Load) -> sa.Select:
    return sa.select(sa.func.count().label("row_count")).select_from(target_table(load.design))
