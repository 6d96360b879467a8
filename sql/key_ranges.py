"""Keys of a target and of its source, compared in ranges: sums first, the keys themselves only where these differ.

The same statements go to both sides, so they use nothing but what MySQL, PostgreSQL and Redshift have in common.
"""

from __future__ import annotations

import sqlalchemy as sa

from model.key_range import KeyRange
from model.load import Load
from sql.source import source_rows
from sql.staging import marked
from sql.tables import target_table

# The square of what remains of a key stays below 2^31.
_PRIME = 46_337


def key_bounds(load: Load) -> sa.Select:
    """One row: row_count, lowest and highest key of the target."""
    key = _target_key(load)
    return sa.select(
        sa.func.count().label("row_count"), sa.func.min(key).label("lowest"), sa.func.max(key).label("highest")
    )


def target_sums(load: Load, within: KeyRange, width: int) -> sa.Select:
    """One row per bucket of `width` keys that holds a key: start, key_count, and two sums that tell keys apart."""
    return _sums(_target_key(load), within, width)


def source_sums(load: Load, within: KeyRange, width: int) -> sa.Select:
    """As `target_sums`; rows that are marked as deleted do not count where the target has none of them."""
    rows = source_rows(load)
    return _sums(_key(rows, load), within, width).where(*stays(load, rows))


def target_keys(load: Load, within: KeyRange) -> sa.Select:
    key = _target_key(load)
    return sa.select(key).where(key >= within.first, key <= within.last)


def source_keys(load: Load, within: KeyRange) -> sa.Select:
    rows = source_rows(load)
    key = _key(rows, load)
    return sa.select(key).where(key >= within.first, key <= within.last, *stays(load, rows))


def _target_key(load: Load) -> sa.ColumnElement[int]:
    return _key(target_table(load.design), load)


def _key(rows: sa.FromClause, load: Load) -> sa.ColumnElement[int]:
    return sa.type_coerce(rows.c[load.design.key[0]], sa.BigInteger())


def _sums(key: sa.ColumnElement, within: KeyRange, width: int) -> sa.Select:
    start = key - sa.func.mod(key, width)
    rest = sa.func.mod(key, _PRIME)
    return (
        sa.select(
            start.label("start"),
            sa.func.count().label("key_count"),
            sa.func.sum(key).label("key_sum"),
            sa.func.sum(rest * rest).label("square_sum"),
        )
        .where(key >= within.first, key <= within.last)
        .group_by(start)
    )


def stays(load: Load, rows: sa.TableClause) -> list[sa.ColumnElement[bool]]:
    """The condition for rows of the source that the target is to have; none where it is to have all."""
    if not (load.design.soft_delete and load.design.removes_marked_rows):
        return []
    column = load.design.column(load.design.soft_delete.column)
    flag = rows.c[column.name]
    return [sa.or_(sa.not_(marked(flag, column.type.name)), flag.is_(None))]
