"""In which order transformations are built: each one after those that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter

from model.errors import ConfigError
from model.transformation import Transformation


def in_order(transformations: Iterable[Transformation]) -> list[Transformation]:
    """Each transformation behind all those of the given ones that it reads; the same ones always in the same order.

    Raises: ConfigError for a cycle, which it names.
    """
    by_name = {transformation.name: transformation for transformation in transformations}
    reads = {name: by_name[name].source.tables & by_name.keys() for name in sorted(by_name)}
    try:
        return [by_name[name] for name in _sorted_by_depth(reads)]
    except CycleError as error:
        # graphlib names first the one that the second reads.
        cycle = " reads ".join(f"'{name}'" for name in reversed(error.args[1]))
        raise ConfigError(
            f"Cannot order the transformations: {cycle}. Break the circle in one of the files."
        ) from error


def downstream(tables: Iterable[str], transformations: Iterable[Transformation]) -> list[Transformation]:
    """Those that read one of `tables`, or what reads it, and so on; in their order."""
    reached, found = set(tables), []
    for transformation in in_order(transformations):
        if transformation.source.tables & reached:
            reached.add(transformation.name)
            found.append(transformation)
    return found


def _sorted_by_depth(reads: Mapping[str, Set[str]]) -> Iterator[str]:
    sorter = TopologicalSorter(reads)
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)
