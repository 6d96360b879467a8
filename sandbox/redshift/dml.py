"""SELECT, INSERT, UPDATE, DELETE, MERGE: their plans. Writers of one table queue, readers never wait."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from sandbox.backend import RedshiftError
from sandbox.redshift import catalog, errors
from sandbox.redshift.lexer import Cursor, Token, literal, quote, render
from sandbox.redshift.match_condition import check_match
from sandbox.redshift.plan import Plan
from sandbox.redshift.query import generate, parse_tree, prepare


def lock(*table: str) -> str:
    """The engine statement by which writers of one table queue. Source: r_LOCK.md, c_serial_isolation.md"""
    return f"LOCK TABLE {quote(*table)} IN SHARE ROW EXCLUSIVE MODE"


# A table of this size gets indexes on its keys when rows are merged into it.
LARGE_BYTES = 128 * 1024 * 1024


def before_writing(verb: str, *table: str) -> tuple[str, ...]:
    """The engine statements before one that writes into a table: its lock, and the refusal of a view."""
    return lock(*table), f"SELECT rs.check_no_view({literal(quote(*table))}::regclass, {literal(verb)})"


def joining(tree: exp.Expr) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The engine statements around one that writes what it joins, in one transaction with it.

    Redshift loops over a join only where no equality lets it hash or merge; the engine would, by what it believes of a
    table that it has not analyzed yet. Source: c_data_redistribution.md, query-performance-improvement-opportunities.md
    """
    if tree.find(exp.Join) is None:
        return (), ()
    return ("SELECT rs.loop_only_by_index(true)",), ("SELECT rs.loop_only_by_index(false)",)


def name_of(table: exp.Expr) -> tuple[str, ...]:
    """A table node's schema (if any) and name. Raises: RedshiftError for a system table."""
    if not isinstance(table, exp.Table):
        raise errors.syntax_error("")
    name = table.name
    if catalog.is_system(table.db, name):
        raise RedshiftError("42501", f"permission denied for relation {name}")
    return (table.db, name) if table.db else (name,)


def whole(cursor: Cursor) -> list[Token]:
    cursor.position = len(cursor.tokens)
    return cursor.tokens


def select(cursor: Cursor) -> Plan:
    tree = parse_tree(whole(cursor))
    if isinstance(tree, exp.Query):
        into = tree.find(exp.Into)
        if into is not None:
            return select_into(tree, into, cursor)
        return Plan(generate(prepare(tree, cursor.lookup)), verb="SELECT", has_rows=True)
    if isinstance(tree, (exp.Update, exp.Delete)):
        return (update if isinstance(tree, exp.Update) else delete)(cursor)
    raise errors.unsupported("WITH in front of this statement is not supported")


def select_into(tree: exp.Query, into: exp.Into, cursor: Cursor) -> Plan:
    table = into.this
    if table.name.startswith("#"):
        into.set("temporary", True)
    name = quote(*([table.db] if table.db else []), table.name)
    return Plan(
        generate(prepare(tree, cursor.lookup)),
        after=(f"SELECT rs.adopt('{name}'::regclass, true)",),
        verb="SELECT",
        tag="SELECT",
    )


def explain(cursor: Cursor) -> Plan:
    """EXPLAIN [VERBOSE] query. VERBOSE adds nothing here. Source: r_EXPLAIN.md"""
    cursor.accept("verbose")
    tokens = cursor.until()
    if not tokens or tokens[0].value not in ("select", "with"):
        raise errors.unsupported("EXPLAIN of this statement is not known to the sandbox")
    query = generate(prepare(parse_tree(tokens), cursor.lookup))
    return Plan(f'SELECT rs.explain({literal(query)}) AS "QUERY PLAN"', verb="EXPLAIN", has_rows=True)


