"""Show how the warehouse would run transformations, and warn where rows move between its nodes.

    python -m flows warehouse explain "mart.*"
    python -m flows warehouse explain --query report.sql    # a SELECT of a file

Nothing is run. Exit code 1 where a query cannot be explained.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from command_line.arguments import Parser
from command_line.dry_run import PlannedStep, print_steps
from model.choose_tables import choose_tables
from model.errors import ConfigError, WarehouseError
from model.query import read_query
from model.query_plan import plan_cost, plan_warnings
from model.read_design import WAREHOUSE, read_transformation, transformation_names
from tasks.explain_query import explain_query, explanation


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    queries = _query(options.query) if options.query else _transformations(options.patterns, Path(options.designs))
    if options.dry_run:
        print_steps(PlannedStep(f"explain {name}", (explanation(name, query),)) for name, query in queries.items())
        return 0
    code = 0
    with prefect_api():
        warehouse = load_block(Warehouse, "warehouse")
        for name, query in queries.items():
            try:
                _print(name, explain_query(warehouse, name, query))
            except WarehouseError as error:
                print(error, file=sys.stderr)
                code = 1
        warehouse.release()
    return code


def _transformations(patterns: list[str], folder: Path) -> Mapping[str, str]:
    chosen = choose_tables(patterns, transformation_names(folder))
    return {name: read_transformation(name, folder).source.sql for name in chosen}


def _query(file: str) -> Mapping[str, str]:
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot read '{file}': {error.strerror} (expected a file with a SELECT).") from error
    try:
        return {Path(file).name: read_query(text).sql}
    except ValueError as error:
        raise ConfigError(f"Cannot explain '{file}': {error}. Correct the SQL there.") from error


def _print(name: str, plan: list[str]) -> None:
    cost = plan_cost(plan)
    print(f"-- {name}" + ("" if cost is None else f"  cost {cost:,.2f}"))
    print(*plan, sep="\n")
    for warning in plan_warnings(plan):
        rows = "" if warning.row_count is None else f" ({warning.row_count:,} rows of {', '.join(warning.tables)})"
        print(f"warning: {warning.step}{rows}: {warning.meaning}")
    print()


def _parser() -> Parser:
    parser = Parser(
        prog="python -m flows warehouse explain", description="Show query plans, with warnings.", allow_abbrev=False
    )
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="PATTERN", help="such as mart.*; default: all")
    parser.add_argument("--query", metavar="FILE", help="in the place of transformations: a file with one SELECT")
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="default: the repository's")
    parser.add_argument("--dry-run", action="store_true", help="show the statements that would be sent")
    return parser
