"""ALTER TABLE: one action a statement. Source: r_ALTER_TABLE.md, r_ALTER_TABLE_APPEND.md"""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox.backend import RedshiftError
from sandbox.redshift import ddl, errors
from sandbox.redshift.datatypes import read_type
from sandbox.redshift.lexer import Cursor, literal, quote
from sandbox.redshift.plan import Plan
from sandbox.redshift.reserved import check_name


def alter_table(cursor: Cursor) -> Plan:
    name = cursor.qualified()
    for words, build in ACTIONS.items():
        if cursor.accept(*words.split()):
            plan = build(cursor, quote(*name))
            if cursor.looks_at(","):
                raise errors.syntax_error(",")
            return plan
    raise cursor.unexpected()


def plan(sql: str, after: tuple[str, ...] = (), is_outside_only: bool = False) -> Plan:
    verb = "ALTER TABLE ALTER COLUMN" if is_outside_only else "ALTER TABLE"
    return Plan(sql, after=after, verb=verb, tag="ALTER TABLE", is_outside_only=is_outside_only)


def regclass(table: str) -> str:
    return f"{literal(table)}::regclass"


def add_column(cursor: Cursor, table: str) -> Plan:
    """ADD [COLUMN] name type [DEFAULT …] [ENCODE …] [[NOT] NULL]; no IF NOT EXISTS, IDENTITY, key."""
    if cursor.looks_at("if"):
        raise errors.syntax_error("not")
    design = ddl.Design()
    column, _kind, sql = ddl.read_column(cursor, design)
    if design.keys or design.distkey or design.sortkey or " AS IDENTITY" in sql:
        raise errors.unsupported(f'ALTER TABLE ADD COLUMN cannot make "{column}" a key or an identity column')
    if " NOT NULL" in sql and " DEFAULT " not in sql:
        raise errors.unsupported("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    encoding = design.encodings.get(column, "")
    after = (
        f"SELECT rs.adopt({regclass(table)}, false)",
        f"SELECT rs.set_column({regclass(table)}, {literal(column)}, {literal(encoding)})",
    )
    return plan(f"ALTER TABLE {table} ADD COLUMN {sql}", after)


def drop_column(cursor: Cursor, table: str) -> Plan:
    column = cursor.name()
    behaviour = cursor.accept_any("cascade", "restrict").upper()
    check = f"SELECT rs.check_droppable({regclass(table)}, {literal(column)})"
    sql = f"ALTER TABLE {table} DROP COLUMN {quote(column)} {behaviour}".rstrip()
    return Plan(sql, before=(check,), verb="ALTER TABLE", tag="ALTER TABLE")


def rename_table(cursor: Cursor, table: str) -> Plan:
    new = cursor.name()
    check_name(new, cursor.is_behind_quoted)
    return plan(f"ALTER TABLE {table} RENAME TO {quote(new)}")


def rename_column(cursor: Cursor, table: str) -> Plan:
    old = cursor.name()
    cursor.expect("to")
    return plan(f"ALTER TABLE {table} RENAME COLUMN {quote(old)} TO {quote(cursor.name())}")


def owner(cursor: Cursor, table: str) -> Plan:
    return plan(f"ALTER TABLE {table} OWNER TO {quote(cursor.name())}")


def alter_column(cursor: Cursor, table: str) -> Plan:
    """ALTER COLUMN c {TYPE varchar(n) | ENCODE e}: outside a transaction block only."""
    column = cursor.name()
    if cursor.accept("encode"):
        call = f"rs.set_column({regclass(table)}, {literal(column)}, {literal(ddl.read_encoding(cursor))})"
        return plan(f"SELECT {call}", is_outside_only=True)
    if not cursor.accept("type"):
        raise cursor.unexpected()
    kind = read_type(cursor, column)
    if not cursor.at_end:
        raise cursor.unexpected()
    if kind.name != "varchar":
        raise errors.unsupported(
            f'cannot alter column "{column}", target data type "{kind.engine()}" is not supported (only VARCHAR)'
        )
    return plan(f"SELECT rs.alter_varchar({regclass(table)}, {literal(column)}, {kind.length})", is_outside_only=True)


def add_constraint(cursor: Cursor, table: str) -> Plan:
    design = ddl.Design()
    cursor.position -= 1
    ddl.read_constraint(cursor, design)
    (key,) = design.keys
    reference = regclass(key["table"]) if key["table"] else "NULL"
    recorded = json.dumps({name: key[name] for name in ("type", "name", "columns", "referred")})
    return plan(f"SELECT rs.add_key({regclass(table)}, {literal(recorded)}, {reference})")


def drop_constraint(cursor: Cursor, table: str) -> Plan:
    name = cursor.name()
    cursor.accept_any("cascade", "restrict")
    return plan(f"SELECT rs.drop_key({regclass(table)}, {literal(name)})")


def distkey(cursor: Cursor, table: str) -> Plan:
    return plan(f"SELECT rs.set_distribution({regclass(table)}, 'key', {literal(cursor.name())})")


def diststyle(cursor: Cursor, table: str) -> Plan:
    style = cursor.accept_any("all", "even", "auto", "key")
    if not style:
        raise cursor.unexpected()
    column = ""
    if style == "key":
        cursor.expect("distkey")
        column = cursor.name()
    return plan(f"SELECT rs.set_distribution({regclass(table)}, {literal(style)}, {literal(column)})")


def sortkey(cursor: Cursor, table: str) -> Plan:
    """ALTER [COMPOUND] SORTKEY {(c, …) | AUTO | NONE}."""
    columns = [] if cursor.accept_any("auto", "none") else cursor.names()
    return plan(f"SELECT rs.set_sortkey({regclass(table)}, {literal(json.dumps(columns))})")


def no_change(cursor: Cursor, table: str) -> Plan:
    return plan(f"SELECT rs.check_owner({regclass(table)})")


def append(cursor: Cursor, table: str) -> Plan:
    """APPEND FROM source [IGNOREEXTRA | FILLTARGET]: moves the rows, commits at once."""
    source = quote(*cursor.qualified())
    mode = cursor.accept_any("ignoreextra", "filltarget")
    sql = f"SELECT rs.append({regclass(table)}, {regclass(source)}, {literal(mode)})"
    return Plan(sql, verb="ALTER TABLE APPEND", tag="ALTER TABLE APPEND", is_outside_only=True)


def refused(cursor: Cursor, table: str) -> Plan:
    raise RedshiftError("0A000", "ALTER TABLE SET SCHEMA and table properties are not known to the sandbox")


ACTIONS: dict[str, Callable[[Cursor, str], Plan]] = {
    "add constraint": add_constraint,
    "add primary": add_constraint,
    "add unique": add_constraint,
    "add foreign": add_constraint,
    "add check": add_constraint,
    "add column": add_column,
    "add": add_column,
    "drop constraint": drop_constraint,
    "drop column": drop_column,
    "drop": drop_column,
    "rename to": rename_table,
    "rename column": rename_column,
    "rename": rename_column,
    "owner to": owner,
    "alter column": alter_column,
    "alter distkey": distkey,
    "alter diststyle": diststyle,
    "alter compound sortkey": sortkey,
    "alter sortkey": sortkey,
    "alter encode auto": no_change,
    "append from": append,
    "set": refused,
}
STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {"alter table": alter_table}