def insert(cursor: Cursor) -> Plan:
    """INSERT without ON CONFLICT and RETURNING. Source: r_INSERT_30.md"""
    if (plain := plain_insert(cursor)) is not None:
        return plain
    tree = parse_tree(whole(cursor))
    if not isinstance(tree, exp.Insert):
        raise errors.syntax_error("insert")
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if target.args.get("alias"):
        raise errors.syntax_error("as")
    hash_joins, any_joins = joining(tree)
    before = (*before_writing("insert into", *name_of(target)), *hash_joins)
    return Plan(generate(prepare(tree, cursor.lookup)), before=before, after=any_joins, verb="INSERT")


PLAIN_WORDS = ("null", "true", "false", "default")
PLAIN_KINDS = ("string", "number", "parameter")


def plain_insert(cursor: Cursor) -> Plan | None:
    """INSERT … VALUES of nothing but literals and parameters needs no tree; None for any other INSERT."""
    ahead = Cursor(cursor.tokens)
    try:
        ahead.expect("insert", "into")
        table = ahead.qualified()
        if ahead.looks_at("("):
            ahead.names()
        ahead.expect("values")
    except RedshiftError:
        return None
    depth = 0
    for token in cursor.tokens[ahead.position :]:
        if token.kind == "symbol":
            depth += {"(": 1, ")": -1}.get(token.value, 0)
            is_plain = token.value in "(),-+" and depth in (0, 1)
        else:
            is_plain = token.kind in PLAIN_KINDS or (token.kind == "word" and token.value in PLAIN_WORDS)
        if not is_plain:
            return None
    if len(table) > 2 or table[0] == "rs" or catalog.is_system(table[0] if len(table) > 1 else "", table[-1]):
        raise RedshiftError("42501", f"permission denied for relation {table[-1]}")
    return Plan(render(whole(cursor)), before=before_writing("insert into", *table), verb="INSERT")


def update(cursor: Cursor) -> Plan:
    """UPDATE without an alias on its target; SET names columns bare. Source: r_UPDATE.md"""
    tree = parse_tree(whole(cursor))
    if not isinstance(tree, exp.Update):
        raise errors.syntax_error("update")
    target = tree.this
    if target.args.get("alias"):
        raise errors.syntax_error(target.alias)
    check_set(tree)
    before = before_writing("update", *name_of(target))
    return Plan(generate(prepare(tree, cursor.lookup)), before=before, verb="UPDATE")


def check_set(tree: exp.Update) -> None:
    for assignment in tree.expressions:
        if not (isinstance(assignment, exp.EQ) and isinstance(assignment.this, exp.Column)):
            raise errors.syntax_error("set")
        if assignment.this.table:
            raise errors.syntax_error(".")


def delete(cursor: Cursor) -> Plan:
    """DELETE without an alias on its target. Source: r_DELETE.md"""
    tokens = whole(cursor)
    if tokens[0].value == "delete" and len(tokens) > 1 and tokens[1].value != "from":
        tokens = [tokens[0], Token("word", "from", 0), *tokens[1:]]
    tree = parse_tree(tokens)
    if not isinstance(tree, exp.Delete):
        raise errors.syntax_error("delete")
    target = tree.this
    if target.args.get("alias"):
        raise errors.syntax_error(target.alias)
    before = before_writing("delete from", *name_of(target))
    return Plan(generate(prepare(tree, cursor.lookup)), before=before, verb="DELETE")


