"""What the Data API itself reads in a statement: named parameters and the end of a statement; pure."""

from __future__ import annotations

import re

# Comments and quoted text come first: nothing inside them is a parameter or ends a statement.
TOKEN = re.compile(
    r"""--[^\n]* | /\*.*?\*/
      | '(?:[^'\\]|\\.|'')*' | "(?:[^"]|"")*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$
      | :: | :(?P<name>[A-Za-z_]\w*) | (?P<end>;)""",
    re.VERBOSE | re.DOTALL,
)


def bind(sql: str, parameters: dict[str, str]) -> str:
    r"""Put the values in place of `:name`, as literals; names without a value stay as they are.

    >>> bind("select * from t where a = :a and b = ':a' and c::int = 1", {"a": r"it's a \ "})
    "select * from t where a = 'it''s a \\\\ ' and b = ':a' and c::int = 1"
    """
    return TOKEN.sub(lambda found: literal(parameters[found["name"]]) if found["name"] in parameters else found[0], sql)


def parameter_names(sql: str) -> set[str]:
    """
    >>> sorted(parameter_names("select :a, :b_2 -- :c"))
    ['a', 'b_2']
    """
    return {found["name"] for found in TOKEN.finditer(sql) if found["name"]}


def has_several_statements(sql: str) -> bool:
    """Whether something other than blanks and comments follows a semicolon.

    >>> [has_several_statements(sql) for sql in ("select 1; -- end", "select ';'", "select 1; select 2")]
    [False, False, True]
    """
    ends = [found.end() for found in TOKEN.finditer(sql) if found["end"]]
    return bool(ends) and bool(re.sub(r"--[^\n]*|/\*.*?\*/|[\s;]", "", sql[ends[0] :], flags=re.DOTALL))


def literal(value: str) -> str:
    r"""A string literal of Redshift, where a backslash escapes.

    >>> literal("a'b")
    "'a''b'"
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
