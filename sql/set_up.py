"""What is missing of the declared users, groups, schemas and privileges, as the statements that bring it.

Where nothing is missing there are none: so a set-up can be run at any time. What groups have beyond the declared stays,
unless somebody wants it taken away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from model.access import Access
from model.access_state import ClusterState, Privileges, SchemaState
from sql.access import (
    Command,
    add_to_group,
    change_owner,
    create_database,
    create_group,
    create_schema_of,
    create_user,
    drop_from_group,
    grant_on_schema,
    grant_on_tables,
    grant_on_tables_of,
    revoke_on_schema,
    revoke_on_tables,
    revoke_on_tables_of,
)

# From a new user's name to the password, in the form in which the warehouse keeps it.
StoredPassword = Callable[[str], str]


def missing_in_cluster(access: Access, state: ClusterState, stored: StoredPassword) -> Iterator[Command]:
    """Groups, users and memberships; `stored` is asked for each new user that logs in by password."""
    for group in access.groups:
        if group not in state.members:
            yield create_group(group)
    for name in access.users:
        yield from missing_user(access, name, state, stored)


def missing_user(access: Access, name: str, state: ClusterState, stored: StoredPassword) -> Iterator[Command]:
    user = access.users[name]
    if name not in state.users:
        yield create_user(name, stored(name) if user.login == "password" else None)
    for group in user.groups:
        if name not in state.members.get(group, ()):
            yield add_to_group(group, [name])


def missing_database(access: Access, state: ClusterState) -> Iterator[Command]:
    """CREATE DATABASE stands alone: the warehouse takes it outside a transaction only."""
    owner = state.databases.get(access.database)
    if owner is None:
        yield create_database(access.database, access.owner)
    elif owner != access.owner:
        yield change_owner("DATABASE", access.database, access.owner)


def missing_in_database(access: Access, state: Mapping[str, SchemaState]) -> Iterator[Command]:
    """Schemas, their owners, and what each group may do there."""
    for name in access.schemas:
        yield from _owned_schema(name, access.owner, state)
        yield from _privileges(access, name, access.creators(name), state.get(name))
    for name, user in access.users.items():
        if user.personal_schema:
            yield from _owned_schema(name, name, state)


def missing_of_user(access: Access, name: str, state: Mapping[str, SchemaState]) -> Iterator[Command]:
    """The user's own schema, and who may read what the user will create in those of others."""
    if access.users[name].personal_schema:
        yield from _owned_schema(name, name, state)
    for schema in access.schemas:
        if name in access.creators(schema):
            yield from _defaults(access, schema, [name], state.get(schema))


def surplus_in_cluster(access: Access, state: ClusterState) -> Iterator[Command]:
    """Members of declared groups whom the file does not name there."""
    for group in access.groups:
        for user in sorted(state.members.get(group, frozenset()) - access.members(group)):
            yield drop_from_group(group, user)


def surplus_in_database(access: Access, state: Mapping[str, SchemaState]) -> Iterator[Command]:
    """What groups may do in declared schemas and are not declared to."""
    for schema in (name for name in access.schemas if name in state):
        there, tables = state[schema], access.table_privileges(schema)
        for group, names in _beyond(there.privileges, access.schema_privileges(schema)):
            yield revoke_on_schema(names, schema, group)
        for group, names in _beyond(_together(there.tables.values()), tables):
            yield revoke_on_tables(names, schema, group)
        for creator, privileges in sorted(there.defaults.items()):
            wanted = tables if creator in access.creators(schema) else {}
            for group, names in _beyond(privileges, wanted):
                yield revoke_on_tables_of(creator, names, schema, group)


def _together(tables: Iterable[Privileges]) -> Privileges:
    """What each group may do with one of the tables at least."""
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for privileges in tables:
        for group, names in privileges.items():
            found[group] |= names
    return found


def _beyond(privileges: Privileges, declared: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
    for group, names in sorted(privileges.items()):
        if surplus := sorted(names - set(declared.get(group, ()))):
            yield group, surplus


def _owned_schema(name: str, owner: str, state: Mapping[str, SchemaState]) -> Iterator[Command]:
    if name not in state:
        yield create_schema_of(name, owner)
    elif state[name].owner != owner:
        yield change_owner("SCHEMA", name, owner)


def _privileges(access: Access, schema: str, creators: Sequence[str], state: SchemaState | None) -> Iterator[Command]:
    for group, wanted in access.schema_privileges(schema).items():
        if not _has(state.privileges if state else {}, group, wanted):
            yield grant_on_schema(wanted, schema, group)
    for group, wanted in access.table_privileges(schema).items():
        if state and not all(_has(table, group, wanted) for table in state.tables.values()):
            yield grant_on_tables(wanted, schema, group)
    yield from _defaults(access, schema, creators, state)


def _defaults(access: Access, schema: str, creators: Sequence[str], state: SchemaState | None) -> Iterator[Command]:
    for creator in creators:
        there = state.defaults.get(creator, {}) if state else {}
        for group, wanted in access.table_privileges(schema).items():
            if not _has(there, group, wanted):
                yield grant_on_tables_of(creator, wanted, schema, group)


def _has(privileges: Privileges, group: str, wanted: Sequence[str]) -> bool:
    return privileges.get(group, frozenset()) >= set(wanted)
