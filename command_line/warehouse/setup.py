"""Bring database, owner, groups, users, schemas and privileges into the warehouse, as its administrator.

    python -m flows warehouse setup --plan      # every statement; changes nothing
    python -m flows warehouse setup

warehouse/access.yaml declares them. At any time again: only what is missing is brought. --revoke also takes away what
groups have beyond the file; without, it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blocks.load_block import load_block
from blocks.passwords import Passwords
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from command_line.arguments import Parser
from command_line.dry_run import PlannedStep, print_steps
from model.access import read_access
from model.read_design import WAREHOUSE
from tasks.set_up import Statements, set_up


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    access = read_access(Path(options.designs))
    with prefect_api():
        admin = load_block(Warehouse, "warehouse-admin")
        passwords = Passwords(access, admin.aws, options.generate_password)
        with shown(passwords):
            statements = set_up(admin, access, passwords.stored, options.dry_run, options.revoke)
    print_changes(statements, f"database '{access.database}'")
    return 0


@contextmanager
def shown(passwords: Passwords) -> Iterator[None]:
    """Shows the passwords that were made, at the end, and where a statement fails: the users may be there by then."""
    try:
        yield
    finally:
        for user, password in passwords.made.items():
            print(f"Password of {user}, shown this once: {password}")


def print_changes(statements: Statements, what: str) -> None:
    if statements.is_dry_run:
        print_steps([PlannedStep("look", tuple(statements.looked)), PlannedStep("change", tuple(statements.changed))])
    else:
        print(*(f"{text};\n" for text in statements.changed), sep="", end="")
    if statements.surplus:
        print("-- Beyond what is declared; --revoke takes it away:")
        print(*(f"--   {text};\n" for text in statements.surplus), sep="", end="")
    count = len(statements.changed)
    if not count:
        print(f"Nothing to change: {what} {'lacks nothing' if statements.surplus else 'is as declared'}.")
    else:
        print(f"-- {count} statements {'would change' if statements.is_dry_run else 'changed'} {what}.")


def _parser() -> Parser:
    parser = Parser(
        prog="python -m flows warehouse setup",
        description="Bring database, owner, groups, users, schemas and privileges into the warehouse.",
        allow_abbrev=False,
    )
    parser.add_argument("--revoke", action="store_true", help="take away what groups have beyond the file")
    add_options(parser)
    return parser


def add_options(parser: Parser) -> None:
    parser.add_argument("--designs", default=str(WAREHOUSE), metavar="FOLDER", help="where access.yaml lies")
    parser.add_argument(
        "--dry-run", "--plan", action="store_true", help="print every statement that would be sent; change nothing"
    )
    parser.add_argument(
        "--generate-password", action="store_true", help="make the password of each new user, and show it once"
    )
