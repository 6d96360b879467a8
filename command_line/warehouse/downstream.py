"""Show what hangs on a table, step by step, down to exports: from the designs, without a connection.

python -m flows warehouse downstream shop:nps
"""

from __future__ import annotations

from command_line.warehouse._lineage import show_lineage


def main(arguments: list[str]) -> int:
    return show_lineage("downstream", "Show what hangs on a table.", arguments)
