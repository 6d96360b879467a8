"""Design files become TableDesigns, or are refused with file, field, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Hashable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from model.errors import ConfigError
from model.query import read_query
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
    declared = _declared(path.read_text(encoding="utf-8"), shown)
    if "source" in declared:
        raise ConfigError(f"Cannot read '{shown}': it has a source, and a .sql file beside it. Remove one of them.")
    try:
        query = read_query(path.with_suffix(".sql").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"Cannot read '{shown.with_suffix('.sql')}': {error}. Correct the SQL there.") from error
    return _validated(Transformation, declared | {"source": query}, shown)


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
    return _validated(TableDesign, _declared(text, path), path)


def _declared(text: str, path: Path) -> dict[str, Any]:
    try:
        declared = yaml.load(text, Loader=_StringLoader)  # noqa: S506 (a BaseLoader: makes strings only)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"Cannot read '{path}'{line}: {getattr(error, 'problem', error)}. Correct the YAML there."
        ) from error
    if not isinstance(declared, dict):
        raise ConfigError(
            f"Cannot read '{path}': it holds {type(declared).__name__} (expected fields such as columns:)."
        )
    return declared


def _validated(model: type[Design], declared: dict[str, Any], path: Path) -> Design:
    named = {"schema_name": path.parent.name, "table_name": path.stem}
    if reserved := named.keys() & declared.keys():
        raise ConfigError(f"Cannot read '{path}': {min(reserved)} is named by the file's path. Remove it.")
    try:
        return model.model_validate(declared | named)
    except ValidationError as error:
        findings = "\n".join(f"  {_finding(detail)}" for detail in error.errors())
        raise ConfigError(f"Cannot read '{path}':\n{findings}\nCorrect the file and run again.") from error


def _finding(detail: Any) -> str:
    field = ".".join(
        str(part) for part in detail["loc"] if part not in ("database", "files") or part == detail["loc"][-1]
    )
    match detail["type"]:
        case "extra_forbidden":
            return f"{field}: found an unknown field (expected one of the fields in the README)"
        case "missing":
            return f"{field}: found nothing (expected a value)"
        case "value_error":
            found = f"found {detail['input']!r}: " if isinstance(detail["input"], str) else ""
            return f"{field}: {found}{detail['ctx']['error']}".removeprefix(": ")
        case _:
            return f"{field}: found {detail['input']!r} ({detail['msg'].replace('Input should be', 'expected')})"


class _StringLoader(yaml.BaseLoader):
    """YAML without guessing: every scalar is a string (`no` stays 'no'), and no key may stand twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"'{key.value}' stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)
