"""What happens to values of a source that have no counterpart in the warehouse; declared per column.

Sources: https://dev.mysql.com/doc/refman/8.4/en/date-and-time-types.html (zero dates),
https://www.postgresql.org/docs/current/datatype-datetime.html and datatype-numeric.html (infinity, NaN),
https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html (lengths in bytes)
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from model.column_type import ColumnType

_DATES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPTZ"})

# Policy → types of columns that it is for, and what it may say beside 'error'; VALUE is a value of the column's type.
_VALUE = "a value of the column's type"
CHOICES: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "zero_date": (_DATES, ("null", _VALUE)),
    "infinity": (_DATES | {"DECIMAL"}, ("null", _VALUE)),
    "minus_infinity": (_DATES | {"DECIMAL"}, ("null", _VALUE)),
    "nan": (frozenset({"DECIMAL"}), ("null", _VALUE)),
    "too_long": (frozenset({"VARCHAR", "CHAR", "VARBYTE", "SUPER"}), ("null", "cut")),
    "nul_character": (frozenset({"VARCHAR", "CHAR", "SUPER"}), ("null", "remove")),
}
_PLAIN_TEXTS = ("VARCHAR", "CHAR")
_OF_PLAIN_TEXTS = ("cut", "remove")


class ValuePolicy(BaseModel):
    """One choice per kind of value; 'error' ends the load and names the row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zero_date: str = Field(
        default="error", description="MySQL dates with year, month or day 0: error, null, or the date to put there."
    )
    infinity: str = Field(default="error", description="PostgreSQL infinity: error, null, or the value to put there.")
    minus_infinity: str = Field(
        default="error", description="PostgreSQL -infinity: error, null, or the value to put there."
    )
    nan: str = Field(default="error", description="PostgreSQL numeric NaN: error, null, or the number to put there.")
    too_long: str = Field(
        default="error",
        description="More bytes than the column holds: error, null, or cut (text only, between two characters).",
    )
    nul_character: str = Field(
        default="error", description="Text with NUL characters, JSON with \\u0000: error, null, or remove (text only)."
    )

    @property
    def chosen(self) -> dict[str, str]:
        """The policies that let a value pass changed."""
        return {name: choice for name, choice in self if choice != "error"}


def parse_policy(declared: Mapping[str, object], column_type: ColumnType, is_not_null: bool) -> ValuePolicy:
    """The policies of one column.

    >>> parse_policy({"zero_date": "null"}, ColumnType("DATE"), is_not_null=False).chosen
    {'zero_date': 'null'}

    Raises: ValueError with what was found and what is allowed.
    """
    for name, choice in declared.items():
        if name not in CHOICES:
            raise ValueError(f"found the unknown field '{name}' (expected type or one of {', '.join(CHOICES)})")
        types, choices = CHOICES[name]
        if column_type.name not in types:
            raise ValueError(f"{name} is not for {column_type.sql} (expected {', '.join(sorted(types))})")
        allowed = [one for one in ("error", *choices) if one not in _OF_PLAIN_TEXTS or column_type.name in _PLAIN_TEXTS]
        if choice not in allowed and not (_VALUE in allowed and is_value(choice, column_type)):
            raise ValueError(f"{name} is {choice!r} (expected {', '.join(allowed)})")
        if choice == "null" and is_not_null:
            raise ValueError(f"{name} is 'null' (expected another choice, because the column is NOT NULL)")
    return ValuePolicy.model_validate(declared)


def is_value(text: object, column_type: ColumnType) -> bool:
    """Whether a column of that type can hold what is written in `text`."""
    try:
        pa.scalar(text, pa.string()).cast(column_type.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False
    return True
