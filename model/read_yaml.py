"""YAML files that people write become models, or are refused with file, field, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from model.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def read_fields(text: str, path: Path) -> dict[str, Any]:
    """The fields of a YAML file, every scalar a string.

    Raises: ConfigError with the line.
    """
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


def validated(model: type[Model], declared: dict[str, Any], path: Path) -> Model:
    """Raises: ConfigError with every finding, a line each."""
    try:
        return model.model_validate(declared)
    except ValidationError as error:
        findings = "\n".join(f"  {_finding(detail)}" for detail in error.errors())
        raise ConfigError(f"Cannot read '{path}':\n{findings}\nCorrect the file and run again.") from error


def _finding(detail: Any) -> str:
    field = ".".join(
        str(part) for part in detail["loc"] if part not in ("database", "files") or part == detail["loc"][-1]
    )
    match detail["type"]:
        case "extra_forbidden":
            return f"{field}: found an unknown field (expected one of the fields in docs/tables.md)"
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
