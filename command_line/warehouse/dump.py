"""Read source tables into the lake, several side by side; goes on where it was interrupted."""

from __future__ import annotations

from command_line.flow_command import run_flow
from command_line.warehouse_dry_run import dump_steps, shown_later
from flows.warehouse.dump import dump


def main(arguments: list[str]) -> int:
    run_flow("warehouse dump", dump, arguments, shown_later(dump_steps))
    return 0
