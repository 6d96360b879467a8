"""Queries: Redshift's SELECT, checked against the grammar, as the engine's SELECT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.parsers.redshift import RedshiftParser
from sqlglot.tokens import TokenType

from sandbox.backend import RedshiftError
from sandbox.redshift import catalog, datatypes, errors, functions
from sandbox.redshift.aliases import Lookup, engine_name, expand_aliases, name_items
from sandbox.redshift.grammar import check_grammar
from sandbox.redshift.lexer import Token
from sandbox.redshift.reserved import check_reserved


class Subset(Redshift):
    """sqlglot's Redshift without its knowledge of functions: a call stays a call, to be looked up by name."""

    class Parser(RedshiftParser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: parser
            for name, parser in RedshiftParser.FUNCTION_PARSERS.items()
            if name in ("CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")
        }
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {
            token: node
            for token, node in RedshiftParser.NO_PAREN_FUNCTIONS.items()
            if token
            in (TokenType.CURRENT_DATE, TokenType.CURRENT_TIMESTAMP, TokenType.CURRENT_USER, TokenType.SESSION_USER)
        }


SUBSET = Subset()


def parse_tree(tokens: list[Token]) -> exp.Expr:
    """The tree of one statement. Raises: RedshiftError 42601."""
    try:
        trees = SUBSET.parse(source_text(tokens))
    except ParseError as error:
        found = error.errors[0].get("highlight") if error.errors else ""
        raise errors.syntax_error(str(found or "")) from error
    except SqlglotError as error:
        raise errors.syntax_error(str(error)[:60]) from error
    if len(trees) != 1 or trees[0] is None:
        raise errors.syntax_error("")
    return trees[0]


def source_text(tokens: list[Token]) -> str:
    """Tokens as text for sqlglot: backslashes doubled, APPROXIMATE left out (the sandbox counts exactly)."""
    words: list[str] = []
    for index, token in enumerate(tokens):
        following = [each.value for each in tokens[index + 1 : index + 4]]
        if token.kind == "word" and token.value == "approximate" and following == ["count", "(", "distinct"]:
            continue
        words.append(token.sql().replace("\\", "\\\\") if token.kind == "string" else token.sql())
    return " ".join(words)


def generate(tree: exp.Expr) -> str:
    return tree.sql(dialect=Postgres, normalize_functions=False)


@errors.within_stack()
def translate(tokens: list[Token], lookup: Lookup) -> str:
    """One SELECT as engine SQL. Raises: RedshiftError."""
    return generate(prepare(parse_tree(tokens), lookup))


def no_columns(tables: list[tuple[str, ...]]) -> set[str]:
    """A lookup for statements without tables."""
    return set()


def translate_expression(tokens: list[Token]) -> str:
    """A scalar expression without columns, such as a DEFAULT, as engine SQL."""
    tree = prepare(parse_tree([Token("word", "select", 0), *tokens]), no_columns)
    item = tree.expressions[0] if isinstance(tree, exp.Select) else tree
    return generate(item.this if isinstance(item, exp.Alias) else item)


def prepare(tree: exp.Expr, lookup: Lookup) -> exp.Expr:
    """Check a tree and turn it into the engine's. Raises: RedshiftError."""
    defined = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = [t for t in tree.find_all(exp.Table) if isinstance(t.this, exp.Identifier) and t.name not in defined]
    user_tables = [table for table in tables if not catalog.is_system(table.db, table.name)]
    unqualify_calls(tree)
    check_grammar(tree, is_catalog_query=not user_tables)
    check_reserved(tree)
    check_functions(tree, has_user_tables=bool(user_tables))
    expand_aliases(tree, lookup)
    name_items(tree)
    for table in tables:
        catalog.redirect(table)
    nodes = list(tree.dfs())
    for node in reversed(nodes):
        rule = RULES.get(type(node))
        if rule is None:
            continue
        new = rule(node)
        if new is not node:
            if node is tree:
                tree = new
            else:
                node.replace(new)
    check_whole_rows(tree, lookup)
    return tree


