"""Build the warehouse anew beside the live one, check it, and switch all tables at one moment."""

from __future__ import annotations

from command_line.flow_command import run_flow
from command_line.warehouse_dry_run import rebuild_steps, shown_later
from flows.warehouse.rebuild import rebuild


def main(arguments: list[str]) -> int:
    run_flow("warehouse rebuild", rebuild, arguments, shown_later(rebuild_steps))
    return 0
