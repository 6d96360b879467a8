"""Flows and commands by their files."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).parents[1]


def module_names(package: str) -> list[str]:
    """The modules in the folder of `package`, without packages and what begins with _."""
    found = pkgutil.iter_modules([str(_ROOT.joinpath(*package.split(".")))])
    return [module.name for module in found if not module.ispkg and not module.name.startswith("_")]


def modules(package: str, only: str | None = None) -> Iterator[tuple[str, ModuleType]]:
    """All of them, or `only` one; the others are then not even imported, which would take its time."""
    for name in module_names(package):
        if only in (None, name):
            yield name, importlib.import_module(f"{package}.{name}")


def summary(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def listing(usage: str, summaries: dict[str, str]) -> str:
    width = max(map(len, summaries))
    return "\n".join([usage, "", *(f"  {name:{width}}  {said}" for name, said in summaries.items())])
