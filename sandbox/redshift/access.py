"""Users and groups. A group is a role of the engine named `group:<name>`, because users and groups may share names.

Source: r_CREATE_USER.md, r_ALTER_USER.md, r_CREATE_GROUP.md
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.backend import RedshiftError
from sandbox.redshift import errors, grants, utility
from sandbox.redshift.lexer import Cursor, literal, quote
from sandbox.redshift.plan import Plan
from sandbox.redshift.users import md5_hash

MD5 = re.compile(r"md5[0-9a-f]{32}")
SHA256 = re.compile(r"sha256\|[0-9a-fA-F]{64}(\|.*)?")
FORBIDDEN = set("'\"\\/@ ")


def group(name: str) -> str:
    """The engine's role of a group."""
    return quote(f"group:{name}")


def check_password(password: str) -> None:
    """8 to 64 characters, one upper, one lower, one digit, printable ASCII. Raises: RedshiftError."""
    rules = (
        (8 <= len(password) <= 64, "must have at least 8 and at most 64 characters"),
        (any("A" <= c <= "Z" for c in password), "must contain at least one uppercase letter"),
        (any("a" <= c <= "z" for c in password), "must contain at least one lowercase letter"),
        (any(c.isdigit() for c in password), "must contain at least one number"),
        (all(33 <= ord(c) <= 126 and c not in FORBIDDEN for c in password), "contains a character that is not allowed"),
    )
    for is_kept, text in rules:
        if not is_kept:
            raise RedshiftError("22023", f"Password {text}.")


def stored_password(cursor: Cursor, user: str) -> tuple[str, str]:
    """The engine's password clause, and a sha256 form that the engine cannot hold (else '')."""
    if cursor.accept("disable"):
        return "PASSWORD NULL", ""
    password = cursor.string()
    if MD5.fullmatch(password):
        return f"PASSWORD {literal(password)}", ""
    if SHA256.fullmatch(password):
        return "PASSWORD NULL", password
    check_password(password)
    return f"PASSWORD {literal(md5_hash(password, user))}", ""


def create_user(cursor: Cursor) -> Plan:
    """CREATE USER name [WITH] PASSWORD … [option …]; the password is mandatory."""
    user = cursor.name()
    cursor.accept("with")
    options, after = read_options(cursor, user, is_new=True)
    if not any(option.startswith("PASSWORD") for option in options):
        raise errors.syntax_error("") if cursor.at_end else cursor.unexpected()
    sql = f"CREATE ROLE {quote(user)} LOGIN {' '.join(options)}"
    return Plan(sql, after=tuple(after), verb="CREATE USER", tag="CREATE USER")


def read_options(cursor: Cursor, user: str, is_new: bool) -> tuple[list[str], list[str]]:
    """The options as words of CREATE ROLE or ALTER ROLE, and the statements that must follow."""
    options: list[str] = []
    after: list[str] = []
    simple = {"createdb": "CREATEDB", "createuser": "SUPERUSER"}
    simple |= {"nocreatedb": "NOCREATEDB", "nocreateuser": "NOSUPERUSER"}
    while not cursor.at_end:
        if word := cursor.accept_any(*simple):
            options.append(simple[word])
        elif cursor.accept("password"):
            clause, sha256 = stored_password(cursor, user)
            options.append(clause)
            after.append(f"ALTER ROLE {quote(user)} SET rs.sha256 TO {literal(sha256)}" if sha256 else "")
        elif cursor.accept("syslog", "access"):
            level = cursor.accept_any("restricted", "unrestricted")
            if not level:
                raise cursor.unexpected()
            after.append(f"ALTER ROLE {quote(user)} SET rs.syslog_access TO {level}")
        elif is_new and cursor.accept("in", "group"):
            after += [f"GRANT {group(name)} TO {quote(user)}" for name in read_list(cursor)]
        elif cursor.accept("valid", "until"):
            options.append(f"VALID UNTIL {literal(cursor.string())}")
        elif cursor.accept("connection", "limit"):
            options.append(f"CONNECTION LIMIT {'-1' if cursor.accept('unlimited') else cursor.integer()}")
        elif cursor.accept("session", "timeout"):
            check_timeout(cursor.integer())
        elif is_new and cursor.accept("externalid"):
            cursor.next()
        else:
            raise cursor.unexpected()
    return options, [statement for statement in after if statement]


