"""Build the tables and views that are made by a .sql file, and those that read them."""

from __future__ import annotations

from command_line.flow_command import run_flow
from command_line.warehouse_dry_run import shown_later, update_steps
from flows.warehouse.update import update


def main(arguments: list[str]) -> int:
    run_flow("warehouse update", update, arguments, shown_later(update_steps))
    return 0
