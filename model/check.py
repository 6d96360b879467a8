"""Checks of a table's rows, as its design declares them; what each expects, and whether what was found is that.

checks:
  - {check: not_null, columns: [userid, level]}
  - {check: accepted_values, column: level, values: [free, paid], severity: warn}
  - {check: references, columns: [userid], table: mart.users}
  - {check: sql, sql: "SELECT COUNT(*) FROM mart.songplays WHERE playid = ''", expect: 0}
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, WithJsonSchema, field_validator, model_validator

from model.declared import Declared
from model.expectation import Expectation, parse_expectation

Stage = Literal["staged", "target"]

WARNED_EVENT = "redshift-flows.check.warned"

_SELECT = re.compile(r"(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with)\b", re.IGNORECASE | re.DOTALL)
# A value as people write it: designs read every scalar as text, editors tell numbers and true from texts.
_Value = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
_Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class BaseCheck(Declared):
    """What all kinds have in common. What a check finds is one value; a row count finds the one before too."""

    name: str | None = Field(default=None, description="How reports name it; left out, by its kind and columns.")
    severity: Literal["error", "warn"] = Field(
        default="error", description="error stops the run, before the publish where it can; warn is reported."
    )
    stage: Stage | None = Field(
        default=None,
        description="staged: the run's rows before the publish; target: the table after it; left out, as early as can.",
    )

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the design that the check looks at."""
        return ()

    @property
    def label(self) -> str:
        kind = str(getattr(self, "check"))  # noqa: B009 (each kind declares it)
        return self.name or (f"{kind}({', '.join(self.columns_read)})" if self.columns_read else kind)

    @property
    @abstractmethod
    def expected(self) -> str:
        """What a report says was expected."""

    @abstractmethod
    def passes(self, found: Any, before: Any) -> bool: ...

    def shown(self, found: Any, before: Any) -> str:
        return "NULL" if found is None else str(found)

    def earliest(self, load_method: str, key: Sequence[str], table: str) -> Stage:
        """Where the check can be run first, by how the rows get into the target, which is `table`."""
        return "staged"


class _RowCheck(BaseCheck):
    """A check that counts the rows that break it."""

    def passes(self, found: Any, before: Any) -> bool:
        return int(found) == 0

    def shown(self, found: Any, before: Any) -> str:
        return f"{int(found)} row{'s' if int(found) != 1 else ''}"


class NotNull(_RowCheck):
    """No column is NULL in any row."""

    check: Literal["not_null"]
    columns: _Columns = Field(description="Columns that hold a value in each row.")

    @property
    def columns_read(self) -> tuple[str, ...]:
        return self.columns

    @property
    def expected(self) -> str:
        return f"none with NULL in {' or '.join(self.columns)}"


class Unique(_RowCheck):
    """No two rows have the same values; rows with a NULL among them do not count."""

    check: Literal["unique"]
    columns: _Columns = Field(description="Columns whose values together are of one row only.")

    @property
    def columns_read(self) -> tuple[str, ...]:
        return self.columns

    @property
    def expected(self) -> str:
        return f"none that repeats {', '.join(self.columns)}"

    def earliest(self, load_method: str, key: Sequence[str], table: str) -> Stage:
        """Beside rows that stay in the target the staged ones tell all only where the key is among the columns."""
        if load_method in ("replace", "transform"):
            return "staged"
        return "staged" if load_method == "merge" and set(key) <= set(self.columns) else "target"


