"""A flow from the command line: parameters by its signature, help by its docstring."""

from __future__ import annotations

import argparse
import inspect
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, get_args, get_type_hints

from prefect import Flow
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from blocks.prefect_api import prefect_api
from command_line.arguments import Parser
from command_line.found_modules import summary
from model.errors import ConfigError
from reports.console import shown_steps

# What stands on the command line without a flag: values of a flow's first parameter, where that is a list.
_BARE = "bare"


def run_flow(
    name: str,
    flow: Flow[..., Any],
    arguments: list[str],
    plan: Callable[[dict[str, Any]], Callable[[], None]],
) -> None:
    """Runs the flow with the parameters in `arguments`, or shows what it would do.

    `plan` refuses wrong parameters before anything runs, and returns what prints the dry run.
    """
    options = vars(_parser(name, flow).parse_args(arguments))
    is_dry_run, is_json = options.pop("dry_run"), options.pop("json")
    if bare := options.pop(_BARE, None):
        options[_first_parameter(flow)] = [*(options[_first_parameter(flow)] or []), *bare]
    parameters = _parameters(name, flow, options)
    show = plan(parameters)
    with prefect_api():
        if is_dry_run:
            show()
        else:
            with shown_steps(is_quiet=is_json):
                result = flow(**parameters)
            if is_json:
                print(json.dumps(to_jsonable_python(result), indent=2))


def _parser(name: str, flow: Flow[..., Any]) -> argparse.ArgumentParser:
    parser = Parser(prog=f"python -m flows {name}", description=summary(flow.fn), allow_abbrev=False)
    parser.add_argument(
        "--dry-run", action="store_true", help="Print every statement and S3 object in order; touch nothing."
    )
    parser.add_argument("--json", action="store_true", help="Print what the run returns as JSON, and nothing else.")
    for parameter, default, description in _flat_parameters(flow):
        flag = _flag(parameter)
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
            described = f"{description}{shown}".replace("%", "%%")
            parser.add_argument(flag, dest=parameter, metavar="VALUE", help=described)
    return parser


def _flag(parameter: str) -> str:
    """
    >>> _flag("most_shrink_percent"), _flag("from_")
    ('--most-shrink-percent', '--from')
    """
    return "--" + parameter.rstrip("_").replace("_", "-")


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
            flag = _flag(str(found["loc"][0] if found["loc"] and isinstance(value, dict) else parameter))
            expected = "a date such as 2025-01-31" if found["type"].startswith("date") else found["msg"]
            raise ConfigError(
                f"Cannot run flow '{name}': {flag} is '{found['input']}' "
                f"(expected {expected.removeprefix('Input should be ')}). Correct it."
            ) from error
    return parameters


def _check_date(name: str, parameter: str, annotation: Any, value: Any) -> None:
    """Pydantic takes a number for seconds since 1970."""
    if date in (annotation, *get_args(annotation)) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ConfigError(
            f"Cannot run flow '{name}': {_flag(parameter)} is '{value}' (expected a date such as 2025-01-31). "
            "Correct it."
        )


def _annotations(flow: Flow[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(flow.fn, include_extras=True)
    return {name: hints[name] for name in inspect.signature(flow.fn).parameters}
