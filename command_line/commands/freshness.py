"""Show how old each table is: up to when its source was read, and how long ago that is.

python -m flows freshness --max-age-hours 30      # exit code 1 where a table is older, or was never loaded
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from command_line.arguments import Parser
from model.read_design import read_design, table_names, transformation_names
from model.table_design import DatabaseSource
from sql.ledger import newest_windows
from tasks.read_ledger import read_ledger


@dataclass(frozen=True)
class Freshness:
    """`fresh_until` in UTC: the end of the newest finished window; both None where the table was never loaded."""

    table: str
    fresh_until: datetime | None
    age_hours: float | None

    def is_older(self, hours: float) -> bool:
        return self.age_hours is None or self.age_hours > hours


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    with prefect_api():
        rows = read_ledger(load_block(Warehouse, "warehouse"), newest_windows())
    zones = {name: _zone(name) for name in table_names()} | dict.fromkeys(transformation_names(), "UTC")
    found = freshness(zones, rows, datetime.now(UTC).replace(tzinfo=None))
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=2, default=str))
    else:
        _print(found)
    late = [] if options.max_age_hours is None else [one.table for one in found if one.is_older(options.max_age_hours)]
    if late:
        print(f"Older than {options.max_age_hours:g} hours: {', '.join(late)}.", file=sys.stderr)
    return 1 if late else 0


def freshness(zones: dict[str, str], rows: Iterable[Any], now: datetime) -> list[Freshness]:
    """One for each table in `zones` (the zone of its cursor's values), by the rows of sql.ledger.newest_windows."""
    by_table = {row.table_name: row for row in rows}
    found = []
    for table, zone in sorted(zones.items()):
        row = by_table.get(table)
        moments = [row.loaded_at, row.read_until and _in_utc(row.read_until, zone)] if row else []
        fresh_until = max((moment for moment in moments if moment), default=None)
        age = None if fresh_until is None else round(max((now - fresh_until).total_seconds(), 0) / 3600, 2)
        found.append(Freshness(table, fresh_until, age))
    return found


def _in_utc(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def _zone(table: str) -> str:
    source = read_design(table).source
    return source.time_zone if isinstance(source, DatabaseSource) else "UTC"


def _print(found: Iterable[Freshness]) -> None:
    shown = Table("table", "loaded up to (UTC)", "age", box=None, header_style="dim")
    for one in found:
        if one.fresh_until is None:
            shown.add_row(one.table, "never", "")
        else:
            shown.add_row(one.table, f"{one.fresh_until:%Y-%m-%d %H:%M}", f"{one.age_hours:,.1f} h")
    Console(highlight=False, markup=False).print(shown)


def _parser() -> Parser:
    parser = Parser(prog="python -m flows freshness", description="Show how old each table is.", allow_abbrev=False)
    parser.add_argument("--max-age-hours", type=float, metavar="N", help="exit code 1 where a table is older")
    parser.add_argument("--json", action="store_true", help="a list of objects: table, fresh_until, age_hours")
    return parser
