"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, enforced by the engine's own roles. Source: r_GRANT.md, r_REVOKE.md

Who may write a table also gets MAINTAIN in the engine, so that its writers may take the lock by which they queue.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.backend import RedshiftError
from sandbox.redshift import errors
from sandbox.redshift.lexer import Cursor, quote
from sandbox.redshift.plan import Plan

TABLE_PRIVILEGES = ("select", "insert", "update", "delete", "references", "truncate")
PRIVILEGES = {
    "table": TABLE_PRIVILEGES,
    "schema": ("create", "usage"),
    "database": ("create", "temporary", "temp", "usage"),
    "function": ("execute",),
}
WRITING = {"insert", "update", "delete"}


@dataclass(frozen=True)
class Grantee:
    """`name` is a role of the engine, or PUBLIC."""

    name: str
    has_option: bool = False


def read_privileges(cursor: Cursor) -> list[tuple[str, str]]:
    """Privileges, each with its column list in engine SQL; `all` stands for ALL PRIVILEGES."""
    if cursor.accept("all"):
        cursor.accept("privileges")
        return [("all", "")]
    found = []
    known = sorted({name for names in PRIVILEGES.values() for name in names})
    while True:
        word = cursor.accept_any(*known)
        if not word:
            if cursor.looks_at_any("assumerole", "drop", "alter", "explain", "ignore"):
                raise errors.unsupported(f"GRANT {cursor.next().value.upper()} is not known to the sandbox")
            raise cursor.unexpected()
        columns = f" ({', '.join(quote(name) for name in cursor.names())})" if cursor.looks_at("(") else ""
        found.append((word, columns))
        if not cursor.accept(","):
            return found


def read_object(cursor: Cursor) -> tuple[str, str]:
    """What is granted on: its kind, and engine SQL such as `TABLE "a"."b"`."""
    if cursor.accept("all", "tables", "in", "schema"):
        return "table", f"ALL TABLES IN SCHEMA {read_names(cursor)}"
    if kind := cursor.accept_any("schema", "database"):
        return kind, f"{kind.upper()} {read_names(cursor)}"
    if cursor.looks_at_any("function", "procedure", "language", "copy", "model", "datashare", "external"):
        raise errors.unsupported(f"GRANT ON {cursor.next().value.upper()} is not known to the sandbox")
    cursor.accept("table")
    return "table", f"TABLE {read_names(cursor)}"


def read_names(cursor: Cursor) -> str:
    names = [quote(*cursor.qualified())]
    while cursor.accept(","):
        names.append(quote(*cursor.qualified()))
    return ", ".join(names)


def read_grantees(cursor: Cursor) -> list[Grantee]:
    """`user [WITH GRANT OPTION] | GROUP g | PUBLIC`, separated by commas."""
    found = []
    while True:
        if cursor.accept("public"):
            name, is_user = "PUBLIC", False
        elif cursor.accept("group"):
            name, is_user = quote(f"group:{cursor.name()}"), False
        elif cursor.looks_at("role"):
            raise errors.unsupported("Roles are not known to the sandbox; use users and groups")
        else:
            name, is_user = quote(cursor.name()), True
        has_option = cursor.accept("with", "grant", "option")
        if has_option and not is_user:
            raise RedshiftError("0LP01", "WITH GRANT OPTION cannot be granted to a group or to PUBLIC")
        found.append(Grantee(name, has_option))
        if not cursor.accept(","):
            return found


def privilege_list(privileges: list[tuple[str, str]], kind: str) -> str:
    """The privileges as the engine's list. Raises: RedshiftError for one that the object does not have."""
    if privileges == [("all", "")]:
        return "ALL"
    names = []
    for name, columns in privileges:
        if name not in PRIVILEGES[kind]:
            raise RedshiftError("0LP01", f"invalid privilege type {name.upper()} for {kind}")
        if (kind, name) != ("database", "usage"):
            names.append(f"{name.upper()}{columns}")
    if kind == "table" and WRITING & {name for name, _ in privileges}:
        names.append("MAINTAIN")
    return ", ".join(names) or "CONNECT"


def grant(cursor: Cursor) -> Plan:
    privileges = read_privileges(cursor)
    cursor.expect("on")
    kind, target = read_object(cursor)
    cursor.expect("to")
    grantees = read_grantees(cursor)
    return several("GRANT", [grant_sql(privilege_list(privileges, kind), target, each) for each in grantees])


def grant_sql(privileges: str, target: str, grantee: Grantee) -> str:
    return f"GRANT {privileges} ON {target} TO {grantee.name}{' WITH GRANT OPTION' * grantee.has_option}"


def several(verb: str, statements: list[str]) -> Plan:
    return Plan(statements[-1], before=tuple(statements[:-1]), verb=verb, tag=verb)


def revoke(cursor: Cursor) -> Plan:
    option = "GRANT OPTION FOR " * cursor.accept("grant", "option", "for")
    privileges = read_privileges(cursor)
    cursor.expect("on")
    kind, target = read_object(cursor)
    cursor.expect("from")
    names = ", ".join(grantee.name for grantee in read_grantees(cursor))
    behaviour = cursor.accept_any("cascade", "restrict").upper()
    listed = privilege_list(privileges, kind).replace(", MAINTAIN", "")
    return several("REVOKE", [f"REVOKE {option}{listed} ON {target} FROM {names} {behaviour}".rstrip()])


def alter_default(cursor: Cursor) -> Plan:
    """ALTER DEFAULT PRIVILEGES [FOR USER u, …] [IN SCHEMA s, …] {GRANT | REVOKE} …

    Source: r_ALTER_DEFAULT_PRIVILEGES.md
    """
    head = "ALTER DEFAULT PRIVILEGES"
    if cursor.accept("for", "user"):
        head += f" FOR ROLE {read_names(cursor)}"
    if cursor.accept("in", "schema"):
        head += f" IN SCHEMA {read_names(cursor)}"
    verb = cursor.accept_any("grant", "revoke")
    if not verb:
        raise cursor.unexpected()
    option = "GRANT OPTION FOR " * (verb == "revoke" and cursor.accept("grant", "option", "for"))
    privileges = read_privileges(cursor)
    cursor.expect("on")
    kind = cursor.accept_any("tables", "functions")
    if not kind:
        raise errors.unsupported("Default privileges on this kind of object are not known to the sandbox")
    listed = privilege_list(privileges, kind.removesuffix("s"))
    cursor.expect("to" if verb == "grant" else "from")
    grantees = read_grantees(cursor)
    if verb == "grant":
        statements = [f"{head} {grant_sql(listed, kind.upper(), each)}" for each in grantees]
    else:
        listed = listed.replace(", MAINTAIN", "")
        statements = [f"{head} REVOKE {option}{listed} ON {kind.upper()} FROM {each.name}" for each in grantees]
    return several("ALTER DEFAULT PRIVILEGES", statements)
