"""Bring up, change and rebuild the warehouse as a whole; a list of commands of its own."""

from __future__ import annotations

import importlib
from difflib import get_close_matches

from command_line.found_modules import listing, module_names, modules, summary
from model.errors import ConfigError

_PACKAGE = "command_line.warehouse"
_USAGE = "python -m flows warehouse <command> [--help] [--dry-run] [patterns and parameters]"


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(listing(_USAGE, {name.replace("_", "-"): summary(module) for name, module in modules(_PACKAGE)}))
        return 0
    name, *rest = arguments
    known = [one.replace("_", "-") for one in module_names(_PACKAGE)]
    if name not in known:
        near = get_close_matches(name, known) or known
        raise ConfigError(
            f"Cannot run 'warehouse {name}': there is no such command (expected {' or '.join(near)}). "
            "See python -m flows warehouse"
        )
    command = importlib.import_module(f"{_PACKAGE}.{name.replace('-', '_')}")
    code: int = command.main(rest)
    return code