def check_whole_rows(tree: exp.Expr, lookup: Lookup) -> None:
    """Refuse a table's name in a column's place, which the engine takes as a row. Raises: RedshiftError."""
    sources = [
        source
        for source in tree.find_all(exp.Table, exp.Subquery, exp.CTE)
        if source.alias_or_name and not isinstance(source.this, exp.Anonymous)
    ]
    names = {source.alias_or_name for source in sources}
    rows = {column.name for column in tree.find_all(exp.Column) if not column.table} & names
    if not rows:
        return
    rows -= {alias.alias for alias in tree.find_all(exp.Alias)}
    rows -= {column.name for alias in tree.find_all(exp.TableAlias) for column in alias.columns}
    tables = [engine_name(source) for source in sources if isinstance(source, exp.Table)]
    if missing := rows - lookup(tables):
        raise errors.unsupported(f'Table "{min(missing)}" as a value is not supported')


def unqualify_calls(tree: exp.Expr) -> None:
    """`pg_catalog.f()` is `f()`; other schemas have no functions. Raises: RedshiftError."""
    for node in list(tree.find_all(exp.Dot)):
        if isinstance(node.expression, exp.Anonymous):
            if node.this.name != "pg_catalog":
                raise RedshiftError("42883", f"function {node.this.name}.{node.expression.name}() does not exist")
            node.replace(node.expression)


def check_functions(tree: exp.Expr, has_user_tables: bool) -> None:
    """Refuse leader-node functions beside user tables, and compute-node functions without one."""
    for call in tree.find_all(exp.Anonymous):
        name = call.name.lower()
        if has_user_tables and name in functions.LEADER_ONLY:
            raise RedshiftError(
                "0A000",
                "Specified types or functions (one per INFO message) not supported on Redshift tables.",
                f'Function "{name}" not supported.',
            )
        if not has_user_tables and name in functions.COMPUTE_ONLY:
            raise errors.unsupported(
                "One or more of the used functions must be applied on at least one user created table."
                " Examples of user table only functions are LISTAGG, MEDIAN, PERCENTILE_CONT, etc"
            )


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def function(node: exp.Anonymous) -> exp.Expr:
    """A function call by its name. Raises: RedshiftError 42883."""
    name, arguments = node.name.lower(), node.expressions
    if name in functions.TAKES_PART:
        arguments = [date_part(arguments[0]), *map(as_timestamp, arguments[1:])] if arguments else []
    if name in functions.TAKES_DATES:
        arguments = [as_timestamp(arguments[0]), *arguments[1:]] if arguments else []
    if name in SPECIAL:
        return SPECIAL[name](node, arguments)
    if name in functions.RENAMED:
        return call(functions.RENAMED[name], *arguments)
    if name in functions.OWN or name in functions.CATALOG_OWN:
        return call(f"rs.{name}", *arguments)
    if name in functions.SAME or name in functions.LEADER_ONLY:
        return call(name, *arguments)
    raise RedshiftError("42883", f"function {name}({unknown_types(arguments)}) does not exist")


def as_timestamp(argument: Any) -> Any:
    """A string literal where a date is expected is a TIMESTAMP."""
    if isinstance(argument, exp.Literal) and argument.is_string:
        return exp.Cast(this=argument, to=exp.DataType.build("timestamp", dialect="postgres"))
    return argument


def unknown_types(arguments: list[Any]) -> str:
    return ", ".join(["unknown"] * len(arguments))


def date_part(argument: Any) -> exp.Expr:
    """A date part, written as a word or a string, as the engine's string."""
    name = argument.name if isinstance(argument, (exp.Column, exp.Literal, exp.Var, exp.Identifier)) else ""
    part = functions.DATE_PARTS.get(name.lower())
    if part is None:
        raise RedshiftError("22023", f'timestamp units "{name}" not recognized')
    return exp.Literal.string(part)


def decode(node: exp.Anonymous, arguments: list[Any]) -> exp.Expr:
    """DECODE compares NULL with NULL as equal. Source: r_DECODE_expression.md"""
    if len(arguments) < 3:
        raise RedshiftError("42601", 'syntax error at or near "decode"')
    subject, rest = arguments[0], arguments[1:]
    branches = [
        exp.If(this=exp.NullSafeEQ(this=subject.copy(), expression=key), true=value)
        for key, value in zip(rest[0::2], rest[1::2], strict=False)
    ]
    return exp.Case(ifs=branches, default=rest[-1] if len(rest) % 2 else None)