class AcceptedValues(_RowCheck):
    """A column holds nothing but these values, or NULL."""

    check: Literal["accepted_values"]
    column: str = Field(description="Column whose values are looked at.")
    values: Annotated[tuple[_Value, ...], Field(min_length=1)] = Field(description="All that may occur.")

    @property
    def columns_read(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def compared(self) -> tuple[str, ...]:
        """The declared values, which are of the column's type."""
        return self.values

    @property
    def expected(self) -> str:
        return f"none but {', '.join(self.values)}"


class Range(_RowCheck):
    """A column is NULL or lies between two values, both of the range."""

    check: Literal["range"]
    column: str = Field(description="Column whose values are looked at.")
    min: _Value | None = Field(default=None, description="Lowest value: a number, a date or a moment.")
    max: _Value | None = Field(default=None, description="Highest value.")

    @model_validator(mode="after")
    def _has_an_end(self) -> Range:
        if self.min is None and self.max is None:
            raise ValueError("range has neither min nor max (expected one of them, or both)")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def compared(self) -> tuple[str, ...]:
        """The declared values, which are of the column's type."""
        return tuple(end for end in (self.min, self.max) if end is not None)

    @property
    def expected(self) -> str:
        ends = ((self.min, "below"), (self.max, "above"))
        return "none " + " or ".join(f"{word} {end}" for end, word in ends if end is not None)


class References(_RowCheck):
    """Each row has its counterpart in another table; rows with a NULL among the columns do not count."""

    check: Literal["references"]
    columns: _Columns = Field(description="Columns that point to the other table.")
    table: str = Field(pattern=r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$", description="schema.table of the counterparts.")
    to: tuple[str, ...] = Field(default=(), description="Columns there; left out, they have the same names.")

    @model_validator(mode="after")
    def _pairs_columns(self) -> References:
        if self.to and len(self.to) != len(self.columns):
            raise ValueError(f"to has {len(self.to)} columns (expected {len(self.columns)}, as columns has)")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        return self.columns

    @property
    def columns_there(self) -> tuple[str, ...]:
        return self.to or self.columns

    @property
    def expected(self) -> str:
        return f"none without {', '.join(self.columns_there)} in {self.table}"

    def earliest(self, load_method: str, key: Sequence[str], table: str) -> Stage:
        """What a row points to in its own table may come with the same rows: only the target has them all."""
        return "target" if self.table == table else "staged"


class RowCount(BaseCheck):
    """How many rows the target has, or will have; and how far that may be from the last load."""

    check: Literal["row_count"]
    min: int | None = Field(default=None, ge=0, description="Fewest rows.")
    max: int | None = Field(default=None, ge=0, description="Most rows.")
    max_change_percent: PositiveFloat | None = Field(
        default=None, description="Of the row count after the last load; a first load passes."
    )

    @model_validator(mode="after")
    def _expects_something(self) -> RowCount:
        if self.min is None and self.max is None and self.max_change_percent is None:
            raise ValueError("row_count expects nothing (expected min, max or max_change_percent)")
        return self

    @property
    def expected(self) -> str:
        parts = [
            *([f"at least {self.min}"] if self.min is not None else []),
            *([f"at most {self.max}"] if self.max is not None else []),
            *([f"within {self.max_change_percent:g} % of the last load"] if self.max_change_percent else []),
        ]
        return ", ".join(parts)

    def passes(self, found: Any, before: Any) -> bool:
        is_inside = (self.min is None or found >= self.min) and (self.max is None or found <= self.max)
        if self.max_change_percent is None or before is None:
            return is_inside
        return bool(is_inside and abs(found - before) * 100 <= Decimal(str(self.max_change_percent)) * before)

    def shown(self, found: Any, before: Any) -> str:
        return f"{found} rows" + ("" if before is None else f", {before} after the last load")

    def earliest(self, load_method: str, key: Sequence[str], table: str) -> Stage:
        return "staged" if load_method in ("replace", "transform") else "target"


class Freshness(BaseCheck):
    """The newest row is not older than so many hours, by the end of the run's window, or by now before that end."""

    check: Literal["freshness"]
    column: str = Field(description="TIMESTAMP in UTC, or DATE.")
    max_age_hours: PositiveFloat = Field(description="More than this is too old.")

    @property
    def columns_read(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expected(self) -> str:
        return f"the newest at most {self.max_age_hours:g} hours old"

    def passes(self, found: Any, before: Any) -> bool:
        return found is not None and int(found) <= self.max_age_hours * 3600

    def shown(self, found: Any, before: Any) -> str:
        return "no row with a value" if found is None else f"the newest {int(found) / 3600:.1f} hours old"


class Sql(BaseCheck):
    """Any SELECT of one value, and what it should be."""

    check: Literal["sql"]
    sql: str = Field(min_length=1, description="SELECT of one row and column, on tables as schema.table.")
    expect: _Value = Field(description="A value, as 0, or an order and a value, as '>= 1'.")
    tolerance: _Value | None = Field(default=None, description="How far from the value it may be: 0.5, or 5%.")
    rows: str | None = Field(default=None, description="SELECT of the rows to show where it fails.")

    @model_validator(mode="after")
    def _expectation_can_be_read(self) -> Sql:
        parse_expectation(self.expect, self.tolerance)
        if self.stage == "staged":
            raise ValueError("stage is staged (expected target: the SQL names tables, not the rows of a run)")
        return self

    @field_validator("sql", "rows")
    @classmethod
    def _only_reads(cls, sql: str | None) -> str | None:
        if sql is not None and not _SELECT.match(sql):
            raise ValueError("expected a SELECT")
        return None if sql is None else sql.strip().removesuffix(";").rstrip()

    @property
    def expectation(self) -> Expectation:
        return parse_expectation(self.expect, self.tolerance)

    @property
    def expected(self) -> str:
        return str(self.expectation)

    def passes(self, found: Any, before: Any) -> bool:
        return self.expectation.holds(found)

    def earliest(self, load_method: str, key: Sequence[str], table: str) -> Stage:
        return "target"


Check = Annotated[
    NotNull | Unique | AcceptedValues | Range | References | RowCount | Freshness | Sql, Field(discriminator="check")
]
