"""Values without a counterpart become what the column's policy says, and are counted."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from extract.extraction import ExtractColumn
from model.column_type import ColumnType

# How many values each policy changed, by target column and policy.
Changes = Counter[tuple[str, str]]

_ZERO_DATE = r"^(0000|\d{4}-00|\d{4}-\d{2}-00)"
_JSON_NUL = r"(^|[^\\])(\\\\)*\\u0000"
_NO_NUMBER = {"infinity": "infinity", "minus_infinity": "-infinity", "nan": "nan"}


def apply_policy(values: pa.Array, column: ExtractColumn, changes: Changes) -> pa.Array:
    """The values as the column's policies change them; `changes` is added to. Policies need text, or bytes.

    >>> from model.column_type import ColumnType
    >>> from model.value_policy import ValuePolicy
    >>> day = ExtractColumn("day", ColumnType("DATE"), policy=ValuePolicy(zero_date="1970-01-01"))
    >>> changes = Changes()
    >>> apply_policy(pa.array(["2024-00-10", "2024-01-10", None]), day, changes).to_pylist(), dict(changes)
    (['1970-01-01', '2024-01-10', None], {('day', 'zero_date'): 1})
    """
    # NUL characters go before lengths are looked at: without them a text may fit.
    for policy, choice in sorted(column.policy.chosen.items()):
        is_changed = _is_changed(values, policy, column)
        if count := pc.sum(is_changed).as_py():
            values = _changed(values, is_changed, policy, choice, column)
            changes[column.name, policy] += count
    return values


def _is_changed(values: pa.Array, policy: str, column: ExtractColumn) -> pa.Array:
    match policy:
        case "too_long":
            return pc.greater(pc.binary_length(values), column.type.staged.length)
        case "nul_character":
            return has_nul(values, column.type)
        case "zero_date":
            return pc.match_substring_regex(values, _ZERO_DATE)
        case _:
            return pc.equal(pc.utf8_lower(values), _NO_NUMBER[policy])


def has_nul(values: pa.Array, target: ColumnType) -> pa.Array:
    """Whether a text has a NUL character, or a JSON text the escape for one."""
    return pc.match_substring_regex(values, _JSON_NUL) if target.name == "SUPER" else pc.match_substring(values, "\0")


def _changed(values: pa.Array, is_changed: pa.Array, policy: str, choice: str, column: ExtractColumn) -> pa.Array:
    match choice:
        case "null":
            return pc.if_else(is_changed, pa.scalar(None, values.type), values)
        case "remove":
            return pc.replace_substring(values, "\0", "")
        case "cut":
            most = column.type.staged.length
            texts = values.filter(is_changed).to_pylist()
            cut = [text.encode()[:most].decode(errors="ignore") for text in texts]
            return pc.replace_with_mask(values, pc.fill_null(is_changed, False), pa.array(cut, values.type))
        case _:
            return pc.if_else(is_changed, pa.scalar(choice, values.type), values)
