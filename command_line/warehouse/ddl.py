"""Print the statements that create tables and views, as the designs declare them: without a connection.

python -m flows warehouse ddl "mart.*"
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from command_line.arguments import Parser
from model.choose_tables import choose_tables
from model.read_design import WAREHOUSE, declared_names, read_any_design
from model.table_design import QuerySource, TableDesign
from sql.create_view import CreateLateView
from sql.render import render
from sql.tables import create_table, target_table


def main(arguments: list[str]) -> int:
    parser = Parser(
        prog="python -m flows warehouse ddl", description="Print the statements that create tables.", allow_abbrev=False
    )
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="PATTERN", help="such as mart.*; default: all")
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="default: the repository's")
    parser.add_argument("--dry-run", action="store_true", help="the same: it only reads the designs")
    options = parser.parse_args(arguments)
    folder = Path(options.designs)
    for name in choose_tables(options.patterns, declared_names(folder)):
        print(f"{render(_created(read_any_design(name, folder)))};\n")
    return 0


def _created(design: TableDesign) -> sa.ClauseElement:
    table = target_table(design)
    if design.view and isinstance(design.source, QuerySource):
        return CreateLateView(table, design.source.sql)
    return create_table(table)
