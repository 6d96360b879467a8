"""Splits a COPY or UNLOAD statement into tokens; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.backend import RedshiftError

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*)
      | (?P<comment>/\*)
      | (?P<string>'(?:[^'\\]|''|\\.)*')
      | \$(?P<tag>[A-Za-z_]*)\$
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_\#\u0080-\U0010ffff][\w$\#]*)
      | (?P<symbol>[(),.;:=*])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """One token: its kind, its text as written, and for strings and names the value."""

    kind: str
    text: str
    value: str

    @property
    def keyword(self) -> str:
        """The upper-case word, or '' for anything else."""
        return self.text.upper() if self.kind == "word" else ""


def syntax_error(text: str) -> RedshiftError:
    """The parser's complaint about the token `text`; '' means that the statement ended too early."""
    where = f'at or near "{text}"' if text else "at end of input"
    return RedshiftError("42601", f"syntax error {where}")


def tokenize(sql: str) -> list[Token]:
    """The tokens of one statement, without blanks and comments.

    Raises: RedshiftError 42601 for an unterminated literal or a character that no token starts with.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise syntax_error(sql[position])
        position = match.end()
        kind, text = match.lastgroup, match.group()
        if kind == "comment":
            position = _end_of_comment(sql, match.start())
        elif kind == "tag":
            end = sql.find(text, position)
            if end < 0:
                raise RedshiftError("42601", f'unterminated dollar-quoted string at or near "{text}"')
            tokens.append(Token("dollar", sql[match.start() : end + len(text)], sql[position:end]))
            position = end + len(text)
        elif kind != "blank":
            tokens.append(Token(kind or "", text, _value(kind, text)))
    return tokens


def query_text(token: Token) -> str:
    """The query inside the literal of an UNLOAD.

    Quotes are doubled or escaped by a backslash, a backslash by another; a `$$` literal is taken as it is.
    Source: AWS r_UNLOAD, "select-statement".
    """
    if token.kind == "dollar":
        return token.value
    return re.sub(r"''|\\(['\\])", lambda found: found.group(1) or "'", token.text[1:-1])


def _value(kind: str | None, text: str) -> str:
    if kind == "string":
        return re.sub(r"''|\\'", "'", text[1:-1])
    if kind == "quoted":
        return text[1:-1].replace('""', '"').lower()
    return text.lower()


def _end_of_comment(sql: str, start: int) -> int:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", sql[start:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return start + mark.end()
    raise RedshiftError("42601", 'unterminated /* comment at or near "/*"')
