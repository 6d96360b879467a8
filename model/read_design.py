"""Design files become TableDesigns, or are refused with file, field, what was found and what is allowed."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from model.errors import ConfigError
from model.query import read_query
from model.read_yaml import read_fields, validated
from model.table_design import TableDesign
from model.transformation import Transformation

WAREHOUSE = Path(__file__).parents[1] / "warehouse"

Design = TypeVar("Design", bound=TableDesign)


def read_design(table: str, warehouse: Path = WAREHOUSE) -> TableDesign:
    """The design of `schema.table`, whose rows come from elsewhere.

    Raises: ConfigError for an unknown table (with near matches), a transformation, or a bad file.
    """
    known = table_names(warehouse)
    if table in transformation_names(warehouse):
        raise ConfigError(
            f"Cannot load table '{table}': {table.replace('.', '/')}.sql makes it in the warehouse itself. "
            f"Run python -m flows transform --tables {table}"
        )
    if table not in known:
        near = get_close_matches(table, known) or known
        raise ConfigError(
            f"Cannot find table '{table}': no file {warehouse.name}/{table.replace('.', '/')}.yaml "
            f"(expected one of {', '.join(near) or 'none: there are no designs yet'})."
        )
    schema, name = table.split(".")
    path = warehouse / schema / f"{name}.yaml"
    return parse_design(path.read_text(encoding="utf-8"), path.relative_to(warehouse.parent))


def read_transformation(table: str, warehouse: Path = WAREHOUSE) -> Transformation:
    """The transformation of that name, out of `<table>.sql` and the `<table>.yaml` beside it.

    Raises: ConfigError for a file that is bad or missing.
    """
    path = warehouse.joinpath(*table.split(".")).with_suffix(".yaml")
    shown = path.relative_to(warehouse.parent)
    if not path.exists():
        raise ConfigError(
            f"Cannot read '{shown.with_suffix('.sql')}': there is no {shown} beside it. Write its design."
        )
    declared = read_fields(path.read_text(encoding="utf-8"), shown)
    if "source" in declared:
        raise ConfigError(f"Cannot read '{shown}': it has a source, and a .sql file beside it. Remove one of them.")
    try:
        query = read_query(path.with_suffix(".sql").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"Cannot read '{shown.with_suffix('.sql')}': {error}. Correct the SQL there.") from error
    return _validated(Transformation, declared | {"source": query}, shown)


def read_any_design(table: str, warehouse: Path = WAREHOUSE) -> TableDesign:
    """The design of that name, of a table or of a transformation."""
    read = read_transformation if table in transformation_names(warehouse) else read_design
    return read(table, warehouse)


def declared_names(warehouse: Path = WAREHOUSE) -> list[str]:
    """All tables of the warehouse."""
    return sorted(_names(warehouse, "yaml"))


def table_names(warehouse: Path = WAREHOUSE) -> list[str]:
    """The tables whose rows come from elsewhere."""
    return sorted(set(_names(warehouse, "yaml")) - set(_names(warehouse, "sql")))


def transformation_names(warehouse: Path = WAREHOUSE) -> list[str]:
    """The tables that the warehouse makes itself."""
    return _names(warehouse, "sql")


def _names(warehouse: Path, suffix: str) -> list[str]:
    return sorted(f"{path.parent.name}.{path.stem}" for path in warehouse.glob(f"*/*.{suffix}"))


def parse_design(text: str, path: Path) -> TableDesign:
    """The design in `text`; schema and table are named by `path`.

    Raises: ConfigError with every finding, a line each.
    """
    return _validated(TableDesign, read_fields(text, path), path)


def _validated(model: type[Design], declared: dict[str, Any], path: Path) -> Design:
    named = {"schema_name": path.parent.name, "table_name": path.stem}
    if reserved := named.keys() & declared.keys():
        raise ConfigError(f"Cannot read '{path}': {min(reserved)} is named by the file's path. Remove it.")
    return validated(model, declared | named, path)
