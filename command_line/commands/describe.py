"""Propose the design of a table from its live source.

    python -m flows describe shop.orders > warehouse/mart/orders.yaml

Types come from the contract (model/type_contract.py), widths from the rows: all of them in one statement, or, of
more than two million or where that takes longer than the time-out, the last hundred thousand by the primary key. The
design says which. Whoever owns the table reads it over, and commits it.
"""

from __future__ import annotations

from blocks.load_block import load_block
from blocks.prefect_api import prefect_api
from blocks.source_database import SourceDatabase
from command_line.arguments import Parser
from model.errors import ConfigError
from model.propose_design import propose_design
from tasks.describe_table import describe_table


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    database, table = options.database, options.table
    if database is None:
        database, _, table = table.partition(".")
    if not table:
        raise ConfigError(
            f"Cannot describe '{options.table}': it names no block (expected <block>.<table>, such as shop.orders, "
            "or --database). Correct it."
        )
    if options.timeout_seconds < 1:
        raise ConfigError(
            f"Cannot describe '{table}': --timeout-seconds is {options.timeout_seconds} (expected 1 or more)."
        )
    with prefect_api():
        found = describe_table(load_block(SourceDatabase, database), table, options.timeout_seconds)
    print(propose_design(found, database, options.schema), end="")
    return 0


def _parser() -> Parser:
    parser = Parser(prog="python -m flows describe", description="Propose the design of a table.", allow_abbrev=False)
    parser.add_argument("table", help="<block>.<table>, or with --database the table as the source names it")
    parser.add_argument("--database", metavar="BLOCK", help="name of the source-database block")
    parser.add_argument("--schema", default="mart", help="schema of the warehouse; default: mart")
    parser.add_argument(
        "--timeout-seconds", type=int, default=60, metavar="N", help="the source ends a statement after N; default: 60"
    )
    return parser
