"""CREATE and ALTER of tables: Redshift's design attributes are kept beside the engine's table.

Source: r_CREATE_TABLE_NEW.md, r_CREATE_TABLE_AS.md, r_ALTER_TABLE.md
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.backend import RedshiftError
from sandbox.redshift import datatypes, errors, schema
from sandbox.redshift.dml import joining
from sandbox.redshift.lexer import Cursor, Token, literal, quote, words
from sandbox.redshift.plan import Plan
from sandbox.redshift.query import generate, parse_tree, prepare, translate_expression
from sandbox.redshift.reserved import check_column_name, check_name

ENCODINGS = words(
    """
    az64 bytedict delta delta32k lzo mostly8 mostly16 mostly32 raw runlength text255 text32k zstd auto
    """
)
MAX_COLUMNS, MAX_COMPOUND, MAX_INTERLEAVED = 1600, 400, 8


@dataclass
class Design:
    """What CREATE TABLE says beyond the engine's own: keys, distribution, sort order, encodings."""

    diststyle: str = ""
    distkey: str = ""
    sortkey: list[str] = field(default_factory=list)
    is_interleaved: bool = False
    encodings: dict[str, str] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    like: str = ""
    has_attributes: bool = False

    def as_json(self) -> str:
        return json.dumps(
            {
                "diststyle": self.diststyle or ("key" if self.distkey else "auto"),
                "distkey": self.distkey,
                "sortkey": self.sortkey,
                "interleaved": self.is_interleaved,
                "encodings": self.encodings,
                "keys": [{name: key[name] for name in ("type", "name", "columns", "referred")} for key in self.keys],
            }
        )

    def references(self) -> str:
        """The tables of LIKE and of each key as arguments of rs.declare."""
        names = [self.like, *(key["table"] for key in self.keys)]
        return ", ".join(f"{literal(name)}::regclass" if name else "NULL::regclass" for name in [*names, ""])

    def set_distkey(self, column: str) -> None:
        if self.distkey:
            raise RedshiftError("42601", "Cannot specify more than one DISTKEY")
        self.distkey = column

    def check(self, types: dict[str, str]) -> None:
        """Refuse attributes that contradict each other or the columns. Raises: RedshiftError."""
        if self.distkey and self.diststyle not in ("", "key"):
            raise RedshiftError("0A000", "Cannot specify a DISTKEY column with a DISTSTYLE other than KEY")
        if self.diststyle == "key" and not self.distkey:
            raise RedshiftError("0A000", "DISTSTYLE KEY requires a DISTKEY column")
        limit = MAX_INTERLEAVED if self.is_interleaved else MAX_COMPOUND
        if len(self.sortkey) > limit:
            raise RedshiftError("54011", f"Cannot have more than {limit} sort key columns")
        for column in [*self.sortkey, *([self.distkey] if self.distkey else [])]:
            if types and column not in types:
                raise RedshiftError("42703", f'column "{column}" named in key does not exist')
            if types.get(column) in ("super", "varbyte") and types[column] == "super":
                raise RedshiftError("0A000", f'SUPER column "{column}" cannot be a distribution or sort key')


def create_table(cursor: Cursor) -> Plan:
    return read_table(cursor, is_temporary=False)


def create_temp_table(cursor: Cursor) -> Plan:
    return read_table(cursor, is_temporary=True)


def read_table(cursor: Cursor, is_temporary: bool) -> Plan:
    """CREATE TABLE … ( … ) or CREATE TABLE … AS."""
    is_conditional = cursor.accept("if", "not", "exists")
    name = cursor.qualified()
    check_name(name[-1], cursor.is_behind_quoted)
    is_temporary = is_temporary or name[-1].startswith("#")
    if is_temporary and len(name) > 1:
        raise RedshiftError("42P16", "temporary tables may not specify a schema name")
    design = Design()
    head = f"CREATE {'TEMP ' * is_temporary}TABLE {'IF NOT EXISTS ' * is_conditional}{quote(*name)}"
    if is_query(cursor):
        return create_table_as(cursor, head, name, design, is_conditional)
    cursor.expect("(")
    items, types = read_items(cursor, design)
    read_attributes(cursor, design)
    if design.like and design.has_attributes:
        raise RedshiftError(
            "0A000", "CREATE TABLE LIKE cannot specify distribution style, distribution key or sort key"
        )
    design.check(types)
    return Plan(f"{head} ({', '.join(items)})", after=declare(name, design), verb="CREATE TABLE", tag="CREATE TABLE")


def declare(name: tuple[str, ...], design: Design, is_result: bool = False) -> tuple[str, ...]:
    """The engine statements that add byte checks and record the design."""
    table = f"{literal(quote(*name))}::regclass"
    return (
        f"SELECT rs.adopt({table}, {str(is_result).lower()})",
        f"SELECT rs.declare({table}, {literal(design.as_json())}, {design.references()})",
    )


