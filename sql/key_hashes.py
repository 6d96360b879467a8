"""Keys of any kind, of a target and of its source, compared by checksums: sums of them first, keys only where these
differ.

Each side writes a key as the same text, whatever it is there; MD5 makes 32 digits of it, of which the first ones are
its bucket. MySQL, PostgreSQL and Redshift agree on MD5, and on little else: hence a way for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from model.column_type import ColumnType
from model.load import Load
from sql.key_ranges import stays
from sql.source import source_rows
from sql.tables import target_table

Side = Literal["redshift", "mysql", "postgresql"]
_HASH = "key checksum"  # no column of a design has a blank in its name
_TEXTS = ("VARCHAR", "CHAR")
_MYSQL_TEXT = mysql.CHAR(charset="utf8mb4")
_MYSQL_FORMATS = {"DATE": "%Y-%m-%d", "TIMESTAMP": "%Y-%m-%d %H:%i:%s.%f"}
_FORMATS = {"DATE": "YYYY-MM-DD", "TIMESTAMP": "YYYY-MM-DD HH24:MI:SS.US"}


def target_count(load: Load) -> sa.Select:
    """One row: the target's row count."""
    return sa.select(sa.func.count()).select_from(target_table(load.design))


def target_hash_sums(load: Load, digits: int) -> sa.Select:
    """One row per bucket that holds a key: bucket, key_count, and two sums that tell keys apart."""
    return _sums(_hashed(load, "redshift"), digits, "redshift")


def source_hash_sums(load: Load, digits: int, side: Side) -> sa.Select:
    """As `target_hash_sums`; rows that are marked as deleted do not count where the target has none of them."""
    return _sums(_hashed(load, side), digits, side)


def target_hashed_keys(load: Load, buckets: Sequence[str]) -> sa.Select:
    """The checksum of each key in the buckets, then its columns."""
    hashed = _hashed(load, "redshift")
    return sa.select(*hashed.c).where(sa.func.left(hashed.c[_HASH], len(buckets[0])).in_(buckets))


def source_hashes(load: Load, buckets: Sequence[str], side: Side) -> sa.Select:
    """The checksum of each key in the buckets."""
    hashed = _hashed(load, side)
    return sa.select(hashed.c[_HASH]).where(sa.func.left(hashed.c[_HASH], len(buckets[0])).in_(buckets))


def keys_in_source(load: Load, keys: Sequence[tuple[Any, ...]], side: Side) -> sa.Select:
    """One row: how many of the keys the source has, told by their values and not by checksums."""
    rows = source_rows(load)
    is_one = (
        sa.and_(*(_equals(rows.c[name], load.design.column(name).type, value, side) for name, value in named))
        for named in (zip(load.design.key, key, strict=True) for key in keys)
    )
    return sa.select(sa.func.count()).select_from(rows).where(sa.or_(*is_one), *stays(load, rows))


def _hashed(load: Load, side: Side) -> sa.Subquery:
    """One row per key: its checksum, then, of the target, its columns."""
    rows = target_table(load.design) if side == "redshift" else source_rows(load)
    columns = [rows.c[name] for name in load.design.key]
    hashes = [
        _md5(_text(column, load.design.column(name).type, side), side)
        for name, column in zip(load.design.key, columns, strict=True)
    ]
    whole = hashes[0]
    for one in hashes[1:]:
        # Checksums are of one length, so that ('ab', 'c') and ('a', 'bc') stay apart.
        whole = _md5(whole.concat(one), side)
    conditions: list[sa.ColumnElement[bool]] = [column.is_not(None) for column in columns]
    if isinstance(rows, sa.TableClause) and side != "redshift":
        conditions += stays(load, rows)
    shown = columns if side == "redshift" else []
    return sa.select(whole.label(_HASH), *shown).select_from(rows).where(*conditions).subquery("hashed")


def _text(column: sa.ColumnElement, target: ColumnType, side: Side) -> sa.ColumnElement[str]:
    """What the value is in the target, as text. Blanks at the end do not count there."""
    if target.name in _TEXTS:
        plain = {"redshift": column, "mysql": sa.cast(column, _MYSQL_TEXT), "postgresql": sa.cast(column, sa.Text())}
        return sa.func.rtrim(plain[side])
    if target.name in _FORMATS:
        if side == "mysql":
            return sa.func.date_format(column, _MYSQL_FORMATS[target.name])
        return sa.func.to_char(column, _FORMATS[target.name])
    if side == "redshift":
        return sa.cast(column, sa.VARCHAR(40))
    number = sa.cast(column, sa.Numeric(38, target.scale or 0))
    return sa.cast(number, _MYSQL_TEXT if side == "mysql" else sa.Text())


def _md5(text: sa.ColumnElement[str], side: Side) -> sa.ColumnElement[str]:
    in_bytes = sa.func.convert_to(text, "UTF8") if side == "postgresql" else text
    return sa.type_coerce(sa.func.md5(in_bytes), sa.String())


def _sums(hashed: sa.Subquery, digits: int, side: Side) -> sa.Select:
    bucket = sa.func.left(hashed.c[_HASH], digits)
    first, second = (sa.func.sum(_number(sa.func.substring(hashed.c[_HASH], start, 8), side)) for start in (9, 17))
    return sa.select(
        bucket.label("bucket"),
        sa.func.count().label("key_count"),
        first.label("first_sum"),
        second.label("second_sum"),
    ).group_by(bucket)


def _number(digits: sa.ColumnElement[str], side: Side) -> sa.ColumnElement[int]:
    """Eight digits of base 16 as a whole number.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_STRTOL.html
    """
    if side == "redshift":
        return sa.func.strtol(digits, 16)
    if side == "mysql":
        return sa.cast(sa.func.conv(digits, 16, 10), mysql.INTEGER(unsigned=True))
    return sa.cast(sa.cast(sa.literal("x").concat(digits), postgresql.BIT(32)), sa.BigInteger())


def _equals(column: sa.ColumnElement, target: ColumnType, value: Any, side: Side) -> sa.ColumnElement[bool]:
    if target.name in _TEXTS:
        text: sa.ColumnElement = sa.func.rtrim(sa.cast(column, _MYSQL_TEXT if side == "mysql" else sa.Text()))
        exact = sa.collate(text, "utf8mb4_bin") if side == "mysql" else text
        return exact == sa.literal(value.rstrip(" "), sa.String())
    if target.name in _FORMATS:
        return column == sa.literal(str(value), sa.String())
    return column == sa.literal(value, sa.Numeric(38, target.scale or 0))
