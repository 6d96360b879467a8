"""Flows from the command line: found by their files, parameters by their signatures, help by their docstrings.

A flow file holds the flow, named as the file, and `planned`: the loads of a run with the same parameters, for the
dry run. A file of `command_line/commands/` is a command.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from types import ModuleType
from typing import Any, get_args, get_type_hints

from prefect import Flow
from pydantic import BaseModel, TypeAdapter, ValidationError

from blocks.prefect_api import prefect_api
from command_line.arguments import Parser
from command_line.found_modules import listing, modules, summary
from model.errors import ConfigError, LoadError
from reports.console import shown_steps

# What stands on the command line without a flag: values of a flow's first parameter, where that is a list.
_BARE = "bare"


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
    options = vars(_parser(name, flow).parse_args(arguments))
    is_dry_run = options.pop("dry_run")
    if bare := options.pop(_BARE, None):
        options[_first_parameter(flow)] = [*(options[_first_parameter(flow)] or []), *bare]
    parameters = _parameters(name, flow, options)
    planned = importlib.import_module(f"flows.{name}").planned(**parameters)
    with prefect_api():
        if is_dry_run:
            from command_line.dry_run import print_plan

            for load in planned:
                print_plan(name, load, parameters.get("keep_files", False))
        else:
            with shown_steps():
                flow(**parameters)
    return 0


def _parser(name: str, flow: Flow[..., Any]) -> argparse.ArgumentParser:
    parser = Parser(prog=f"python -m flows {name}", description=summary(flow.fn), allow_abbrev=False)
    parser.add_argument(
        "--dry-run", action="store_true", help="Print every statement and S3 object in order; touch nothing."
    )
    for parameter, default, description in _flat_parameters(flow):
        flag = "--" + parameter.replace("_", "-")
        if isinstance(default, bool):
            action = argparse.BooleanOptionalAction if default else "store_true"
            parser.add_argument(flag, action=action, default=None, help=description)
        elif isinstance(default, (list, tuple)):
            shown = f"{description} Several may follow. Default: {' '.join(default)}."
            parser.add_argument(flag, metavar="VALUE", nargs="+", help=shown.replace("%", "%%"))
            if parameter == _first_parameter(flow):
                parser.add_argument(_BARE, metavar="VALUE", nargs="*", help=f"The same as {flag}.")
        elif default is inspect.Parameter.empty:
            parser.add_argument(flag, metavar="VALUE", required=True, help=description.replace("%", "%%"))
        else:
            shown = "" if default is None else f" Default: {default}."
            parser.add_argument(flag, metavar="VALUE", help=f"{description}{shown}".replace("%", "%%"))
    return parser


def _first_parameter(flow: Flow[..., Any]) -> str:
    return next(iter(inspect.signature(flow.fn).parameters))


def _flat_parameters(flow: Flow[..., Any]) -> Iterator[tuple[str, Any, str]]:
    """Name, default and meaning of each parameter; those of a model one by one."""
    described = flow.parameters.properties
    for name, annotation in _annotations(flow).items():
        if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
            for field, info in annotation.model_fields.items():
                yield field, info.default, info.description or ""
        else:
            default = inspect.signature(flow.fn).parameters[name].default
            yield name, default, described[name].get("description", "")


def _parameters(name: str, flow: Flow[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """The flow's parameters out of the command line's strings.

    Raises: ConfigError that names the flag.
    """
    given = {parameter: value for parameter, value in given.items() if value is not None}
    parameters = {}
    for parameter, annotation in _annotations(flow).items():
        if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
            value: Any = {field: given[field] for field in annotation.model_fields if field in given}
        elif parameter in given:
            value = given[parameter]
            _check_date(name, parameter, annotation, value)
        else:
            value = inspect.signature(flow.fn).parameters[parameter].default
        try:
            parameters[parameter] = TypeAdapter(annotation).validate_python(value)
        except ValidationError as error:
            found = error.errors()[0]
            flag = str(found["loc"][0] if found["loc"] and isinstance(value, dict) else parameter).replace("_", "-")
            expected = "a date such as 2025-01-31" if found["type"].startswith("date") else found["msg"]
            raise ConfigError(
                f"Cannot run flow '{name}': --{flag} is '{found['input']}' "
                f"(expected {expected.removeprefix('Input should be ')}). Correct it."
            ) from error
    return parameters


def _check_date(name: str, parameter: str, annotation: Any, value: Any) -> None:
    """Pydantic takes a number for seconds since 1970."""
    if date in (annotation, *get_args(annotation)) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        flag = parameter.replace("_", "-")
        raise ConfigError(
            f"Cannot run flow '{name}': --{flag} is '{value}' (expected a date such as 2025-01-31). Correct it."
        )


def _annotations(flow: Flow[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(flow.fn, include_extras=True)
    return {name: hints[name] for name in inspect.signature(flow.fn).parameters}
