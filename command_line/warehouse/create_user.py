"""Create one more user of the warehouse, as its administrator.

    python -m flows warehouse create-user ann --schema --generate-password

The password comes from DATA_WAREHOUSE_PASSWORD_ANN, from the secret that warehouse/access.yaml names, from a prompt, or
is made; it is never an argument. A user that warehouse/access.yaml declares gets what stands there.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from blocks.load_block import load_block
from blocks.passwords import Passwords
from blocks.prefect_api import prefect_api
from blocks.warehouse import Warehouse
from command_line.arguments import Parser
from command_line.warehouse.setup import add_options, print_changes, shown
from model.access import Access, User, read_access
from model.errors import ConfigError
from tasks.set_up import set_up_user


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    declared = read_access(Path(options.designs))
    access = _with_user(declared, options.name, options.etl, options.schema)
    with prefect_api():
        admin = load_block(Warehouse, "warehouse-admin")
        passwords = Passwords(access, admin.aws, options.generate_password)
        with shown(passwords):
            statements = set_up_user(admin, access, options.name, passwords.stored, options.dry_run)
    print_changes(statements, f"user '{options.name}'")
    if options.name not in declared.users:
        print(f"Add to users: in warehouse/access.yaml:\n  {access.users[options.name].as_yaml(options.name)}")
    return 0


def _with_user(access: Access, name: str, is_etl: bool, has_schema: bool) -> Access:
    if name in access.users:
        if is_etl or has_schema:
            raise ConfigError(
                f"Cannot create user '{name}': warehouse/access.yaml declares it already. "
                "Change it there, and leave out --etl and --schema."
            )
        return access
    user = User(groups=(access.etl_group if is_etl else access.user_group,), personal_schema=has_schema)
    try:
        return access.with_user(name, user)
    except ValidationError as error:
        found = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"Cannot create user '{name}': {found}. Choose another name.") from error


def _parser() -> Parser:
    parser = Parser(
        prog="python -m flows warehouse create-user",
        description="Create one more user of the warehouse.",
        allow_abbrev=False,
    )
    parser.add_argument("name")
    parser.add_argument(
        "--etl", action="store_true", help="one who also writes: a member of etl_group, not of user_group"
    )
    parser.add_argument("--schema", action="store_true", help="with a schema of the user's own, of the same name")
    add_options(parser)
    return parser
