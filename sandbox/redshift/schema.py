"""Schemas, views, databases, comments, and DROP."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.backend import RedshiftError
from sandbox.redshift import errors
from sandbox.redshift.lexer import Cursor, Token, literal, quote, render
from sandbox.redshift.plan import Plan
from sandbox.redshift.query import translate


def drop(kind: str, cursor: Cursor) -> Plan:
    """DROP TABLE, VIEW or SCHEMA: [IF EXISTS] name [, …] [CASCADE | RESTRICT]."""
    is_conditional = cursor.accept("if", "exists")
    names = [quote(*cursor.qualified())]
    while cursor.accept(","):
        names.append(quote(*cursor.qualified()))
    behaviour = cursor.accept_any("cascade", "restrict").upper()
    sql = f"DROP {kind} {'IF EXISTS ' * is_conditional}{', '.join(names)} {behaviour}".rstrip()
    return Plan(sql, verb=f"DROP {kind}", tag=f"DROP {kind}")


def create_view(cursor: Cursor, is_replacing: bool = False) -> Plan:
    """CREATE [OR REPLACE] VIEW name [(columns)] AS query [WITH NO SCHEMA BINDING]. Source: r_CREATE_VIEW.md"""
    name = cursor.qualified()
    columns = f" ({', '.join(quote(column) for column in cursor.names())})" if cursor.looks_at("(") else ""
    cursor.expect("as")
    query = cursor.until()
    is_late = [token.value for token in query[-4:]] == ["with", "no", "schema", "binding"]
    body = translate(query[:-4] if is_late else query, cursor.lookup)
    head = f"CREATE {'OR REPLACE ' * is_replacing}VIEW {quote(*name)}{columns}"
    if is_late:
        check_qualified(query[:-4])
        sql = f"SELECT rs.create_late({literal(head)}, {literal(body)})"
    else:
        sql = f"{head} AS {body}"
    shown = render(query)
    if is_late:
        # The catalog shows the whole statement, in which a backslash is written as two.
        shown = f"create view {quote(*name)} as {shown}".replace("\\", "\\\\")
    after = (f"SELECT rs.set_view_text({literal(quote(*name))}::regclass, {literal(shown)}, {str(is_late).lower()})",)
    return Plan(sql, after=after, verb="CREATE VIEW", tag="CREATE VIEW")


def check_qualified(query: list[Token]) -> None:
    """A late-binding view names every table with its schema. Raises: RedshiftError."""
    from sqlglot import exp

    from sandbox.redshift.query import parse_tree

    tree = parse_tree(query)
    defined = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not table.db and table.name not in defined:
            raise RedshiftError(
                "0A000", "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING."
            )


def replace_view(cursor: Cursor) -> Plan:
    return create_view(cursor, is_replacing=True)


def create_schema(cursor: Cursor) -> Plan:
    """CREATE SCHEMA [IF NOT EXISTS] s [AUTHORIZATION u] [QUOTA …]. Source: r_CREATE_SCHEMA.md"""
    is_conditional = cursor.accept("if", "not", "exists")
    name = "" if cursor.looks_at("authorization") else cursor.name()
    if name.startswith("pg_") or name == "rs":
        raise RedshiftError("42939", f'unacceptable schema name "{name}"')
    owner = cursor.name() if cursor.accept("authorization") else ""
    if cursor.accept("quota") and not cursor.accept("unlimited"):
        cursor.integer()
        cursor.accept_any("mb", "gb", "tb")
    sql = f"CREATE SCHEMA {'IF NOT EXISTS ' * is_conditional}{quote(name or owner)}"
    sql += f" AUTHORIZATION {quote(owner)}" if owner else ""
    return Plan(sql, verb="CREATE SCHEMA", tag="CREATE SCHEMA")


def create_database(cursor: Cursor) -> Plan:
    """CREATE DATABASE d [WITH] [OWNER [=] u] [ISOLATION LEVEL …]. Source: r_CREATE_DATABASE.md"""
    name = cursor.name()
    cursor.accept("with")
    level, owner = "repeatable read", ""
    while not cursor.at_end:
        if cursor.accept("owner"):
            cursor.accept("=")
            owner = f" OWNER {quote(cursor.name())}"
        elif cursor.accept("connection", "limit"):
            if not cursor.accept("unlimited"):
                cursor.integer()
        elif cursor.accept("isolation", "level"):
            chosen = cursor.accept_any("serializable", "snapshot")
            if not chosen:
                raise cursor.unexpected()
            level = "serializable" if chosen == "serializable" else "repeatable read"
        else:
            raise cursor.unexpected()
    return Plan(
        f"CREATE DATABASE {quote(name)} TEMPLATE redshift_template{owner}",
        after=(f"ALTER DATABASE {quote(name)} SET default_transaction_isolation = '{level}'",),
        verb="CREATE DATABASE",
        tag="CREATE DATABASE",
        is_outside_only=True,
    )


def alter_database(cursor: Cursor) -> Plan:
    """ALTER DATABASE d {RENAME TO n | OWNER TO u}. Source: r_ALTER_DATABASE.md"""
    name = quote(cursor.name())
    if cursor.accept("rename", "to"):
        sql = f"ALTER DATABASE {name} RENAME TO {quote(cursor.name())}"
    elif cursor.accept("owner", "to"):
        sql = f"ALTER DATABASE {name} OWNER TO {quote(cursor.name())}"
    else:
        raise cursor.unexpected()
    return Plan(sql, verb="ALTER DATABASE")


def drop_database(cursor: Cursor) -> Plan:
    name = cursor.name()
    cursor.accept("force")
    return Plan(f"DROP DATABASE {quote(name)}", verb="DROP DATABASE", is_outside_only=True)


def alter_schema(cursor: Cursor) -> Plan:
    """ALTER SCHEMA s {RENAME TO n | OWNER TO u | QUOTA …}. Source: r_ALTER_SCHEMA.md"""
    name = quote(cursor.name())
    if cursor.accept("rename", "to"):
        sql = f"ALTER SCHEMA {name} RENAME TO {quote(cursor.name())}"
    elif cursor.accept("owner", "to"):
        sql = f"ALTER SCHEMA {name} OWNER TO {quote(cursor.name())}"
    else:
        raise cursor.unexpected()
    return Plan(sql, verb="ALTER SCHEMA")


def comment(cursor: Cursor) -> Plan:
    """COMMENT ON {TABLE | COLUMN | VIEW | SCHEMA | DATABASE} name IS {'text' | NULL}. Source: r_COMMENT.md"""
    kind = cursor.accept_any("table", "column", "view", "schema", "database")
    if not kind:
        raise errors.unsupported("COMMENT ON this kind of object is not known to the sandbox")
    name = quote(*cursor.qualified())
    cursor.expect("is")
    text = "NULL" if cursor.accept("null") else literal(cursor.string())
    return Plan(f"COMMENT ON {kind.upper()} {name} IS {text}", verb="COMMENT")


STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {
    "create view": create_view,
    "create or replace view": replace_view,
    "create schema": create_schema,
    "create database": create_database,
    "alter database": alter_database,
    "drop view": lambda cursor: drop("VIEW", cursor),
    "drop schema": lambda cursor: drop("SCHEMA", cursor),
    "drop database": drop_database,
    "alter schema": alter_schema,
    "comment on": comment,
}
