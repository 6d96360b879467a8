"""Statements that bring staged rows into the target; all of one publish run in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from model.load import Load
from model.table_design import Column
from sql.merge_into import MergeInto
from sql.staging import is_read
from sql.tables import deleted_keys_table, staging_table, target_table


def count_arriving(load: Load) -> sa.Select:
    """One row: how many rows are staged, and how many of them meet a row of the target by their key."""
    staging, target = staging_table(load), target_table(load.design)
    staged = sa.select(sa.func.count()).select_from(staging)
    same_key = sa.exists().where(
        *(_value(load, staging, column) == target.c[column.name] for column in _columns(load, is_key=True))
    )
    met = staged.where(same_key if is_merged(load) else sa.false())
    return sa.select(staged.scalar_subquery().label("staged_row_count"), met.scalar_subquery().label("met_row_count"))


def delete_unchanged(load: Load) -> sa.Delete:
    """Takes rows out of staging that stand in the target already, equal in every column.

    So a second run changes nothing, `loaded_at` tells when a row last changed, and the MERGE, which in Redshift
    deletes and inserts each row that it matches, rewrites only what is new. A row that is equal has the same cursor,
    so that only the target's rows of the window are looked at.
    """
    staging, target = staging_table(load), target_table(load.design)
    return sa.delete(staging).where(
        *([is_read(load, target)] if load.read_window and load.design.cursor else []),
        *(_value(load, staging, column) == target.c[column.name] for column in _columns(load, is_key=True)),
        *(_is_same(load, staging, target, column) for column in _columns(load, is_key=False)),
    )


def removal_of_replaced(load: Load) -> sa.Delete | None:
    """Takes out of the target what this load replaces; None where nothing goes.

    A replaced table with a key loses the rows that are gone from the source, and keeps the others: these are then
    merged. Without a key, and after a transformation, all rows go. An append loses what the same window brought before.
    """
    staging, target = staging_table(load), target_table(load.design)
    if load.method == "merge":
        return None
    if load.method == "append":
        return sa.delete(target).where(is_read(load, target))
    if load.method == "transform" or not load.design.key:
        return sa.delete(target)
    return sa.delete(target).where(_IsMissing(load, staging, target, _columns(load, is_key=True)))


def removal_of_deleted(load: Load) -> sa.Delete | None:
    """Takes out of the target the rows that the source has deleted or marked; None where the design wants neither."""
    if not load.has_deleted_keys:
        return None
    target, keys = target_table(load.design), deleted_keys_table(load)
    return sa.delete(target).where(*(target.c[name] == keys.c[name] for name in load.design.key))


def removals(load: Load) -> list[sa.Delete]:
    """What goes from the target before rows arrive."""
    return [removal for removal in (removal_of_replaced(load), removal_of_deleted(load)) if removal is not None]


def is_merged(load: Load) -> bool:
    """Whether staged rows meet rows of the target by their key."""
    return load.method == "merge" or (load.method == "replace" and bool(load.design.key))


def arrival(load: Load) -> sa.ClauseElement:
    """Brings the staged rows into the target."""
    target, staged = target_table(load.design), staging_table(load).alias("staged")
    values = {column.name: _value(load, staged, column) for column in load.design.columns}
    if load.design.loaded_at:
        values[load.design.loaded_at] = sa.func.getdate()
    if is_merged(load):
        return MergeInto(target, staged, load.design.key, values)
    return sa.insert(target).from_select(list(values), sa.select(*values.values()).select_from(staged))


def _columns(load: Load, is_key: bool) -> list[Column]:
    return [column for column in load.design.columns if (column.name in load.design.key) == is_key]


def _value(load: Load, staged: sa.FromClause, column: Column) -> sa.ColumnElement:
    """What the target gets of a staged column: SUPER and TIME are staged as text, which COPY reads from Parquet."""
    match column.type.name:
        case _ if load.is_transformed:
            return staged.c[column.name]
        case "SUPER":
            return sa.func.json_parse(staged.c[column.name])
        case "TIME":
            return sa.cast(staged.c[column.name], sa.Time())
        case _:
            return staged.c[column.name]


def _is_same(load: Load, staged: sa.Table, target: sa.Table, column: Column) -> sa.ColumnElement[bool]:
    """Whether both are equal or both NULL. Redshift has no IS DISTINCT FROM, and finds 'a' equal to 'a '.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
    """
    arriving, present = _value(load, staged, column), target.c[column.name]
    is_equal = arriving == present
    if column.type.name in ("VARCHAR", "CHAR"):
        is_equal = sa.and_(is_equal, sa.func.octet_length(arriving) == sa.func.octet_length(present))
    elif column.type.name == "SUPER":
        is_equal = sa.func.json_serialize(arriving) == sa.func.json_serialize(present)
    return sa.or_(is_equal, sa.and_(staged.c[column.name].is_(None), present.is_(None)))


class _IsMissing(sa.ColumnElement[bool]):
    """Whether a row of `target` has no row of equal key in `source`; the dialect's DELETE correlates no EXISTS."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, load: Load, source: sa.Table, target: sa.Table, key: Sequence[Column]) -> None:
        self.source = source
        self.same_key = sa.and_(*(_value(load, source, column) == target.c[column.name] for column in key))


@compiles(_IsMissing)
def _compile(missing: _IsMissing, compiler: SQLCompiler, **_: object) -> str:
    source = compiler.preparer.format_table(missing.source)
    return f"NOT EXISTS (SELECT 1 FROM {source} WHERE {compiler.process(missing.same_key)})"
