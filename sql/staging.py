"""Statements on the staging table of a run: deduplicate, measure for the checks."""

from __future__ import annotations

import sqlalchemy as sa

from model.load import Load
from model.window import Window
from sql.tables import create_table, deleted_keys_table, drop_table, kept_table, staging_table


def window_row_count(load: Load) -> sa.Select:
    """One row: how many rows are staged, and how many of them lie in the run date's window."""
    staging = staging_table(load)
    is_inside = in_window(staging, load.design.cursor, load.window)
    return sa.select(sa.func.count().label("row_count"), _count_of(is_inside).label("inside_count")).select_from(
        staging
    )


def duplicate_count(load: Load) -> sa.Select:
    """How many staged rows share their key with another that would stay; 0 without a key. One row, one column."""
    staging = staging_table(load)
    if not load.design.key:
        return sa.select(sa.literal(0).label("duplicate_count"))
    keys = sa.select(*(staging.c[name] for name in load.design.key)).distinct().subquery("keys")
    key_count = sa.select(sa.func.count()).select_from(keys).scalar_subquery()
    return sa.select((sa.func.count() - key_count).label("duplicate_count")).select_from(staging)


def key_counts(load: Load) -> sa.Select:
    """One row: padded_key_count, the staged rows with a text key that ends with a blank, and duplicate_count.

    The warehouse finds such a key equal to the same without blanks, and would take two rows for one.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
    """
    staging = staging_table(load)
    texts = [staging.c[name] for name in load.design.key if load.design.column(name).type.name == "VARCHAR"]
    is_padded = [sa.func.octet_length(text) != sa.func.octet_length(sa.func.rtrim(text)) for text in texts]
    return sa.select(
        _count_of(sa.or_(sa.false(), *is_padded)).label("padded_key_count"),
        duplicate_count(load).scalar_subquery().label("duplicate_count"),
    ).select_from(staging)


def deduplicate(load: Load) -> list[sa.ClauseElement]:
    """Of the rows of one key, only the newest stays: highest in the declared columns, then in all others.

    Redshift has no row identity, so the rows that stay are kept aside, and the staging table is filled again.
    To be run in one transaction.
    """
    staging, kept, names = staging_table(load), kept_table(load), list(load.design.column_names)
    newest = [*load.design.newest_first]
    newest += [name for name in names if name not in (*newest, *load.design.key)]
    position = sa.func.row_number().over(
        partition_by=[staging.c[name] for name in load.design.key],
        order_by=[staging.c[name].desc().nulls_last() for name in newest] or [staging.c[load.design.key[0]]],
    )
    ranked = sa.select(*staging.c, position.label("position")).subquery("ranked")
    newest_of_each = sa.select(*(ranked.c[name] for name in names)).where(ranked.c.position == 1)
    return [
        create_table(kept),
        sa.insert(kept).from_select(names, newest_of_each),
        sa.delete(staging),
        sa.insert(staging).from_select(names, sa.select(*kept.c)),
        drop_table(None, kept.name),
    ]


def measures(load: Load) -> sa.Select:
    """What the checks of a run look at. One row: row_count, null_key_count, duplicate_count, outside_count.

    `outside_count` are rows whose cursor is NULL or outside the window that was read.
    """
    staging = staging_table(load)
    has_null_key = sa.or_(sa.false(), *(staging.c[name].is_(None) for name in load.design.key))
    is_inside = is_read(load, staging)
    return sa.select(
        sa.func.count().label("row_count"),
        _count_of(has_null_key).label("null_key_count"),
        duplicate_count(load).scalar_subquery().label("duplicate_count"),
        (sa.func.count() - _count_of(is_inside)).label("outside_count"),
    ).select_from(staging)


def in_window(table: sa.FromClause, cursor: str | None, window: Window | None) -> sa.ColumnElement[bool]:
    """Whether a row lies in the window; every row does where there is none."""
    if cursor is None or window is None:
        return sa.true()
    since, until = (sa.literal(moment, sa.DateTime()) for moment in (window.since, window.until))
    return sa.and_(table.c[cursor] >= since, table.c[cursor] < until)


def is_read(load: Load, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row of `table` is one of those that the run reads at the source."""
    cursor = load.design.cursor
    is_inside = in_window(table, cursor, load.read_window)
    return sa.or_(is_inside, table.c[cursor].is_(None)) if cursor and load.reads_null_cursor else is_inside


def set_aside_marked(load: Load) -> list[sa.ClauseElement]:
    """Moves the keys of staged rows that the source marks as deleted. To be run in one transaction."""
    assert load.design.soft_delete
    staging, column = staging_table(load), load.design.column(load.design.soft_delete.column)
    is_marked = marked(staging.c[column.name], column.type.name)
    keys = sa.select(*(staging.c[name] for name in load.design.key)).where(is_marked)
    aside = sa.insert(deleted_keys_table(load)).from_select(list(load.design.key), keys)
    return [*([aside] if load.has_deleted_keys else []), sa.delete(staging).where(is_marked)]


def marked(flag: sa.ColumnElement, type_name: str) -> sa.ColumnElement[bool]:
    """Whether a row is marked as deleted, by the type of the column that says so: true, not 0, or any moment."""
    if type_name == "BOOLEAN":
        return flag == sa.true()
    return flag != sa.literal_column("0") if type_name in ("SMALLINT", "INTEGER", "BIGINT") else flag.is_not(None)


def marked_count(load: Load) -> sa.Select:
    """How many staged rows are marked as deleted. One row, one column."""
    assert load.design.soft_delete
    staging, column = staging_table(load), load.design.column(load.design.soft_delete.column)
    is_marked = marked(staging.c[column.name], column.type.name)
    return sa.select(_count_of(is_marked).label("marked_count")).select_from(staging)


def _count_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((condition, 1)))
