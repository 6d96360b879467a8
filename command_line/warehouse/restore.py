"""Bring back the state that the last rebuild has put aside."""

from __future__ import annotations

from command_line.flow_command import run_flow
from command_line.warehouse_dry_run import restore_steps, shown_later
from flows.warehouse.restore import restore


def main(arguments: list[str]) -> int:
    run_flow("warehouse restore", restore, arguments, shown_later(restore_steps))
    return 0
