"""What is read out of a source, and the errors that tell who must act."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model.column_type import ColumnType
from model.errors import ConfigError, SourceError
from model.source_address import SourceAddress
from model.source_names import find_name
from model.source_type import COUNTERPARTS, SourceColumn
from model.value_policy import ValuePolicy

_ALL_ERRORS = ValuePolicy()


@dataclass(frozen=True)
class ExtractColumn:
    """A column of the target, and the column of the source that fills it (None: of the same name)."""

    name: str
    type: ColumnType
    source: str | None = None
    policy: ValuePolicy = _ALL_ERRORS

    @property
    def source_name(self) -> str:
        return self.source or self.name

    @property
    def enough(self) -> int | None:
        """Characters, or bytes, after which a value is known to be too long; None: all of it is read.

        Where NUL characters are taken out, the text gets shorter, and what follows them may still fit.
        """
        if "too_long" not in self.policy.chosen or "nul_character" in self.policy.chosen:
            return None
        return (self.type.staged.length or 0) + 1


@dataclass(frozen=True)
class Extraction:
    """The rows to read: of one table, those for which `where` holds (SQL of the source; None: all).

    `table` may be `schema.table`. `key` names, among the columns, those by which an error names a row. `snapshot` was
    exported by another session of PostgreSQL; None: the statement's own.
    """

    table: str
    columns: tuple[ExtractColumn, ...]
    key: tuple[str, ...] = ()
    where: str | None = None
    snapshot: str | None = None


def place(address: SourceAddress) -> str:
    """The address as error texts show it."""
    return f"{address.drivername}://{address.user}@{address.host}:{address.port}/{address.database}"


def match_columns(extraction: Extraction, found: Sequence[SourceColumn], tables: Iterable[str]) -> list[SourceColumn]:
    """The source's column for each column wanted, in that order.

    Raises: SourceError when the table (nothing `found`) or a column does not exist, with the near names;
    ConfigError when no value of the source's type could be one of the target's.
    """
    if not found:
        raise SourceError(
            f"Cannot extract '{extraction.table}': no such table"
            f" (expected one that the user may read{_near(extraction.table.rpartition('.')[2], tables)})."
            " Correct the table in the design, or grant SELECT on it."
        )
    by_name = {column.name: column for column in found}
    matched = []
    for wanted in extraction.columns:
        where = f"{extraction.table}.{wanted.source_name}"
        name = find_name(wanted.source_name, list(by_name))
        if name is None:
            raise SourceError(
                f"Cannot extract '{where}': no such column in the source"
                f" (expected one of {', '.join(by_name)}{_near(wanted.source_name, by_name)})."
                " Correct the column in the design, or grant SELECT on it."
            )
        column = by_name[name]
        counterparts = COUNTERPARTS.get(column.family or "", frozenset())
        if wanted.type.name not in counterparts:
            raise ConfigError(
                f"Cannot extract '{where}': {column.full_type} has no exact counterpart in {wanted.type.sql}"
                f" (expected one of {', '.join(sorted(counterparts)) or 'none: leave the column out'})."
                f" Change the type of '{wanted.name}' in the design."
            )
        matched.append(column)
    return matched


def _near(name: str, names: Iterable[str]) -> str:
    by_lower = {one.lower(): one for one in names}
    near = [by_lower[one] for one in difflib.get_close_matches(name.lower(), by_lower, n=3)]
    return f"; near: {', '.join(near)}" if near else ""
