"""Show what feeds a table, step by step, up to tables of sources and files: from the designs, without a connection.

python -m flows warehouse upstream mart.nps_monthly
"""

from __future__ import annotations

from command_line.warehouse._lineage import show_lineage


def main(arguments: list[str]) -> int:
    return show_lineage("upstream", "Show what feeds a table.", arguments)
