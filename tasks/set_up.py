"""Bring what is missing of declared users, groups, schemas and privileges into the warehouse; for its administrator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from blocks.warehouse import Transaction, Warehouse
from model.access import Access
from model.access_state import ClusterState, Privileges, SchemaState, read_acl
from model.errors import WarehouseError
from sql.access import (
    Command,
    all_databases,
    all_groups,
    all_users,
    default_acls,
    group_members,
    schemas_with_acl,
    tables_with_acl,
)
from sql.render import render
from sql.set_up import (
    StoredPassword,
    missing_database,
    missing_in_cluster,
    missing_in_database,
    missing_of_user,
    missing_user,
    surplus_in_cluster,
    surplus_in_database,
)

_TAG = "/* set-up */"


@dataclass
class Statements:
    """Sends statements, in a dry run only those that look; keeps the text of all, with *** in the place of secrets."""

    is_dry_run: bool
    looked: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)

    def look(self, transaction: Transaction, statement: sa.Select) -> Sequence[sa.Row]:
        text = f"{_TAG} {render(statement)}"
        self.looked.append(text)
        return transaction.run(text).all()

    def change(self, transaction: Transaction, commands: Iterable[Command]) -> None:
        for command in commands:
            self.changed.append(f"{_TAG} {render(command.shown)}")
            if not self.is_dry_run:
                transaction.run(f"{_TAG} {render(command)}")

    def take_away(self, transaction: Transaction, commands: Iterable[Command], is_revoking: bool) -> None:
        """Sends the commands, or only keeps them as what is beyond the declared."""
        if is_revoking:
            self.change(transaction, commands)
        else:
            self.surplus += [f"{_TAG} {render(command)}" for command in commands]


def set_up(
    admin: Warehouse, access: Access, stored: StoredPassword, is_dry_run: bool = False, is_revoking: bool = False
) -> Statements:
    """Brings everything that is missing; returns the statements. A dry run asks for no password.

    `is_revoking` also takes away what groups have beyond the declared; else the statements for it are only returned.

    Safe to run again at any time, also after a failure: what is there already is left as it is.
    Raises: WarehouseError where the warehouse refuses; what `stored` raises, before anything is changed.
    """
    statements = Statements(is_dry_run)
    with admin.transaction("look at users and groups") as transaction:
        cluster = _cluster(statements, transaction)
    commands = list(missing_in_cluster(access, cluster, _unasked if is_dry_run else stored))
    with admin.transaction("set up users and groups") as transaction:
        statements.change(transaction, commands)
        statements.take_away(transaction, surplus_in_cluster(access, cluster), is_revoking)
    with admin.autocommit(f"set up database '{access.database}'") as transaction:
        statements.change(transaction, missing_database(access, cluster))
    admin.release()
    with _in_database(statements, admin, access, cluster) as (transaction, schemas):
        statements.change(transaction, missing_in_database(access, schemas))
        statements.take_away(transaction, surplus_in_database(access, schemas), is_revoking)
    return statements


def set_up_user(
    admin: Warehouse, access: Access, name: str, stored: StoredPassword, is_dry_run: bool = False
) -> Statements:
    """Brings one user, with memberships, personal schema and default privileges; returns the statements.

    Safe to run again, as `set_up` is.
    Raises: WarehouseError where a group or the database is not there yet; what `set_up` raises.
    """
    statements = Statements(is_dry_run)
    with admin.transaction("look at users and groups") as transaction:
        cluster = _cluster(statements, transaction)
    absent = [f"group '{group}'" for group in access.users[name].groups if group not in cluster.members]
    absent += [f"database '{access.database}'"] if access.database not in cluster.databases else []
    if absent:
        raise WarehouseError(
            f"Cannot create user '{name}': the warehouse has no {absent[0]}. Run python -m flows warehouse setup first."
        )
    commands = list(missing_user(access, name, cluster, _unasked if is_dry_run else stored))
    with admin.transaction(f"create user '{name}'") as transaction:
        statements.change(transaction, commands)
    admin.release()
    with _in_database(statements, admin, access, cluster) as (transaction, schemas):
        statements.change(transaction, missing_of_user(access, name, schemas))
    return statements


def _unasked(user: str) -> str:
    """In the place of a password that nobody will see."""
    return f"<password of {user}>"


@contextmanager
def _in_database(
    statements: Statements, admin: Warehouse, access: Access, cluster: ClusterState
) -> Iterator[tuple[Transaction, dict[str, SchemaState]]]:
    """A transaction in the declared database, and what it has. A dry run may find that there is none yet."""
    is_there = access.database in cluster.databases
    database = admin if statements.is_dry_run and not is_there else admin.of_database(access.database)
    try:
        with database.transaction("set up schemas and privileges") as transaction:
            yield transaction, _schemas(statements, transaction, access) if is_there else {}
    finally:
        database.release()


def _cluster(statements: Statements, transaction: Transaction) -> ClusterState:
    members: dict[str, set[str]] = {row.groname: set() for row in statements.look(transaction, all_groups())}
    for row in statements.look(transaction, group_members()):
        members[row.groname].add(row.usename)
    return ClusterState(
        users=frozenset(row.usename for row in statements.look(transaction, all_users())),
        members={group: frozenset(users) for group, users in members.items()},
        databases={row.datname: row.usename for row in statements.look(transaction, all_databases())},
    )


def _schemas(statements: Statements, transaction: Transaction, access: Access) -> dict[str, SchemaState]:
    names = [*access.schemas, *(name for name, user in access.users.items() if user.personal_schema)]
    tables: defaultdict[str, dict[str, Privileges]] = defaultdict(dict)
    for row in statements.look(transaction, tables_with_acl(names)):
        tables[row.nspname][row.relname] = read_acl(row.acl)
    defaults: defaultdict[str, dict[str, Privileges]] = defaultdict(dict)
    for row in statements.look(transaction, default_acls(names)):
        defaults[row.nspname][row.usename] = read_acl(row.acl)
    return {
        row.nspname: SchemaState(row.usename, read_acl(row.acl), tables[row.nspname], defaults[row.nspname])
        for row in statements.look(transaction, schemas_with_acl(names))
    }
