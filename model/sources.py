"""The upstream databases and the place in the lake, as `warehouse/sources.yaml` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, PositiveInt, ValidationError

from model.errors import ConfigError
from model.read_design import WAREHOUSE
from model.read_yaml import read_fields, validated
from model.table_design import Declared, Identifier, Prefix


class LakePlace(Declared):
    """Where dumps, exports and designs lie, unless a command says otherwise by --prefix."""

    block: str = Field(default="lake", description="Name of the lake block, which knows the bucket.")
    prefix: Prefix = Field(default="warehouse", description="Of each user or environment its own.")


class Upstream(Declared):
    """One database whose tables are loaded into the schema of the warehouse that has this entry's name."""

    database: str = Field(description="Name of the SourceDatabase block.")
    include_tables: tuple[str, ...] = Field(default=("*.*",), description="Globs on schema.table of the source.")
    exclude_tables: tuple[str, ...] = Field(default=(), description="Globs of what is left out of these.")
    max_parallel: PositiveInt = Field(default=4, description="Most tables that are read there at one time.")

    def includes(self, table: str) -> bool:
        """Whether `schema.table` is one of the tables that are loaded.

        >>> Upstream(database="shop", exclude_tables=("*.tmp_*",)).includes("shop.orders")
        True
        """
        is_in, is_out = (
            any(fnmatchcase(table, pattern) for pattern in patterns)
            for patterns in (self.include_tables, self.exclude_tables)
        )
        return is_in and not is_out


class Sources(Declared):
    lake: LakePlace = LakePlace()
    sources: Mapping[Identifier, Upstream] = Field(min_length=1, description="By schema of the warehouse.")

    def prefix(self, chosen: str) -> str:
        """The prefix of the lake that a command names; '' is the declared one.

        Raises: ConfigError.
        """
        try:
            return LakePlace(prefix=chosen).prefix if chosen else self.lake.prefix
        except ValidationError as error:
            raise ConfigError(
                f"Cannot use prefix '{chosen}' (expected folder names joined by '/', none at the ends, as team/ann). "
                "Correct it."
            ) from error

    def max_parallel(self, database: str) -> int:
        """Most tables of that block that are read at one time: the least that an entry with it declares."""
        declared = [one.max_parallel for one in self.sources.values() if one.database == database]
        return min(declared, default=Upstream.model_fields["max_parallel"].default)


def read_sources(warehouse: Path = WAREHOUSE) -> Sources:
    """Raises: ConfigError for a file that is bad or missing."""
    path = warehouse / "sources.yaml"
    shown = path.relative_to(warehouse.parent)
    if not path.exists():
        raise ConfigError(f"Cannot find '{shown}': there is no such file (expected the sources by name). Write it.")
    return validated(Sources, read_fields(path.read_text(encoding="utf-8"), shown), shown)