def nvl2(node: exp.Anonymous, arguments: list[Any]) -> exp.Expr:
    if len(arguments) != 3:
        raise RedshiftError("42601", 'syntax error at or near "nvl2"')
    subject, filled, empty = arguments
    is_filled = exp.Not(this=exp.Is(this=exp.Paren(this=subject), expression=exp.Null()))
    return exp.Case(ifs=[exp.If(this=is_filled, true=filled)], default=empty)


def concat(node: exp.Anonymous, arguments: list[Any]) -> exp.Expr:
    """CONCAT takes two arguments; NULL wins. Source: r_CONCAT.md"""
    if len(arguments) != 2:
        raise RedshiftError("42883", f"function concat({unknown_types(arguments)}) does not exist")
    return exp.Paren(this=exp.DPipe(this=arguments[0], expression=arguments[1], safe=True))


def listagg(node: exp.Anonymous, arguments: list[Any]) -> exp.Expr:
    """LISTAGG as string_agg, refused beyond 65535 bytes. Source: r_LISTAGG.md"""
    distinct = isinstance(arguments[0], exp.Distinct)
    value = arguments[0].expressions[0] if distinct else arguments[0]
    separator = arguments[1] if len(arguments) > 1 else exp.Literal.string("")
    text: exp.Expr = exp.Cast(this=value, to=exp.DataType.build("text"))
    order: exp.Expr | None = None
    group = node.parent
    if isinstance(group, exp.WithinGroup):
        order = group.expression
    if isinstance(group.parent if isinstance(group, exp.WithinGroup) else group, exp.Window):
        raise errors.unsupported("LISTAGG as a window function is not known to the sandbox")
    last: exp.Expr = separator
    if order is not None:
        terms = order.expressions
        if distinct and any(term.this != value for term in terms):
            raise errors.unsupported("LISTAGG DISTINCT ordered by another expression is not known to the sandbox")
        if distinct:
            terms = [exp.Ordered(this=text.copy(), desc=term.args.get("desc")) for term in terms]
        last = exp.Order(this=separator, expressions=terms)
    first = exp.Distinct(expressions=[text]) if distinct else text
    aggregate = call("rs.listagg_limit", call("string_agg", first, last))
    if isinstance(group, exp.WithinGroup):
        group.replace(aggregate)
        return node
    return aggregate


def median(node: exp.Anonymous, arguments: list[Any]) -> exp.Expr:
    order = exp.Order(expressions=[exp.Ordered(this=arguments[0])])
    return exp.WithinGroup(this=call("percentile_cont", exp.Literal.number("0.5")), expression=order)


def sized_aggregate(node: exp.Anonymous, arguments: list[Any]) -> exp.Expr:
    """AVG and SUM with Redshift's result types: a MIN of the same argument tells the type."""
    if len(arguments) != 1:
        raise RedshiftError("42883", f"function {node.name}({unknown_types(arguments)}) does not exist")
    argument = arguments[0]
    typed = argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
    value, sample = call(node.name, argument), call("min", typed.copy())
    window = node.parent
    if not isinstance(window, exp.Window):
        return call(f"rs.{node.name}_of", value, sample)
    check_frame(window)
    windows = []
    for aggregate in (value, sample):
        copied = window.copy()
        copied.this.replace(aggregate)
        windows.append(copied)
    window.replace(call(f"rs.{node.name}_of", *windows))
    return node


SPECIAL: dict[str, Callable[[exp.Anonymous, list[Any]], exp.Expr]] = {
    "decode": decode,
    "nvl2": nvl2,
    "concat": concat,
    "listagg": listagg,
    "median": median,
    "avg": sized_aggregate,
    "sum": sized_aggregate,
}


def cast(node: exp.Cast) -> exp.Expr:
    """A cast to a Redshift type; an explicit cast to VARCHAR or CHAR cuts. Source: r_CAST_function.md"""
    if type(node.to) is not exp.DataType or not is_redshift_type(node.to):
        return node
    target = read_datatype(node.to)
    engine = exp.DataType.build(target.engine(), dialect="postgres", udt=True)
    if target.name in ("varchar", "char") and not isinstance(node.this, exp.Null):
        cut = call("rs.cut", exp.Cast(this=node.this, to=exp.DataType.build("text")), exp.Literal.number(target.length))
        return exp.Cast(this=cut, to=engine)
    if target.name == "varbyte":
        return call("rs.to_varbyte", exp.Cast(this=node.this, to=exp.DataType.build("text")))
    if target.name == "super":
        return call("rs.to_super", node.this)
    return exp.Cast(this=node.this, to=engine)