def merge(cursor: Cursor) -> Plan:
    """MERGE as r_MERGE.md has it: no alias on the target, both branches, no conditions."""
    tokens = whole(cursor)
    if [token.value for token in tokens[-2:]] == ["remove", "duplicates"]:
        return remove_duplicates(Cursor(tokens, cursor.lookup))
    tree = parse_tree(tokens)
    if not isinstance(tree, exp.Merge):
        raise errors.syntax_error("merge")
    target, source = tree.this, tree.args["using"]
    if target.args.get("alias"):
        raise errors.syntax_error(target.alias)
    if not isinstance(source, exp.Table) or catalog.is_system(source.db, source.name):
        raise errors.unsupported("MERGE source must be a table.")
    if name_of(target) == name_of(source):
        raise errors.unsupported("MERGE target and source must be different tables.")
    check_match(tree.args["on"], name_of(target), name_of(source), source.alias, cursor.lookup)
    check_branches(tree.args["whens"].expressions)
    check = f"SELECT rs.check_merge_source({literal(quote(*name_of(source)))}::regclass)"
    index = f"SELECT rs.index_keys({literal(quote(*name_of(target)))}::regclass, {LARGE_BYTES})"
    before = (*before_writing("merge into", *name_of(target)), check, index)
    return Plan(generate(prepare(tree, cursor.lookup)), before=before, verb="MERGE")


def check_branches(whens: list[exp.When]) -> None:
    """Exactly WHEN MATCHED, then WHEN NOT MATCHED, both without conditions. Raises: RedshiftError."""
    for when in whens:
        if when.args.get("condition"):
            raise errors.syntax_error("and")
        if when.args.get("source"):
            raise errors.syntax_error("by")
    if len(whens) == 1:
        raise errors.unsupported("MERGE statement with a single WHEN clause is not enabled.")
    if [bool(when.args.get("matched")) for when in whens] != [True, False]:
        raise errors.syntax_error("when")
    matched, missing = (when.args["then"] for when in whens)
    if isinstance(matched, exp.Update):
        check_set(matched)
    elif not (isinstance(matched, exp.Var) and matched.name.upper() == "DELETE"):
        raise errors.syntax_error(matched.sql().lower())
    if isinstance(missing, exp.Insert) and is_bare_values(missing):
        missing.set("expression", exp.Tuple(expressions=missing.this.expressions[0].expressions))
        missing.set("this", None)
    if not isinstance(missing, exp.Insert) or not isinstance(missing.expression, exp.Tuple):
        raise errors.syntax_error(missing.sql().lower()[:40])
    if any(column.table for column in (missing.this.expressions if missing.this else [])):
        raise errors.syntax_error(".")


def is_bare_values(insert: exp.Insert) -> bool:
    """Whether INSERT VALUES (…), without columns, was read as a column list with a call of VALUES in it."""
    items = insert.this.expressions if isinstance(insert.this, exp.Tuple) and not insert.expression else []
    return len(items) == 1 and isinstance(items[0], exp.Anonymous) and items[0].name.lower() == "values"


def remove_duplicates(cursor: Cursor) -> Plan:
    """MERGE … REMOVE DUPLICATES: matching target rows are replaced, others inserted. Source: r_MERGE (web page)"""
    cursor.expect("merge", "into")
    target = cursor.qualified()
    cursor.expect("using")
    source = cursor.qualified()
    cursor.accept("as")
    alias = cursor.name() if not cursor.looks_at("on") else ""
    cursor.expect("on")
    condition = cursor.until("remove")
    cursor.expect("remove", "duplicates")
    cursor.end()
    head = [Token("word", word, 0) for word in ("select", "1", "where")]
    tree = parse_tree([*head, *condition])
    check_match(tree.args["where"].this, target, source, alias, cursor.lookup)
    predicate = generate(prepare(tree, cursor.lookup)).split(" WHERE ", 1)[1]
    named = f" AS {quote(alias)}" if alias else ""
    removed = f"DELETE FROM {quote(*target)} USING {quote(*source)}{named} WHERE {predicate}"
    inserted = f"INSERT INTO {quote(*target)} SELECT DISTINCT * FROM {quote(*source)}"
    return Plan(inserted, before=(*before_writing("merge into", *target), removed), verb="MERGE", tag="MERGE")


STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {
    "select": select,
    "with": select,
    "(": select,
    "insert into": insert,
    "update": update,
    "delete": delete,
    "merge into": merge,
    "explain": explain,
}