def is_query(cursor: Cursor) -> bool:
    """Whether an AS follows outside parentheses: CREATE TABLE AS."""
    start = cursor.position
    cursor.until("as")
    found = cursor.looks_at("as")
    cursor.position = start
    return found


def create_table_as(cursor: Cursor, head: str, name: tuple[str, ...], design: Design, is_conditional: bool) -> Plan:
    """No constraints, defaults, types; own distribution and sort keys. Source: r_CREATE_TABLE_AS.md"""
    if is_conditional:
        raise errors.syntax_error("not")
    columns = f" ({quote_list(cursor.names())})" if cursor.looks_at("(") else ""
    read_attributes(cursor, design)
    cursor.expect("as")
    query = cursor.until()
    if not query:
        raise errors.syntax_error("")
    if query[0].value == "(" and query[-1].value == ")":
        query = query[1:-1]
    design.check({})
    tree = parse_tree(query)
    hash_joins, any_joins = joining(tree)
    return Plan(
        f"{head}{columns} AS {generate(prepare(tree, cursor.lookup))}",
        before=hash_joins,
        after=(*any_joins, *declare(name, design, is_result=True)),
        verb="CREATE TABLE AS",
        tag="SELECT",
    )


def quote_list(names: list[str]) -> str:
    return ", ".join(quote(name) for name in names)


def read_items(cursor: Cursor, design: Design) -> tuple[list[str], dict[str, str]]:
    """The parenthesised columns and constraints: engine SQL, and the columns' types."""
    items: list[str] = []
    types: dict[str, str] = {}
    while True:
        if cursor.accept("like"):
            items.append(read_like(cursor, design))
        elif cursor.looks_at("constraint") or cursor.looks_at_any("primary", "unique", "foreign", "check"):
            read_constraint(cursor, design)
        else:
            column, type_name, sql = read_column(cursor, design)
            if column in types:
                raise RedshiftError("42701", f'column "{column}" duplicated')
            types[column] = type_name
            items.append(sql)
        if not cursor.accept(","):
            break
    cursor.expect(")")
    if len(types) > MAX_COLUMNS:
        raise RedshiftError("54011", f"tables can have at most {MAX_COLUMNS} columns")
    for key in design.keys:
        missing = [column for column in key["columns"] if column not in types]
        if missing and not design.like:
            raise RedshiftError("42703", f'column "{missing[0]}" named in key does not exist')
    primary = {column for key in design.keys if key["type"] == "p" for column in key["columns"]}
    return [item + " NOT NULL" * needs_not_null(item, primary) for item in items], types


def needs_not_null(item: str, primary: set[str]) -> bool:
    return any(item.startswith(quote(column) + " ") for column in primary) and " NOT NULL" not in item


def read_like(cursor: Cursor, design: Design) -> str:
    """LIKE copies names, types, NOT NULL, distribution, sort keys; defaults only when asked."""
    source = quote(*cursor.qualified())
    design.like = source
    options = ""
    if cursor.accept("including", "defaults"):
        options = " INCLUDING DEFAULTS"
    else:
        cursor.accept("excluding", "defaults")
    return f"LIKE {source}{options}"


def read_column(cursor: Cursor, design: Design) -> tuple[str, str, str]:
    """One column: name, Redshift's type name, engine SQL."""
    column = cursor.name()
    check_column_name(column, cursor.is_behind_quoted)
    kind = datatypes.read_type(cursor, column)
    words = [quote(column), kind.engine()]
    while not (cursor.at_end or cursor.looks_at(",") or cursor.looks_at(")")):
        words.append(read_column_attribute(cursor, column, kind, design))
    return column, kind.name, " ".join(word for word in words if word)


def read_column_attribute(cursor: Cursor, column: str, kind: datatypes.DataType, design: Design) -> str:
    """One attribute; what only Redshift has goes to the design and leaves no SQL."""
    if cursor.accept("not", "null"):
        return "NOT NULL"
    if cursor.accept("null"):
        return "NULL"
    if cursor.accept("default"):
        return f"DEFAULT ({translate_expression(read_default(cursor))})"
    if cursor.accept("identity"):
        return f"GENERATED ALWAYS AS IDENTITY {read_identity(cursor, column, kind)}"
    if cursor.accept("generated", "by", "default", "as", "identity"):
        return f"GENERATED BY DEFAULT AS IDENTITY {read_identity(cursor, column, kind)}"
    if cursor.accept("encode"):
        design.encodings[column] = read_encoding(cursor)
    elif cursor.accept("distkey"):
        design.has_attributes = True
        design.set_distkey(column)
    elif cursor.accept("sortkey"):
        design.has_attributes = True
        if design.sortkey:
            raise RedshiftError("42601", "Cannot specify more than one SORTKEY column; use SORTKEY ( column, ... )")
        design.sortkey = [column]
    elif cursor.accept("collate"):
        if not cursor.accept_any("case_sensitive", "cs"):
            raise errors.unsupported("COLLATE CASE_INSENSITIVE is not known to the sandbox")
    elif cursor.accept("primary", "key"):
        add_key(design, "p", "", [column])
    elif cursor.accept("unique"):
        add_key(design, "u", "", [column])
    elif cursor.accept("references"):
        add_key(design, "f", "", [column], *read_reference(cursor))
    elif cursor.looks_at("check"):
        raise errors.unsupported("CHECK constraints are not supported")
    else:
        raise cursor.unexpected()
    return ""