def check_timeout(seconds: int) -> None:
    if not 60 <= seconds <= 1_728_000:
        raise RedshiftError("22023", "SESSION TIMEOUT must be between 60 and 1728000 seconds")


def read_list(cursor: Cursor) -> list[str]:
    names = [cursor.name()]
    while cursor.accept(","):
        names.append(cursor.name())
    return names


def alter_user(cursor: Cursor) -> Plan:
    """ALTER USER name {options | RENAME TO n | SET parameter TO value | RESET parameter}."""
    user = cursor.name()
    if cursor.accept("rename", "to"):
        return Plan(f"ALTER ROLE {quote(user)} RENAME TO {quote(cursor.name())}", verb="ALTER USER", tag="ALTER USER")
    if cursor.accept("reset", "session", "timeout"):
        return utility.no_effect("ALTER USER")
    if cursor.looks_at_any("set", "reset"):
        word = cursor.next().value
        plan = utility.set_parameter(cursor) if word == "set" else utility.reset(cursor)
        return Plan(f"ALTER ROLE {quote(user)} {plan.sql}", verb="ALTER USER", tag="ALTER USER")
    cursor.accept("with")
    options, after = read_options(cursor, user, is_new=False)
    if not options and not after:
        raise errors.syntax_error("")
    sql = f"ALTER ROLE {quote(user)} {' '.join(options)}"
    return Plan(sql, after=tuple(after), verb="ALTER USER", tag="ALTER USER")


def drop_user(cursor: Cursor) -> Plan:
    is_conditional = cursor.accept("if", "exists")
    names = ", ".join(quote(name) for name in read_list(cursor))
    return Plan(f"DROP ROLE {'IF EXISTS ' * is_conditional}{names}", verb="DROP USER", tag="DROP USER")


def create_group(cursor: Cursor) -> Plan:
    """CREATE GROUP name [[WITH] [USER] user, …]."""
    name = cursor.name()
    if name.startswith("__"):
        raise RedshiftError("42939", 'Group name cannot start with "__"')
    cursor.accept("with")
    cursor.accept("user")
    members = [] if cursor.at_end else read_list(cursor)
    after = tuple(f"GRANT {group(name)} TO {quote(member)}" for member in members)
    return Plan(f"CREATE ROLE {group(name)} NOLOGIN", after=after, verb="CREATE GROUP", tag="CREATE GROUP")


def alter_group(cursor: Cursor) -> Plan:
    name = cursor.name()
    if cursor.accept("rename", "to"):
        sql = f"ALTER ROLE {group(name)} RENAME TO {group(cursor.name())}"
    elif cursor.accept("add", "user"):
        sql = f"GRANT {group(name)} TO {', '.join(quote(user) for user in read_list(cursor))}"
    elif cursor.accept("drop", "user"):
        sql = f"REVOKE {group(name)} FROM {', '.join(quote(user) for user in read_list(cursor))}"
    else:
        raise cursor.unexpected()
    return Plan(sql, verb="ALTER GROUP", tag="ALTER GROUP")


def drop_group(cursor: Cursor) -> Plan:
    return Plan(f"DROP ROLE {group(cursor.name())}", verb="DROP GROUP", tag="DROP GROUP")


STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {
    "create user": create_user,
    "alter user": alter_user,
    "drop user": drop_user,
    "create group": create_group,
    "alter group": alter_group,
    "drop group": drop_group,
    "grant": grants.grant,
    "revoke": grants.revoke,
    "alter default privileges": grants.alter_default,
}
