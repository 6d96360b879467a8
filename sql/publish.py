"""Statements that bring staged rows into the target; all of one publish run in one transaction."""

from __future__ import annotations

import sqlalchemy as sa

from model.load import Load
from sql.merge_into import MergeInto
from sql.tables import staging_table, target_table

_TEXT_TYPES = ("VARCHAR", "CHAR")


def count_both(load: Load) -> sa.Select:
    """One row: staged_row_count, target_row_count."""
    staged, target = (
        sa.select(sa.func.count()).select_from(table).scalar_subquery()
        for table in (staging_table(load), target_table(load.design))
    )
    return sa.select(staged.label("staged_row_count"), target.label("target_row_count"))


def delete_unchanged(load: Load) -> sa.Delete:
    """Takes rows out of staging that stand in the target already, equal in every column.

    So a second run changes nothing, `loaded_at` tells when a row last changed, and the MERGE, which in Redshift
    deletes and inserts each row that it matches, rewrites only what is new.
    """
    staging, target = staging_table(load), target_table(load.design)
    return sa.delete(staging).where(
        *(staging.c[name] == target.c[name] for name in load.design.key),
        *(
            _is_same(staging.c[column.name], target.c[column.name], column.type.sql)
            for column in load.design.columns
            if column.name not in load.design.key
        ),
    )


def merge(load: Load) -> MergeInto:
    loaded_at = {load.design.loaded_at: sa.func.getdate()} if load.design.loaded_at else {}
    return MergeInto(target_table(load.design), staging_table(load), load.design.key, loaded_at)


def _is_same(staged: sa.Column, present: sa.Column, type_sql: str) -> sa.ColumnElement[bool]:
    """Whether both are equal or both NULL. Redshift has no IS DISTINCT FROM, and finds 'a' equal to 'a '.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
    """
    is_equal = staged == present
    if type_sql.startswith(_TEXT_TYPES):
        is_equal = sa.and_(is_equal, sa.func.octet_length(staged) == sa.func.octet_length(present))
    return sa.or_(is_equal, sa.and_(staged.is_(None), present.is_(None)))