CATALOG_TYPES = frozenset({"NAME", "REGCLASS", "OID", "OBJECT_IDENTIFIER"})
SQLGLOT_SPELLINGS = {
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "VARBINARY": "varbyte",
    "NCHAR": "nchar",
    "NVARCHAR": "nvarchar",
    "TIMESTAMPNTZ": "timestamp",
    "TIMESTAMPLTZ": "timestamptz",
}


def is_redshift_type(node: exp.DataType) -> bool:
    return node.this.value not in CATALOG_TYPES


def read_datatype(node: exp.DataType) -> datatypes.DataType:
    """sqlglot's type as Redshift's. Raises: RedshiftError."""
    kind = node.this.value
    if kind == "USERDEFINED":
        raise RedshiftError("42704", f'type "{node.sql("redshift").lower()}" does not exist')
    parameters = [part.name.lower() for part in node.expressions]
    return datatypes.make(SQLGLOT_SPELLINGS.get(kind, kind.lower()), parameters)


def is_test(node: exp.Is) -> exp.Expr:
    """`x IS TRUE` is a predicate only. Source: r_Boolean_type.md"""
    if isinstance(node.expression, exp.Boolean):
        ancestor = node.find_ancestor(exp.Where, exp.Having, exp.Join, exp.Case, exp.Select)
        if isinstance(ancestor, exp.Select):
            raise errors.unsupported("IS TRUE, IS FALSE and IS UNKNOWN are not supported in a select list")
    return node


def window(node: exp.Window) -> exp.Expr:
    """An ordered aggregate needs a frame. Source: r_Window_function_synopsis.md"""
    check_frame(node)
    return node


def check_frame(node: exp.Window) -> None:
    name = node.this.name.lower() if isinstance(node.this, exp.Anonymous) else ""
    if name in functions.AGGREGATES and node.args.get("order") and not node.args.get("spec"):
        raise errors.unsupported("Aggregate window functions with an ORDER BY clause require a frame clause")


def truth(node: exp.Literal) -> exp.Expr:
    """`WHERE 1` is true in Redshift."""
    if not node.is_string and isinstance(node.parent, (exp.Where, exp.And, exp.Or, exp.Not, exp.Having)):
        return exp.Boolean(this=node.this != "0")
    return node


def listed(node: exp.In) -> exp.Expr:
    """`x IN ('a', 'b')` as comparisons, which of text the engine inlines; in a list it calls a function for each."""
    items = node.expressions
    if not isinstance(node.this, exp.Column) or not 0 < len(items) <= 20:
        return node
    if not all(isinstance(item, exp.Literal) and item.is_string for item in items):
        return node
    return exp.Paren(this=exp.or_(*(exp.EQ(this=node.this.copy(), expression=item) for item in items), copy=False))


def extract(node: exp.Extract) -> exp.Expr:
    return call("rs.extract", date_part(node.this), as_timestamp(node.expression))


def substring(node: exp.Substring) -> exp.Expr:
    length = node.args.get("length")
    return call("rs.substring", node.this, node.args["start"], *([length] if length else []))


def current_timestamp(node: exp.CurrentTimestamp) -> exp.Expr:
    return call("rs.sysdate") if node.args.get("sysdate") else node


def column(node: exp.Column) -> exp.Expr:
    """`pg_catalog.pg_class.relname`: the view that stands for the table is found by its name alone."""
    if node.db in ("pg_catalog", "information_schema"):
        node.set("db", None)
    return node


RULES: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Anonymous: function,
    exp.Column: column,
    exp.Cast: cast,
    exp.In: listed,
    exp.Is: is_test,
    exp.Window: window,
    exp.Literal: truth,
    exp.Extract: extract,
    exp.Substring: substring,
    exp.CurrentTimestamp: current_timestamp,
}
