"""What feeds a table, and what hangs on it, as the design files say.

A relation is `schema.table` of the warehouse, `block:table` of a source database, or `s3:prefix` of the lake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from model.errors import ConfigError
from model.table_design import DatabaseSource, FileSource, QuerySource, TableDesign

Reads = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Step:
    """A relation, `depth` steps from the one that was asked about. `is_repeated`: its own way is shown above."""

    depth: int
    relation: str
    is_repeated: bool = False


@dataclass(frozen=True)
class Lineage:
    """What each relation is made of, what is made of it, and what it is."""

    upstream: Reads
    downstream: Reads
    kinds: Mapping[str, str]


def lineage_of(designs: Iterable[TableDesign]) -> Lineage:
    reads: dict[str, tuple[str, ...]] = {}
    kinds: dict[str, str] = {}
    for design in designs:
        reads[design.name] = _read_by(design)
        kinds[design.name] = _kind_of(design)
        if design.unload:
            reads[f"s3:{design.unload}/"] = (design.name,)
    read_by: defaultdict[str, list[str]] = defaultdict(list)
    for name, sources in sorted(reads.items()):
        for source in sources:
            read_by[source].append(name)
    for name in reads.keys() | read_by.keys():
        kinds.setdefault(name, _kind(name))
    return Lineage(reads, {name: tuple(names) for name, names in read_by.items()}, kinds)


def _read_by(design: TableDesign) -> tuple[str, ...]:
    match design.source:
        case DatabaseSource(database=database, table=table):
            return (f"{database}:{table}",)
        case FileSource(files=files):
            return (f"s3:{files}",)
        case QuerySource(tables=tables):
            return tuple(sorted(tables))


def _kind_of(design: TableDesign) -> str:
    if isinstance(design.source, QuerySource):
        return "view" if design.view else "transformation"
    return f"table, {design.load}"


def _kind(name: str) -> str:
    if name.startswith("s3:"):
        return "files in the lake"
    return "table of a source" if ":" in name else "not declared here"


def steps(lineage: Lineage, relation: str, reads: Reads) -> Iterator[Step]:
    """The relation itself and all that `reads` (upstream or downstream of the lineage) leads to, nearest first.

    Raises: ConfigError for a relation that is not known, with near names.
    """
    if relation not in lineage.kinds:
        near = get_close_matches(relation, lineage.kinds) or sorted(lineage.kinds)
        raise ConfigError(
            f"Cannot find '{relation}': no design declares or reads it (expected {', '.join(near) or 'a design'}). "
            "Correct the name."
        )
    shown: set[str] = set()

    def walk(name: str, depth: int) -> Iterator[Step]:
        is_repeated = name in shown and name in reads
        yield Step(depth, name, is_repeated)
        if not is_repeated:
            shown.add(name)
            for following in reads.get(name, ()):
                yield from walk(following, depth + 1)

    yield from walk(relation, 0)
