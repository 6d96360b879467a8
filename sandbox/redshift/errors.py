"""The engine's errors in Redshift's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sandbox.backend import RedshiftError

BYTES_CHECK = re.compile(r"rs_(varchar|char|varbyte)_(\d+)_\d+")

# Engine SQLSTATE -> (SQLSTATE, message, detail); {0} is the first quoted name of the engine's message.
TEXTS = {
    "23502": ("23502", "Cannot insert a NULL value into column {0}", ""),
    "42P07": ("42P07", 'Relation "{0}" already exists', ""),
    "428C9": ("0A000", "cannot set an identity column to a value", ""),
    "57014": ("57014", "Query cancelled on user's request", ""),
    "21000": ("XX000", "Found multiple matches to update the same tuple.", ""),
}
WORDINGS = (
    (r"^permission denied for (table|view) ", "permission denied for relation "),
    (r"^must be owner of (table|view) ", "must be owner of relation "),
    (r'\brole "group:', 'group "'),
    (r'^role "', 'user "'),
)
CONFLICT = "could not complete because of conflict with concurrent transaction"
MERGE_TWICE = "MERGE command cannot affect row a second time"
NUMERIC_OVERFLOW = "code: 1058\ncontext: 128 bit numeric multiply.\n"


def from_engine(fields: Mapping[str, str]) -> RedshiftError:
    """The error that a Redshift client sees for an ErrorResponse of the engine.

    >>> from_engine({"C": "42P01", "M": 'relation "t" does not exist'}).sqlstate
    '42P01'
    """
    sqlstate, text = fields.get("C", "XX000"), fields.get("M", "")
    if sqlstate == "23514" and (check := BYTES_CHECK.fullmatch(fields.get("n", ""))):
        return value_too_long(check[1], int(check[2]))
    if sqlstate == "40001":
        return conflict(text)
    if sqlstate == "22003" and "numeric" in text:
        return RedshiftError("XX000", "Numeric data overflow (result precision)", NUMERIC_OVERFLOW)
    if sqlstate == "2BP01" and text.startswith("role "):
        return role_in_use(text, fields.get("D", ""))
    if sqlstate == "2BP01":
        return RedshiftError(
            "2BP01", text, fields.get("D", ""), "Use DROP ... CASCADE to drop the dependent objects too."
        )
    if sqlstate in TEXTS and (sqlstate != "21000" or text == MERGE_TWICE):
        code, template, detail = TEXTS[sqlstate]
        names = re.findall(r'"([^"]*)"', text) or [""]
        return RedshiftError(code, template.format(*names), detail)
    for pattern, replacement in WORDINGS:
        text = re.sub(pattern, replacement, text)
    return RedshiftError(sqlstate, text, fields.get("D", ""), hidden_hint(fields.get("H", "")))


def role_in_use(text: str, detail: str) -> RedshiftError:
    """A user or group that cannot be dropped. Source: r_DROP_USER.md"""
    name = re.findall(r'"([^"]*)"', text)[0]
    kind = "group" if name.startswith("group:") else "user"
    reason = "owns some object" if "owner of" in detail else "has a privilege on some object"
    shown = name.removeprefix("group:")
    return RedshiftError("55006", f'{kind} "{shown}" can\'t be dropped because the {kind} {reason}')


def value_too_long(kind: str, length: int) -> RedshiftError:
    """A value that has more bytes than its column. Source: r_Character_types.md"""
    if kind == "varchar":
        return RedshiftError("22001", f"value too long for type character varying({length})")
    if kind == "varbyte":
        return RedshiftError("22001", f"value too long for type binary varying({length})")
    detail = f"code: 8001\ncontext: CHAR string contains invalid ASCII character; the column is CHAR({length}).\n"
    return RedshiftError("XX000", "CHAR string contains invalid ASCII character", detail)


def conflict(text: str) -> RedshiftError:
    """A serialization failure. Redshift never reports 40001. Source: c_serial_isolation.md (D8, D9)"""
    if "dependencies" in text:
        return isolation_violation(0, 0, 0)
    return RedshiftError("XX000", CONFLICT)


def isolation_violation(table: int, transaction: int, process: int) -> RedshiftError:
    """The error 1023; the other transaction of the cycle is not known here and shown as 0. Source: D8"""
    text = "Serializable isolation violation on table - {}, transactions forming the cycle are: {}, 0 (pid:{})"
    return RedshiftError("XX000", "1023", text.format(table, transaction, process))


def hidden_hint(hint: str) -> str:
    """Hints of the engine that speak of its own features are left out."""
    return "" if "rs." in hint or "explicit type casts" not in hint else hint


@contextmanager
def within_stack() -> Iterator[None]:
    """Around what descends into a statement: one that is nested too deeply is the client's error."""
    try:
        yield
    except RecursionError as error:
        raise RedshiftError("54001", "stack depth limit exceeded: the statement is nested too deeply") from error


def unsupported(what: str) -> RedshiftError:
    """A feature that Redshift lacks, or that the sandbox does not know."""
    return RedshiftError("0A000", what)


def syntax_error(near: str) -> RedshiftError:
    return RedshiftError("42601", f'syntax error at or near "{near}"' if near else "syntax error at end of input")
