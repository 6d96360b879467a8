"""In which order transformations are built: each one after those that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from model.errors import ConfigError
from model.transformation import Transformation


def in_order(transformations: Iterable[Transformation]) -> list[Transformation]:
    """Each transformation behind all those of the given ones that it reads.

    Raises: ConfigError for a cycle, which it names.
    """
    by_name = {transformation.name: transformation for transformation in transformations}
    reads = {name: by_name[name].source.tables & by_name.keys() for name in sorted(by_name)}
    try:
        return [by_name[name] for name in TopologicalSorter(reads).static_order()]
    except CycleError as error:
        # graphlib names first the one that the second reads.
        cycle = " reads ".join(f"'{name}'" for name in reversed(error.args[1]))
        raise ConfigError(
            f"Cannot order the transformations: {cycle}. Break the circle in one of the files."
        ) from error
