"""Export tables and views to Parquet in the lake, with manifest and column file."""

from __future__ import annotations

from command_line.flow_command import run_flow
from command_line.warehouse_dry_run import shown_later, unload_steps
from flows.warehouse.unload import unload


def main(arguments: list[str]) -> int:
    run_flow("warehouse unload", unload, arguments, shown_later(unload_steps))
    return 0
