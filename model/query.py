"""What a SELECT that people wrote reads and names: its tables and columns, out of the SQL itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.tokens import TokenType

from model.table_design import QuerySource

_REDSHIFT = Redshift()
_LATE_VIEW = re.compile(
    r"\s*(?:/\*.*?\*/\s*)?CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\s+\S+\s+AS\s+(.*)\s+WITH\s+NO\s+SCHEMA\s+BINDING\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)


def read_query(text: str) -> QuerySource:
    """The one SELECT in `text`, without a semicolon at its end; names in lower case, as the warehouse folds them.

    >>> query = read_query("WITH a AS (SELECT id FROM mart.nps) SELECT a.id AS number FROM a;")
    >>> query.column_names, sorted(query.tables)
    (('number',), ['mart.nps'])

    Raises: ValueError with what was found and what is allowed.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html (names fold, also in quotes)
    """
    tree = _parsed(text)
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("this", identifier.name.lower())
    tables = frozenset(name for scope in traverse_scope(tree) for name in _tables_of(scope))
    return QuerySource(sql=_without_semicolon(text), column_names=_column_names(tree), tables=tables)


def query_of_view(definition: str) -> QuerySource:
    """The SELECT of a late-binding view: its definition in the catalog is the whole statement that made it.

    >>> query_of_view("create view mart.v as SELECT id FROM mart.t with no schema binding;").sql
    'SELECT id FROM mart.t'

    Raises: ValueError for a view that is bound to its tables, or that renames its columns.
    Source: https://github.com/awslabs/amazon-redshift-utils/blob/master/src/AdminViews/v_generate_view_ddl.sql
    """
    if not (found := _LATE_VIEW.fullmatch(definition)):
        raise ValueError("it is no late-binding view (expected CREATE VIEW … AS SELECT … WITH NO SCHEMA BINDING)")
    return read_query(found[1])


def _parsed(text: str) -> exp.Query:
    try:
        found = [tree for tree in _REDSHIFT.parse(text) if tree and not isinstance(tree, exp.Semicolon)]
    except ParseError as error:
        place = error.errors[0]
        raise ValueError(f"line {place['line']} is no SQL: found '{place['highlight']}'") from error
    except SqlglotError as error:
        raise ValueError(f"it is no SQL: {error}") from error
    if len(found) != 1:
        raise ValueError(f"it holds {len(found)} statements (expected one SELECT)")
    [tree] = found
    if not isinstance(tree, exp.Query):
        raise ValueError(f"it is {tree.key.upper()} (expected one SELECT)")
    if tree.find(exp.Into):
        raise ValueError("it is SELECT INTO (expected a SELECT that writes nothing)")
    return tree


def _without_semicolon(text: str) -> str:
    last = _REDSHIFT.tokenize(text)[-1]
    return text[: last.start].strip() if last.token_type is TokenType.SEMICOLON else text.strip()


def _column_names(tree: exp.Query) -> tuple[str, ...]:
    names = tree.named_selects
    for position, name in enumerate(names, start=1):
        if name == "*":
            raise ValueError("its SELECT has * (expected each column by its name)")
        if not name:
            raise ValueError(f"column {position} of its SELECT has no name (expected: … AS name)")
        if names.index(name) < position - 1:
            raise ValueError(f"its SELECT names '{name}' twice (expected each column once)")
    return tuple(names)


def _tables_of(scope: Scope) -> Iterator[str]:
    """`schema.table` of each table that the scope reads; of another database, with its name in front.

    A name without a schema that is no CTE in sight would depend on the reader's search path: it is refused. A name
    behind an alias, as in `FROM mart.orders AS o, o.items`, is a SUPER column.
    """
    for table in scope.sources.values():
        if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
            continue
        if not table.db:
            raise ValueError(f"table '{table.name}' has no schema (expected schema.{table.name})")
        if not _is_alias(table.db, scope):
            yield ".".join(part for part in (table.catalog, table.db, table.name) if part)


def _is_alias(name: str, scope: Scope | None) -> bool:
    return scope is not None and (name in scope.sources or _is_alias(name, scope.parent))


def moved_query(sql: str, moved: Mapping[str, str]) -> str:
    """The SELECT with some tables in other schemas; `moved` gives these by `schema.table`. All else stays as it is.

    >>> moved_query("SELECT mart.a.x FROM mart.a, mart.b  -- of mart.a", {"mart.a": "mart__shadow"})
    'SELECT mart__shadow.a.x FROM mart__shadow.a, mart.b  -- of mart.a'
    """
    places = []
    for node in _parsed(sql).find_all(exp.Table, exp.Column):
        table = node.this if isinstance(node, exp.Table) else node.args.get("table")
        schema = node.args.get("db")
        if table is None or schema is None or node.args.get("catalog"):
            continue
        if place := moved.get(f"{schema.name}.{table.name}".lower()):
            places.append((schema.meta["start"], schema.meta["end"] + 1, place))
    for start, end, place in sorted(places, reverse=True):
        sql = sql[:start] + place + sql[end:]
    return sql


def columns_that_show(sql: str, names: Collection[str]) -> frozenset[str] | None:
    """Which columns of its result may hold values of the columns `names`; None: each may. A count of values is none.

    >>> sorted(columns_that_show("SELECT mail AS m, UPPER(m) AS u, id, COUNT(mail) AS n FROM mart.t", {"mail"}))
    ['m', 'mail', 'u']

    What comes out of another SELECT, or by new names, may be any of them.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_list.html (an alias is known to what follows it)
    """
    try:
        tree = _parsed(sql)
    except ValueError:
        return None
    hidden = set(names)
    is_renamed = bool(tree.find(exp.Pivot)) or any(alias.columns for alias in tree.find_all(exp.TableAlias))
    is_nested = len(list(tree.find_all(exp.Select))) > 1
    if not is_renamed and not _shows(tree, {*hidden, "*"}):
        return frozenset(hidden)
    if not isinstance(tree, exp.Select):
        return None
    for shown in tree.selects:
        if _shows(shown, None if is_renamed or is_nested else hidden):
            if shown.output_name in ("", "*"):
                return None
            hidden.add(shown.output_name.lower())
    return frozenset(hidden)


def _shows(node: exp.Expr, names: Collection[str] | None) -> bool:
    """Whether values of one of the columns can come out, all columns where `names` is None."""
    columns = (column for column in node.find_all(exp.Column, exp.Star) if not column.find_ancestor(exp.Count))
    return any(names is None or column.name.lower() in names for column in columns)
