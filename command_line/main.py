"""Flows from the command line: found by their files, parameters by their signatures, help by their docstrings.

A flow file holds the flow, named as the file, and `planned`: the loads of a run with the same parameters, for the
dry run. A file of `command_line/commands/` is a command.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from prefect import Flow

from command_line.flow_command import run_flow
from command_line.found_modules import listing, modules, summary
from model.errors import ConfigError, LoadError


def main(arguments: list[str]) -> int:
    """Exit code 0: done; 1: the run failed; 2: a wrong parameter, design or block."""
    try:
        if not arguments or arguments[0] in ("-h", "--help"):
            print(_listing())
            return 0
        return _run(arguments[0], arguments[1:])
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except LoadError as error:
        print(error, file=sys.stderr)
        return 1


def find_flows(only: str | None = None) -> dict[str, Flow[..., Any]]:
    """The flows by name: each file of flows/ that holds a flow of its own name; `only` one, or none."""
    found = {name: getattr(module, name, None) for name, module in modules("flows", only)}
    return {name: flow for name, flow in found.items() if isinstance(flow, Flow)}


def find_commands(only: str | None = None) -> dict[str, ModuleType]:
    return dict(modules("command_line.commands", only))


def _listing() -> str:
    summaries = {name: summary(flow.fn) for name, flow in find_flows().items()}
    summaries |= {name: summary(module) for name, module in find_commands().items()}
    return listing("python -m flows <flow> [--help] [--dry-run] [parameters]", summaries)


def _run(name: str, arguments: list[str]) -> int:
    if command := find_commands(name).get(name):
        code: int = command.main(arguments)
        return code
    flow = find_flows(name).get(name)
    if flow is None:
        names = [*find_flows(), *find_commands()]
        near = get_close_matches(name, names) or names
        raise ConfigError(f"Cannot run flow '{name}': there is none of that name (expected {' or '.join(near)}).")
    run_flow(name, flow, arguments, lambda parameters: _plan(name, parameters))
    return 0


def _plan(name: str, parameters: dict[str, Any]) -> Callable[[], None]:
    """Plans at once, so that what is wrong is told before anything runs; returns what prints the plan."""
    planned = importlib.import_module(f"flows.{name}").planned(**parameters)

    def show() -> None:
        from command_line.dry_run import print_plan

        for load in planned:
            print_plan(name, load, parameters.get("keep_files", False))

    return show
