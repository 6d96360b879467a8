"""Tables by glob patterns."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TypeVar

from model.errors import ConfigError
from model.table_design import TableDesign

Design = TypeVar("Design", bound=TableDesign)


def choose_tables(patterns: Sequence[str], known: Sequence[str]) -> list[str]:
    """The known tables that match one of the patterns, each once, in the order of `known`.

    >>> choose_tables(["shop.*", "mart.orders"], ["mart.nps", "mart.orders", "shop.a", "shop.b"])
    ['mart.orders', 'shop.a', 'shop.b']

    Raises: ConfigError for a pattern that matches nothing, with the near names.
    """
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            near = get_close_matches(pattern.replace("*", ""), known, cutoff=0.4) or known
            raise ConfigError(
                f"Cannot find a table for '{pattern}': none matches "
                f"(expected {', '.join(near) or 'none: there are no designs yet'}). Correct the pattern."
            )
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)]


def without_other_flows(designs: Sequence[Design], patterns: Sequence[str]) -> list[Design]:
    """The designs but those that a flow of their own loads, unless a pattern is just their name.

    Raises: ConfigError where none is left.
    """
    chosen = [design for design in designs if design.flow is None or design.name in patterns]
    if designs and not chosen:
        found = ", ".join(design.name for design in designs)
        raise ConfigError(
            f"Cannot load '{', '.join(patterns)}': found {found}, which another flow loads "
            f"(expected tables without one). Run python -m flows {designs[0].flow}, or give their whole names."
        )
    return chosen
