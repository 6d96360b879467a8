"""Reserved words of Redshift, which PostgreSQL would take as names. Source: r_pg_keywords.md"""

from __future__ import annotations

from sqlglot import exp

from sandbox.backend import RedshiftError
from sandbox.redshift import errors
from sandbox.redshift.lexer import words

RESERVED = words(
    """
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup
    between binary blanksasnull both bytedict bzip2 case cast check collate column constraint create
    credentials cross current_date current_time current_timestamp current_user current_user_id default
    deferrable deflate defrag delta delta32k desc disable distinct do else emptyasnull enable encode
    encrypt encryption end except explicit false for foreign freeze from full globaldict256
    globaldict64k grant group gzip having identity ignore ilike in initially inner intersect interval
    into is isnull join language leading left like limit localtime localtimestamp lun luns lzo lzop minus
    mostly16 mostly32 mostly8 natural new not notnull null nulls off offline offset oid old on only open
    or order outer overlaps parallel partition percent permissions pivot placing primary raw readratio
    recover references rejectlog resort respect restore right select session_user similar snapshot some
    sysdate system table tag tdes text255 text32k then timestamp to top trailing true truncatecolumns
    unique unnest unpivot user using verbose wallet when where with without
    """
)
SYSTEM_COLUMNS = words("oid tableoid xmin cmin xmax cmax ctid")


def check_reserved(tree: exp.Expr) -> None:
    """Refuse a reserved word as a column's or table's name without quotes, and a system column.

    Raises: RedshiftError.
    """
    for node in tree.find_all(exp.Column, exp.Table, exp.TableAlias):
        name = node.this
        if isinstance(node, exp.Column) and name.name in SYSTEM_COLUMNS and name.name != "oid":
            raise RedshiftError("42703", f'column "{name.name}" does not exist')
        if isinstance(name, exp.Identifier) and not name.args.get("quoted") and name.name in RESERVED:
            if (
                name.name == "default"
                and isinstance(node.parent, exp.EQ)
                and isinstance(node.parent.parent, exp.Update)
            ):
                continue
            if name.name == "oid" or (name.name in ("timestamp", "interval") and node.find_ancestor(exp.Anonymous)):
                continue
            raise errors.syntax_error(name.name)


def check_column_name(name: str, is_quoted: bool) -> None:
    """Refuse a column's name that CREATE or ALTER TABLE may not give. Raises: RedshiftError."""
    if name in SYSTEM_COLUMNS:
        raise RedshiftError("42701", f'column name "{name}" conflicts with a system column name')
    check_name(name, is_quoted)


def check_name(name: str, is_quoted: bool) -> None:
    """Refuse a reserved word without quotes. Raises: RedshiftError."""
    if name in RESERVED and not is_quoted:
        raise errors.syntax_error(name)
