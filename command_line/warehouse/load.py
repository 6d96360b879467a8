"""Load dumped tables into the warehouse, whole, and build everything downstream."""

from __future__ import annotations

from command_line.flow_command import run_flow
from command_line.warehouse_dry_run import load_steps, shown_later
from flows.warehouse.load import load


def main(arguments: list[str]) -> int:
    run_flow("warehouse load", load, arguments, shown_later(load_steps))
    return 0
