"""What of a table is exported, and the count that is compared through the Data API."""

from __future__ import annotations

import sqlalchemy as sa

from model.load import Load
from sql.tables import target_table
from sql.unload_to_s3 import UnloadToS3


def window_rows(load: Load) -> sa.Select:
    """The target's rows of the run date."""
    target = target_table(load.design)
    cursor = target.c[load.design.cursor]
    return sa.select(*target.c).where(
        cursor >= sa.literal(load.window.since, sa.DateTime()),
        cursor < sa.literal(load.window.until, sa.DateTime()),
    )


def unload(load: Load, prefix: str) -> UnloadToS3:
    return UnloadToS3(window_rows(load), load.uri(prefix), load.iam_role)


def target_row_count(load: Load) -> sa.Select:
    return sa.select(sa.func.count().label("row_count")).select_from(target_table(load.design))
