"""What `upstream` and `downstream` have in common."""

from __future__ import annotations

from pathlib import Path

from command_line.arguments import Parser
from model.lineage import lineage_of, steps
from model.read_design import WAREHOUSE, declared_names, read_any_design


def show_lineage(direction: str, description: str, arguments: list[str]) -> int:
    parser = Parser(prog=f"python -m flows warehouse {direction}", description=description, allow_abbrev=False)
    parser.add_argument("table", help="schema.table, block:table of a source, or s3:prefix of the lake")
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="default: the repository's")
    parser.add_argument("--dry-run", action="store_true", help="the same: it only reads the designs")
    options = parser.parse_args(arguments)
    folder = Path(options.designs)
    lineage = lineage_of(read_any_design(name, folder) for name in declared_names(folder))
    found = list(steps(lineage, options.table, getattr(lineage, direction)))
    lines = [("  " * step.depth + step.relation, step) for step in found]
    width = max(len(text) for text, _ in lines)
    for text, step in lines:
        print(f"{text:{width}}  {lineage.kinds[step.relation]}{', see above' * step.is_repeated}")
    return 0
