"""Statements on users, groups, schemas and privileges: those that look, and those that change.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html and the pages of the other commands
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler


@dataclass(frozen=True)
class Name:
    """An identifier in a command."""

    text: str


@dataclass(frozen=True)
class Secret:
    """A literal in a command that nobody is shown."""

    text: str


class Command(Executable, sa.ClauseElement):
    """A command that SQLAlchemy has no construct for: keywords as they stand, names and literals by the dialect.

    >>> from sql.render import render
    >>> print(render(Command("CREATE GROUP", Name("user"))))
    CREATE GROUP "user"
    """

    inherit_cache = False

    def __init__(self, *parts: str | Name | Secret) -> None:
        self.parts = parts

    @property
    def shown(self) -> Command:
        """The command with *** in the place of what is secret."""
        return Command(*(Secret("***") if isinstance(part, Secret) else part for part in self.parts))


@compiles(Command)
def _compile(command: Command, compiler: SQLCompiler, **_: object) -> str:
    words = []
    for part in command.parts:
        match part:
            case Name(text):
                words.append(compiler.preparer.quote(text))
            case Secret(text):
                words.append(compiler.process(sa.literal(text), literal_binds=True))
            case _:
                words.append(part)
    return " ".join(words).replace(" ,", ",")


def create_user(name: str, password: str | None) -> Command:
    """`password` in the form in which the warehouse keeps it, never in clear; None: only by credentials of AWS."""
    secret = "DISABLE" if password is None else Secret(password)
    return Command("CREATE USER", Name(name), "PASSWORD", secret)


def create_group(name: str) -> Command:
    return Command("CREATE GROUP", Name(name))


def add_to_group(group: str, users: Sequence[str]) -> Command:
    return Command("ALTER GROUP", Name(group), "ADD USER", *_names(users))


def create_database(name: str, owner: str) -> Command:
    return Command("CREATE DATABASE", Name(name), "OWNER", Name(owner))


def create_schema_of(name: str, owner: str) -> Command:
    return Command("CREATE SCHEMA", Name(name), "AUTHORIZATION", Name(owner))


def change_owner(kind: str, name: str, owner: str) -> Command:
    """`kind` is DATABASE or SCHEMA."""
    return Command("ALTER", kind, Name(name), "OWNER TO", Name(owner))


def grant_on_schema(privileges: Sequence[str], schema: str, group: str) -> Command:
    return Command("GRANT", ", ".join(privileges), "ON SCHEMA", Name(schema), "TO GROUP", Name(group))


def grant_on_tables(privileges: Sequence[str], schema: str, group: str) -> Command:
    """On the tables that the schema has now, views as well."""
    return Command("GRANT", ", ".join(privileges), "ON ALL TABLES IN SCHEMA", Name(schema), "TO GROUP", Name(group))


def grant_on_tables_of(creator: str, privileges: Sequence[str], schema: str, group: str) -> Command:
    """On the tables that `creator` will create there."""
    head = ("ALTER DEFAULT PRIVILEGES FOR USER", Name(creator), "IN SCHEMA", Name(schema))
    return Command(*head, "GRANT", ", ".join(privileges), "ON TABLES TO GROUP", Name(group))


def drop_from_group(group: str, user: str) -> Command:
    return Command("ALTER GROUP", Name(group), "DROP USER", Name(user))


def revoke_on_schema(privileges: Sequence[str], schema: str, group: str) -> Command:
    return Command("REVOKE", ", ".join(privileges), "ON SCHEMA", Name(schema), "FROM GROUP", Name(group))


def revoke_on_tables(privileges: Sequence[str], schema: str, group: str) -> Command:
    return Command("REVOKE", ", ".join(privileges), "ON ALL TABLES IN SCHEMA", Name(schema), "FROM GROUP", Name(group))


def revoke_on_tables_of(creator: str, privileges: Sequence[str], schema: str, group: str) -> Command:
    """On the tables that `creator` will create there."""
    head = ("ALTER DEFAULT PRIVILEGES FOR USER", Name(creator), "IN SCHEMA", Name(schema))
    return Command(*head, "REVOKE", ", ".join(privileges), "ON TABLES FROM GROUP", Name(group))


def _names(names: Sequence[str]) -> list[str | Name]:
    return [part for name in names for part in (Name(name), ",")][:-1]


_users = sa.table("pg_user", sa.column("usename"), sa.column("usesysid"))
_groups = sa.table("pg_group", sa.column("groname"), sa.column("grolist"))
_databases = sa.table("pg_database", sa.column("datname"), sa.column("datdba"))
_schemas = sa.table("pg_namespace", *map(sa.column, ("oid", "nspname", "nspowner", "nspacl")))
_tables = sa.table("pg_class", *map(sa.column, ("relname", "relnamespace", "relkind", "relacl")))
_defaults = sa.table("pg_default_acl", *map(sa.column, ("defacluser", "defaclnamespace", "defaclobjtype", "defaclacl")))


def all_users() -> sa.Select:
    return sa.select(_users.c.usename)


def all_groups() -> sa.Select:
    return sa.select(_groups.c.groname)


def group_members() -> sa.Select:
    """One row per group and member."""
    is_member = _users.c.usesysid == sa.func.any(_groups.c.grolist)
    return sa.select(_groups.c.groname, _users.c.usename).select_from(_groups.join(_users, is_member))


def all_databases() -> sa.Select:
    """Name and owner of each."""
    is_owner = _users.c.usesysid == _databases.c.datdba
    return sa.select(_databases.c.datname, _users.c.usename).select_from(_databases.join(_users, is_owner))


def schemas_with_acl(names: Sequence[str]) -> sa.Select:
    """Name, owner and access control list of those schemas that exist."""
    is_owner = _users.c.usesysid == _schemas.c.nspowner
    return (
        sa.select(_schemas.c.nspname, _users.c.usename, _joined(_schemas.c.nspacl))
        .select_from(_schemas.join(_users, is_owner))
        .where(_schemas.c.nspname.in_(names))
    )


def tables_with_acl(schemas: Sequence[str]) -> sa.Select:
    """Schema, name and access control list of each table and view."""
    return (
        sa.select(_schemas.c.nspname, _tables.c.relname, _joined(_tables.c.relacl))
        .select_from(_tables.join(_schemas, _schemas.c.oid == _tables.c.relnamespace))
        .where(_schemas.c.nspname.in_(schemas), _tables.c.relkind.in_(["r", "v"]))
    )


def default_acls(schemas: Sequence[str]) -> sa.Select:
    """Schema, creator and access control list of the tables to come.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_PG_DEFAULT_ACL.html
    """
    return (
        sa.select(_schemas.c.nspname, _users.c.usename, _joined(_defaults.c.defaclacl))
        .select_from(
            _defaults.join(_schemas, _schemas.c.oid == _defaults.c.defaclnamespace).join(
                _users, _users.c.usesysid == _defaults.c.defacluser
            )
        )
        .where(_schemas.c.nspname.in_(schemas), _defaults.c.defaclobjtype == "r")
    )


def _joined(acl: sa.ColumnElement) -> sa.ColumnElement:
    return sa.func.array_to_string(acl, ",").label("acl")
