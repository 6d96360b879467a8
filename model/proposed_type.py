"""The type of the warehouse that holds every value of a source's column, and which type holds all of another."""

from __future__ import annotations

import re
from dataclasses import replace

from model.column_type import ColumnType
from model.source_type import SourceColumn
from model.type_contract import MAX_DIGITS, MAX_VARBYTE_BYTES, proposed, rule_of

_BYTES_A_CHARACTER = 4
_WHOLE = {"SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}  # digits of the largest value


def proposed_type(column: SourceColumn, kind: str) -> ColumnType | None:
    """The type that holds whatever the source's column may come to hold; None where it cannot be read.

    Nothing is measured: a character is taken for 4 bytes, and what declares no length for the longest.

    >>> proposed_type(SourceColumn("n", "int", "int(10) unsigned", "integer"), "mysql").sql
    'BIGINT'
    >>> proposed_type(SourceColumn("s", "varchar", "varchar(40)", "text"), "mysql").sql
    'VARCHAR(160)'
    """
    rule = rule_of(column, kind)
    if rule is None:
        return None
    declared = _declared(column.full_type)
    if column.family == "decimal" and column.precision is None and declared:
        column = replace(column, precision=declared[0], scale=declared[1] if len(declared) > 1 else 0)
    is_narrow = column.family == "decimal" and 0 < (column.precision or 0) <= MAX_DIGITS
    is_text = not rule.target.startswith("VARBYTE")
    size = declared[0] * (_BYTES_A_CHARACTER if is_text else 1) if declared else MAX_VARBYTE_BYTES
    if column.data_type in ("enum", "set"):
        size = len(column.full_type.encode())  # all of its labels
    return proposed(column, rule, has_misfits=not is_narrow, byte_count=size, decimals=0)


def holds(wide: ColumnType, narrow: ColumnType) -> bool:
    """Whether each value of `narrow` is, unchanged, one of `wide`; lengths that are not known are taken for enough.

    >>> holds(ColumnType("BIGINT"), ColumnType("INTEGER")), holds(ColumnType("INTEGER"), ColumnType("BIGINT"))
    (True, False)
    """
    if wide.name == narrow.name and wide.name != "DECIMAL":
        return wide.length is None or narrow.length is None or wide.length >= narrow.length
    digits = _WHOLE.get(narrow.name) if narrow.name != "DECIMAL" else (narrow.precision or 0) - (narrow.scale or 0)
    if wide.name == "DECIMAL" and digits is not None:
        scale = wide.scale or 0
        return (wide.precision or 0) - scale >= digits and scale >= (narrow.scale or 0)
    if wide.name in _WHOLE and narrow.name in _WHOLE:
        return _WHOLE[wide.name] >= _WHOLE[narrow.name]
    if (wide.name, narrow.name) == ("VARCHAR", "CHAR"):
        return (wide.length or 0) >= (narrow.length or 0)
    return (wide.name, narrow.name) in {("DOUBLE PRECISION", "REAL"), ("TIMESTAMP", "DATE")}


def is_enough(target: ColumnType, needed: ColumnType) -> bool:
    """Whether `target` was made for what `needed` holds: a text as long in bytes as the source's in characters was.

    >>> is_enough(ColumnType("VARCHAR", length=40), ColumnType("VARCHAR", length=160))
    True
    >>> is_enough(ColumnType("VARCHAR", length=39), ColumnType("VARCHAR", length=160))
    False
    """
    if target.name in ("VARCHAR", "CHAR"):
        return needed.name != "VARCHAR" or _BYTES_A_CHARACTER * (target.length or 0) >= (needed.length or 0)
    return holds(target, needed)


def _declared(full_type: str) -> list[int]:
    """The numbers in `varchar(20)`, `numeric(18,2)`; none in the labels of `enum('a')`."""
    match = re.match(r"[a-z ]+\(([\d,]+)\)", full_type)
    return [int(number) for number in match[1].split(",")] if match else []
