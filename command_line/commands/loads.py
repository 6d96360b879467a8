"""Show the last loads out of the ledger: what, when, how many rows, and why one failed.

python -m flows loads --table mart.orders --last 20
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from rich.console import Console
from rich.table import Table

from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from command_line.arguments import Parser
from model.errors import ConfigError
from model.read_design import table_names, transformation_names
from sql.ledger import last_loads
from tasks.read_ledger import read_ledger

# Where nobody watches, lines are not broken.
_PIPE_WIDTH = 10_000


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.last < 1:
        raise ConfigError(f"Cannot show loads: --last is {options.last} (expected 1 or more). Correct it.")
    with prefect_api():
        rows = read_ledger(load_block(Warehouse, "warehouse"), last_loads(options.table, options.last))
    known = [*table_names(), *transformation_names()]
    if not rows and options.table and options.table not in known:
        near = get_close_matches(options.table, known) or known
        raise ConfigError(f"Cannot show loads of '{options.table}': no such table (expected {' or '.join(near)}).")
    if options.json:
        print(json.dumps([dict(row._mapping) for row in rows], indent=2, default=str))
    else:
        _print(rows)
    return 0


def _print(rows: Sequence[Any]) -> None:
    shown = Table(box=None, header_style="dim")
    for name in ("finished (UTC)", "table", "window", "method", "state"):
        shown.add_column(name, overflow="fold")
    for name in ("copied", "inserted", "updated", "deleted", "seconds"):
        shown.add_column(name, no_wrap=True, justify="right")
    shown.add_column("cause", overflow="fold")
    for row in rows:
        counts = (row.copied_row_count, row.inserted_row_count, row.updated_row_count, row.deleted_row_count)
        seconds = "" if row.started_at is None else f"{(row.finished_at - row.started_at).total_seconds():.0f}"
        shown.add_row(
            f"{row.finished_at:%Y-%m-%d %H:%M}",
            row.table_name,
            _days(row),
            row.method,
            row.state,
            *("" if count is None else f"{count:,}" for count in counts),
            seconds,
            row.cause,
        )
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    console.print(shown)


def _days(row: Any) -> str:
    """The days of the window, both ends in it; 'whole' for a load of the whole table."""
    if row.since is None:
        return "whole"
    first, last = row.since.date(), (row.until - timedelta(microseconds=1)).date()
    return str(first) if first == last else f"{first} to {last}"


def _parser() -> Parser:
    parser = Parser(prog="python -m flows loads", description="Show the last loads.", allow_abbrev=False)
    parser.add_argument("--table", help="of this table only")
    parser.add_argument("--last", type=int, default=20, metavar="N", help="the newest N; default: 20")
    parser.add_argument("--json", action="store_true", help="every column of the ledger, as a list of objects")
    return parser
