"""Write a design for each table of the sources; keep those that exist, and show what differs.

    python -m flows warehouse design                  # what sources.yaml includes
    python -m flows warehouse design "shop.order*" --update

The same source gives the same bytes. A design that exists is never written over: `--update` adds the columns that are
new in the source behind its last one, and leaves every other line as it is. Exit code 1 where a table
or a source failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from rich.table import Table
from rich.text import Text

from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from blocks.source_database import SourceDatabase
from command_line.arguments import Parser
from model.choose_tables import choose_tables
from model.compare_designs import design_differences, new_columns
from model.errors import LoadError
from model.merge_columns import with_columns
from model.place_tables import PlacedTable, can_match, place_tables
from model.propose_design import column_lines, propose_design
from model.read_design import WAREHOUSE, parse_design, read_design, table_names
from model.sources import Sources, read_sources
from model.table_design import TableDesign
from reports.console import console
from tasks.describe_table import describe_table
from tasks.list_source_tables import list_source_tables


@dataclass(frozen=True)
class Designed:
    """What became of a table's design; `text` is what its file is to hold, None: it stays as it is."""

    table: str
    state: str
    lines: tuple[str, ...] = ()
    text: str | None = None


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    folder = Path(options.designs)
    sources = read_sources(folder)
    designs = [read_design(name, folder) for name in table_names(folder)]
    with prefect_api():
        placed, unlisted = _placed(options.patterns, sources, designs)
        chosen = _chosen(options.patterns, placed, is_complete=not unlisted)
        designed = [*_design_all(chosen, sources, options.update, options.timeout_seconds, folder), *unlisted]
    for one in designed:
        if one.text is not None and not options.dry_run:
            path = folder.joinpath(*one.table.split(".")).with_suffix(".yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(one.text, encoding="utf-8")
    _print(designed, options.dry_run)
    return 1 if any(one.state == "failed" for one in designed) else 0


def _placed(
    patterns: Sequence[str], sources: Sources, designs: Sequence[TableDesign]
) -> tuple[list[PlacedTable], list[Designed]]:
    """The tables of the sources that the patterns can mean; and those of these sources that could not be listed."""
    placed: list[PlacedTable] = []
    unlisted: list[Designed] = []
    for schema, upstream in sources.sources.items():
        if can_match(patterns, schema, upstream.database, designs):
            try:
                placed += place_tables(schema, upstream, list_source_tables(_source(upstream.database)), designs)
            except LoadError as error:
                unlisted.append(Designed(f"{schema}.*", "failed", (str(error),)))
    return placed, unlisted


def _source(database: str) -> SourceDatabase:
    return load_block(SourceDatabase, database)


def _chosen(patterns: Sequence[str], placed: Sequence[PlacedTable], is_complete: bool) -> list[PlacedTable]:
    """Raises: ConfigError for a pattern that matches none, unless it may mean tables that could not be listed."""
    by_name = {one.target: one for one in placed}
    if not is_complete:
        patterns = [pattern for pattern in patterns if any(fnmatchcase(name, pattern) for name in by_name)]
    return [by_name[name] for name in choose_tables(patterns, list(by_name))]


def _design_all(
    placed: Iterable[PlacedTable], sources: Sources, is_updating: bool, timeout_seconds: int, folder: Path
) -> list[Designed]:
    """Side by side, at most as many as one source bears; in the order of the tables."""
    tables = list(placed)
    doors = {one.database: _source(one.database) for one in tables}
    at_once = min((sources.max_parallel(database) for database in doors), default=1)

    def design(one: PlacedTable) -> Designed:
        try:
            return _design(one, doors[one.database], is_updating, timeout_seconds, folder)
        except LoadError as error:
            return Designed(one.target, "failed", (str(error),))

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(design, tables))


def _design(
    one: PlacedTable, source: SourceDatabase, is_updating: bool, timeout_seconds: int, folder: Path
) -> Designed:
    found = describe_table(source, one.table, timeout_seconds)
    schema, _, name = one.target.partition(".")
    shown = Path(schema) / f"{name}.yaml"
    text = propose_design(found, one.database, schema)
    proposed = parse_design(text, shown)
    if one.design is None:
        return Designed(one.target, "written", text=text)
    lines = tuple(design_differences(one.design, proposed))
    new = new_columns(one.design, proposed)
    if not (is_updating and new):
        return Designed(one.target, "kept, differs" if lines else "kept", lines)
    merged = with_columns(
        folder.joinpath(shown).read_text(encoding="utf-8"), [column_lines(found)[column] for column in new], str(shown)
    )
    parse_design(merged, shown)
    return Designed(one.target, "updated", lines, merged)


def _print(designed: Sequence[Designed], is_dry_run: bool) -> None:
    shown = Table("design", "state", "difference", box=None, header_style="dim")
    for one in designed:
        size = f"{len(one.text.encode()):,} bytes" if one.text is not None and is_dry_run else ""
        shown.add_row(one.table, f"would be {one.state}" if size else one.state, Text("\n".join(one.lines) or size))
    console.print(shown)


def _parser() -> Parser:
    parser = Parser(prog="python -m flows warehouse design", description="Write a design a table.", allow_abbrev=False)
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="PATTERN", help="such as shop.*; default: all")
    parser.add_argument("--update", action="store_true", help="add columns that are new in the source to their designs")
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="default: the repository's")
    parser.add_argument(
        "--timeout-seconds", type=int, default=60, metavar="N", help="the source ends a statement after N; default: 60"
    )
    parser.add_argument("--dry-run", action="store_true", help="read the sources, show which files, write none")
    return parser
