"""Bring designs and SQL into the lake, so that a worker elsewhere loads by exactly what was reviewed.

python -m flows warehouse sync-sql --prefix production
python -m flows warehouse load --prefix production --designs lake
"""

from __future__ import annotations

from pathlib import Path

from blocks.lake import Lake
from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from command_line.arguments import Parser
from model.choose_tables import choose_tables
from model.errors import ConfigError
from model.find_flaws import find_flaws
from model.read_design import WAREHOUSE, table_names, transformation_names
from model.sources import read_sources
from model.synced_designs import content_key, current_key, design_files, synced, table_of
from sql.reserved_words import RESERVED_WORDS
from tasks.sync_designs import designs_in_lake, sync_designs


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    folder = Path(options.designs)
    sources = read_sources(folder)
    prefix = sources.prefix(options.prefix)
    known = sorted([*table_names(folder), *transformation_names(folder)])
    _refuse_flaws(choose_tables(options.patterns, [*known, "sources.yaml"]), known, folder)
    files = design_files(folder)
    with prefect_api():
        lake = load_block(Lake, sources.lake.block)
        before = designs_in_lake(lake, prefix)
        if options.dry_run:
            now = synced(before, files, options.patterns)
        else:
            now = sync_designs(lake, prefix, files, options.patterns)
    for path in sorted({*before.files, *now.files}):
        change = _change(before.files.get(path), now.files.get(path))
        print(f"{change:10} {table_of(path):40} {len(files.get(path, b'')):>8,} bytes  {path}")
    if options.dry_run:
        new = sorted(set(now.files.values()) - set(before.files.values()))
        for content in new:
            print(f"--   s3://{lake.name}/{content_key(prefix, content)}")
    print(f"{'Would be' if options.dry_run else 'Is'} version {now.version}: s3://{lake.name}/{current_key(prefix)}")
    return 0


def _refuse_flaws(chosen: list[str], known: list[str], folder: Path) -> None:
    """What is brought to others can at least be read."""
    tables = [name for name in chosen if name in known]
    errors = [flaw for flaw in find_flaws(tables, RESERVED_WORDS, folder) if flaw.severity == "error"]
    if errors:
        found = "\n".join(f"  {flaw.place}: {flaw.text}" for flaw in errors)
        raise ConfigError(f"Cannot sync the designs:\n{found}\nNothing was brought. Mend them first.")


def _change(before: str | None, now: str | None) -> str:
    if before == now:
        return "unchanged"
    return "new" if before is None else "removed" if now is None else "changed"


def _parser() -> Parser:
    parser = Parser(
        prog="python -m flows warehouse sync-sql",
        description="Bring designs and SQL into the lake.",
        allow_abbrev=False,
    )
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="PATTERN", help="such as mart.*; default: all")
    parser.add_argument("--prefix", default="", help="of the lake; default: that of sources.yaml")
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="default: the repository's")
    parser.add_argument("--dry-run", action="store_true", help="show what would be brought; bring nothing")
    return parser
