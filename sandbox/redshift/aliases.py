"""Names of select-list items: lateral references to them, and the names of unnamed ones.

Redshift lets a select item, WHERE, QUALIFY and HAVING name an earlier item's alias; a column of the source wins.
Source: https://aws.amazon.com/about-aws/whats-new/2018/08/amazon-redshift-announces-support-for-lateral-column-alias-reference/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from sandbox.redshift import catalog

# The columns of tables and views, by the tables' engine names.
Lookup = Callable[[list[tuple[str, ...]]], set[str]]
CLAUSES = ("where", "having", "qualify")


def expand_aliases(tree: exp.Expr, lookup: Lookup) -> None:
    """Replace lateral references by the expressions they name."""
    for select in tree.find_all(exp.Select):
        aliases = {item.alias: item.this for item in select.expressions if isinstance(item, exp.Alias)}
        if aliases and any(is_candidate(name, select, aliases) for name in aliases):
            expand(select, lookup)


def is_candidate(name: str, select: exp.Select, aliases: dict[str, exp.Expr]) -> bool:
    """Whether anything but the item itself names it."""
    seen = False
    for item in select.expressions:
        if seen and any(column.name == name for column in references(item)):
            return True
        seen = seen or (isinstance(item, exp.Alias) and item.alias == name)
    clauses = [select.args[clause] for clause in CLAUSES if select.args.get(clause)]
    return any(column.name == name for clause in clauses for column in references(clause))


def references(node: exp.Expr) -> Iterator[exp.Column]:
    """Unqualified columns below a node, without those of nested queries."""
    for child in node.walk(prune=lambda each: isinstance(each, exp.Query)):
        if isinstance(child, exp.Column) and not child.table:
            yield child


def expand(select: exp.Select, lookup: Lookup) -> None:
    own = source_columns(select, lookup)
    known: dict[str, exp.Expr] = {}
    for item in select.expressions:
        replace_all(item, known)
        if isinstance(item, exp.Alias) and item.alias not in own and item.alias not in known:
            known[item.alias] = item.this
    for clause in CLAUSES:
        if select.args.get(clause):
            replace_all(select.args[clause], known)


def replace_all(node: exp.Expr, known: dict[str, exp.Expr]) -> None:
    for column in list(references(node)):
        if column.name in known and column is not node:
            column.replace(exp.Paren(this=known[column.name].copy()))


def source_columns(select: exp.Select, lookup: Lookup) -> set[str]:
    """The columns that the FROM clause of a query offers."""
    sources = [join.this for join in select.args.get("joins") or []]
    if select.args.get("from_"):
        sources.append(select.args["from_"].this)
    root = select.root()
    defined = {cte.alias: cte for cte in root.find_all(exp.CTE)}
    tables: list[tuple[str, ...]] = []
    columns: set[str] = set()
    for source in sources:
        if isinstance(source, exp.Table) and not source.db and source.name in defined:
            columns |= query_columns(defined[source.name], lookup)
        elif isinstance(source, exp.Table):
            tables.append(engine_name(source))
        elif isinstance(source, exp.Subquery):
            columns |= query_columns(source, lookup)
    return columns | (lookup(tables) if tables else set())


def engine_name(table: exp.Table) -> tuple[str, ...]:
    if catalog.is_system(table.db, table.name) and table.db != "information_schema":
        return ("rs" if table.name in catalog.OWN else "pg_catalog", table.name)
    return (table.db, table.name) if table.db else (table.name,)


def query_columns(holder: exp.CTE | exp.Subquery, lookup: Lookup) -> set[str]:
    """The columns of a subquery or a common table expression."""
    renamed = holder.args["alias"].columns if holder.args.get("alias") else []
    if renamed:
        return {column.name for column in renamed}
    query = holder.this
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    if not isinstance(query, exp.Select):
        return set()
    names = {item.alias_or_name for item in query.expressions}
    return names | source_columns(query, lookup) if "*" in names else names


def name_items(tree: exp.Expr) -> None:
    """Name unnamed items as Redshift would, so that the engine's rewriting does not show."""
    for select in tree.find_all(exp.Select):
        for item in list(select.expressions):
            if not isinstance(item, (exp.Alias, exp.Column, exp.Star)):
                name = figure_name(item)
                if name:
                    item.replace(exp.alias_(item.copy(), name, quoted=True))


def figure_name(node: exp.Expr) -> str:
    """The name of an unnamed select item; empty for `?column?`."""
    if isinstance(node, (exp.Window, exp.WithinGroup, exp.Paren, exp.Subquery)):
        inner = node.this
        if isinstance(node, exp.Subquery):
            return inner.expressions[0].alias_or_name if isinstance(inner, exp.Select) else ""
        return figure_name(inner)
    if isinstance(node, exp.Anonymous):
        return FUNCTION_NAMES.get(node.name.lower(), node.name.lower())
    if isinstance(node, exp.Cast):
        return figure_name(node.this) or type_name(node.to)
    if isinstance(node, (exp.Column, exp.Dot)):
        return node.name
    return NODE_NAMES.get(type(node), "")


def type_name(node: exp.Expr) -> str:
    return node.this.value.lower() if type(node) is exp.DataType else str(node.this).lower()


FUNCTION_NAMES = {"nvl": "coalesce", "decode": "case", "nvl2": "case"}
NODE_NAMES: dict[type[exp.Expr], str] = {
    exp.Case: "case",
    exp.Extract: "date_part",
    exp.Trim: "btrim",
    exp.Substring: "substring",
    exp.StrPosition: "position",
    exp.CurrentUser: "current_user",
    exp.CurrentDate: "date",
    exp.Exists: "exists",
}
