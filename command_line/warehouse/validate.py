"""Check every design and transformation: the files themselves, and whether source and warehouse agree with them.

    python -m flows warehouse validate "mart.*"
    python -m flows warehouse validate --files-only     # connects to nothing

Exit code 1 where an error is found; a warning is to be known. It only reads: --dry-run shows which statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from command_line.arguments import Parser
from command_line.dry_run import print_steps, validating_steps
from model.choose_tables import choose_tables
from model.errors import ConfigError
from model.find_flaws import Flaw, find_flaws
from model.load import Load
from model.read_design import WAREHOUSE, read_any_design, table_names, transformation_names
from model.sources import read_sources
from pipelines.new_load import PlannedLoad, new_load
from pipelines.warehouse_works import lake_of
from reports.console import console
from sql.reserved_words import RESERVED_WORDS
from tasks.find_disagreement import find_disagreement


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    folder = Path(options.designs)
    tables = choose_tables(options.patterns, sorted([*table_names(folder), *transformation_names(folder)]))
    flaws = list(find_flaws(tables, RESERVED_WORDS, folder))
    if not options.files_only:
        with prefect_api():
            lake, warehouse = lake_of(read_sources(folder)), load_block(Warehouse, "warehouse")
            loads = list(_loads(tables, folder, lake, warehouse))
            if options.dry_run:
                print_steps(validating_steps(loads))
                return 0
            flaws += _disagreements(loads, warehouse)
    _print(flaws, len(tables))
    return 1 if any(flaw.severity == "error" for flaw in flaws) else 0


def _loads(tables: Sequence[str], folder: Path, lake: Lake, warehouse: Warehouse) -> Iterator[Load]:
    """Of the tables whose files can be read: the flaws of the others are known."""
    for table in tables:
        try:
            design = read_any_design(table, folder)
        except ConfigError:
            continue
        yield new_load("validate", PlannedLoad(design, datetime.now(UTC).date(), None), lake, warehouse)


def _disagreements(loads: Sequence[Load], warehouse: Warehouse) -> Iterator[Flaw]:
    for load in loads:
        if found := find_disagreement(load, warehouse):
            yield Flaw(load.table, "error", found)
    warehouse.release()


def _print(flaws: Sequence[Flaw], table_count: int) -> None:
    if flaws:
        shown = Table("place", "", "found", box=None, header_style="dim")
        for flaw in flaws:
            shown.add_row(flaw.place, flaw.severity, Text(flaw.text))
        console.print(shown)
    errors = sum(flaw.severity == "error" for flaw in flaws)
    console.print(f"{table_count} tables: {errors} errors, {len(flaws) - errors} warnings.")


def _parser() -> Parser:
    parser = Parser(prog="python -m flows warehouse validate", description="Check every design.", allow_abbrev=False)
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="PATTERN", help="such as mart.*; default: all")
    parser.add_argument("--files-only", action="store_true", help="connect to no source and no warehouse")
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="default: the repository's")
    parser.add_argument("--dry-run", action="store_true", help="show the statements that would be sent")
    return parser