ATTRIBUTES = (
    *("not", "null", "identity", "generated", "encode", "distkey", "sortkey", "collate", "primary", "unique"),
    *("references", "check", "default", ",", ")"),
)


def read_default(cursor: Cursor) -> list[Token]:
    """The tokens of a DEFAULT expression; a leading NULL belongs to it."""
    start = cursor.position
    cursor.next()
    if not (start < len(cursor.tokens) and cursor.tokens[start].value == "null"):
        cursor.position = start
        cursor.until(*ATTRIBUTES)
    while cursor.accept("::"):
        datatypes.read_type(cursor)
    return cursor.tokens[start : cursor.position]


def read_identity(cursor: Cursor, column: str, kind: datatypes.DataType) -> str:
    """IDENTITY(seed, step), for INT and BIGINT only."""
    if kind.name not in ("integer", "bigint"):
        raise RedshiftError("0A000", f'IDENTITY column "{column}" must be of type INT or BIGINT')
    cursor.expect("(")
    seed = cursor.integer()
    cursor.expect(",")
    step = cursor.integer()
    cursor.expect(")")
    bounds = f"MINVALUE {seed}" if step > 0 else f"MAXVALUE {seed}"
    return f"(START WITH {seed} INCREMENT BY {step} {bounds})"


def read_encoding(cursor: Cursor) -> str:
    encoding = cursor.name()
    if encoding not in ENCODINGS:
        raise RedshiftError("0A000", f'invalid encoding type "{encoding}"')
    return encoding


def read_reference(cursor: Cursor) -> tuple[str, list[str]]:
    table = quote(*cursor.qualified())
    return table, cursor.names() if cursor.looks_at("(") else []


def add_key(
    design: Design, kind: str, name: str, columns: list[str], table: str = "", referred: list[str] | None = None
) -> None:
    if kind == "p" and any(key["type"] == "p" for key in design.keys):
        raise RedshiftError("42P16", "multiple primary keys for table are not allowed")
    design.keys.append({"type": kind, "name": name, "columns": columns, "table": table, "referred": referred or []})


def read_constraint(cursor: Cursor, design: Design) -> None:
    """A table constraint; recorded, never enforced. Source: t_Defining_constraints.md"""
    name = cursor.name() if cursor.accept("constraint") else ""
    if cursor.accept("primary", "key"):
        add_key(design, "p", name, cursor.names())
    elif cursor.accept("unique"):
        add_key(design, "u", name, cursor.names())
    elif cursor.accept("foreign", "key"):
        columns = cursor.names()
        cursor.expect("references")
        add_key(design, "f", name, columns, *read_reference(cursor))
    elif cursor.looks_at("check"):
        raise errors.unsupported("CHECK constraints are not supported")
    else:
        raise cursor.unexpected()


def read_attributes(cursor: Cursor, design: Design) -> None:
    """BACKUP, DISTSTYLE, DISTKEY, SORTKEY, ENCODE AUTO behind the columns."""
    while not (cursor.at_end or cursor.looks_at("as")):
        if cursor.accept("backup"):
            if not cursor.accept_any("yes", "no"):
                raise cursor.unexpected()
            continue
        if cursor.accept("encode", "auto"):
            continue
        design.has_attributes = True
        if cursor.accept("diststyle"):
            design.diststyle = cursor.accept_any("auto", "even", "key", "all")
            if not design.diststyle:
                raise cursor.unexpected()
        elif cursor.accept("distkey"):
            (column,) = cursor.names()
            design.set_distkey(column)
        elif cursor.accept("sortkey", "auto"):
            continue
        else:
            design.is_interleaved = cursor.accept_any("compound", "interleaved") == "interleaved"
            cursor.expect("sortkey")
            if design.sortkey:
                raise RedshiftError("42601", "Cannot specify more than one SORTKEY")
            design.sortkey = cursor.names()


def drop_table(cursor: Cursor) -> Plan:
    return schema.drop("TABLE", cursor)


def truncate(cursor: Cursor) -> Plan:
    """TRUNCATE commits. One table, no CASCADE. Source: r_TRUNCATE.md"""
    cursor.accept("table")
    name = cursor.qualified()
    return Plan(f"TRUNCATE TABLE {quote(*name)}", verb="TRUNCATE", tag="TRUNCATE", is_committing=True)


STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {
    "create table": create_table,
    "create temp table": create_temp_table,
    "create temporary table": create_temp_table,
    "create local temp table": create_temp_table,
    "create local temporary table": create_temp_table,
    "drop table": drop_table,
    "truncate": truncate,
}
