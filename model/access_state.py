"""Users, groups, schemas and privileges as a warehouse has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Source: https://www.postgresql.org/docs/8.0/sql-grant.html (the letters of an access control list)
_LETTERS = {
    "r": "SELECT",
    "a": "INSERT",
    "w": "UPDATE",
    "d": "DELETE",
    "U": "USAGE",
    "C": "CREATE",
}

Privileges = Mapping[str, frozenset[str]]


def read_acl(text: str | None) -> dict[str, frozenset[str]]:
    """What each group may do, out of the entries of an access control list, joined by commas; None has none.

    >>> {group: sorted(names) for group, names in read_acl("loader=UC/loader,group analysts=Ur/loader,=U/x").items()}
    {'analysts': ['SELECT', 'USAGE']}
    """
    found: dict[str, frozenset[str]] = {}
    for entry in (text or "").split(","):
        grantee, _, rest = entry.partition("=")
        if grantee.startswith("group "):
            letters = rest.partition("/")[0]
            group = grantee.removeprefix("group ").strip('"')
            named = frozenset(name for letter, name in _LETTERS.items() if letter in letters)
            found[group] = found.get(group, frozenset()) | named
    return found


@dataclass(frozen=True)
class ClusterState:
    """What all databases of the warehouse share."""

    users: frozenset[str]
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of each group
    databases: Mapping[str, str] = field(default_factory=dict)  # name and owner


@dataclass(frozen=True)
class SchemaState:
    """A schema, and what its groups may do: with it, with each of its tables, with the tables of each creator."""

    owner: str
    privileges: Privileges
    tables: Mapping[str, Privileges] = field(default_factory=dict)
    defaults: Mapping[str, Privileges] = field(default_factory=dict)
