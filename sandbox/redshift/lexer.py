"""Redshift's lexical rules: text to tokens, and tokens back to text that the engine reads the same way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.backend import RedshiftError
from sandbox.redshift import errors

PATTERN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<string>[eE]?'(?:[^'\\]|\\.|'')*')
  | (?P<dollar>\$(?P<mark>[A-Za-z_]*)\$.*?\$(?P=mark)\$)
  | (?P<parameter>\$\d+)
  | (?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)
  | (?P<word>\#?[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)
  | (?P<symbol>::|<=|>=|<>|!=|\|\||!~~?\*?|~~?\*?|[-+*/%^<>=(),.;\[\]:@&|\#!?{}])
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"\\([0-7]{1,3}|.)|''", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is a folded identifier, a string's content, a number or a symbol; `start` is its place in the text."""

    kind: str
    value: str
    start: int

    def sql(self) -> str:
        """The token as the engine's SQL."""
        if self.kind == "quoted" or (self.kind == "word" and self.value.startswith("#")):
            return '"' + self.value.replace('"', '""') + '"'
        if self.kind == "string":
            return "'" + self.value.replace("'", "''") + "'"
        return self.value

    @property
    def is_name(self) -> bool:
        return self.kind in ("word", "quoted")


def tokenize(text: str, keeps_case: bool = False) -> list[Token]:
    """Split SQL into tokens without comments and blanks.

    Identifiers are folded to lower case even in double quotes (r_names.md), unless `keeps_case`
    (enable_case_sensitive_identifier). Plain string literals process backslash escapes.

    >>> [t.sql() for t in tokenize("SELECT \\"Foo\\", 'it\\\\'s' -- x")]
    ['select', '"foo"', ',', "'it''s'"]
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = PATTERN.match(text, position)
        if match is None:
            raise unreadable(text, position)
        kind, raw = match.lastgroup or "", match.group()
        if kind == "comment":
            position = comment_end(text, position)
            continue
        position = match.end()
        if kind != "blank":
            tokens.append(checked(token(match, raw, keeps_case)))
    return tokens


def checked(token: Token) -> Token:
    """Refuse a name that Redshift, or the sandbox's engine, would cut. Source: r_names.md"""
    if token.is_name and len(token.value) > 15:
        size = len(token.value.encode())
        if size > 127:
            raise RedshiftError("42622", f'identifier "{token.value}" is longer than 127 bytes')
        if size > 63:
            raise errors.unsupported(f'identifier "{token.value}": the sandbox knows names of at most 63 bytes')
    return token


def token(match: re.Match[str], raw: str, keeps_case: bool) -> Token:
    start = match.start()
    if match["quoted"] is not None:
        name = raw[1:-1].replace('""', '"')
        return Token("quoted", name if keeps_case else name.lower(), start)
    if match["string"] is not None:
        return Token("string", unescaped(raw.lstrip("eE")[1:-1]), start)
    if match["dollar"] is not None:
        width = len(match["mark"]) + 2
        return Token("string", raw[width:-width], start)
    for kind in ("parameter", "number", "word"):
        if match[kind] is not None:
            return Token(kind, raw.lower(), start)
    return Token("symbol", raw, start)


def unescaped(body: str) -> str:
    """The content of a literal. Source: r_patternmatching_condition_like.md (writes two backslashes for one)."""
    if "\\" not in body:
        return body.replace("''", "'")

    def replaced(match: re.Match[str]) -> str:
        escaped = match[1]
        if escaped is None:
            return "'"
        return chr(int(escaped, 8)) if escaped[0] in "01234567" else ESCAPED.get(escaped, escaped)

    return ESCAPE.sub(replaced, body)


def comment_end(text: str, start: int) -> int:
    """Where a comment, which may contain others, ends."""
    depth, position = 0, start
    while position < len(text):
        pair = text[position : position + 2]
        if pair in ("/*", "*/"):
            depth += 1 if pair == "/*" else -1
            position += 2
            if depth == 0:
                return position
        else:
            position += 1
    raise RedshiftError("42601", "unterminated /* comment")


def unreadable(text: str, position: int) -> RedshiftError:
    what = {"'": "unterminated quoted string", '"': "unterminated quoted identifier"}.get(text[position])
    if what is None and text[position : position + 2].lower() == "e'":
        what = "unterminated quoted string"
    return (
        RedshiftError("42601", f'{what} at or near "{text[position : position + 40]}"')
        if what
        else (errors.syntax_error(text[position]))
    )


def split(tokens: list[Token]) -> list[list[Token]]:
    """The statements between semicolons; empty ones are dropped."""
    statements: list[list[Token]] = [[]]
    for each in tokens:
        if each.kind == "symbol" and each.value == ";":
            statements.append([])
        else:
            statements[-1].append(each)
    return [statement for statement in statements if statement]


def render(tokens: list[Token]) -> str:
    """Tokens as SQL text of the engine."""
    return " ".join(each.sql() for each in tokens)


class Cursor:
    """Walks over tokens; the utility statements' parsers are written with it."""

    def __init__(self, tokens: list[Token], lookup: Callable[[list[tuple[str, ...]]], set[str]] | None = None) -> None:
        self.tokens = tokens
        self.lookup = lookup or (lambda tables: set())
        self.position = 0

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token | None:
        index = self.position + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def next(self) -> Token:
        found = self.peek()
        if found is None:
            raise errors.syntax_error("")
        self.position += 1
        return found

    def looks_at(self, *words: str) -> bool:
        """Whether these keywords or symbols follow (a quoted name is no keyword)."""
        for ahead, word in enumerate(words):
            found = self.peek(ahead)
            if found is None or found.kind not in ("word", "symbol") or found.value != word:
                return False
        return True

    def accept(self, *words: str) -> bool:
        """Step over these keywords if they follow."""
        if not self.looks_at(*words):
            return False
        self.position += len(words)
        return True

    def accept_any(self, *words: str) -> str:
        """Step over one of the keywords; return it, or '' if none follows."""
        return next((word for word in words if self.accept(word)), "")

    def looks_at_any(self, *words: str) -> bool:
        """Whether one of the keywords follows."""
        return any(self.looks_at(word) for word in words)

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.unexpected()

    def unexpected(self) -> RedshiftError:
        found = self.peek()
        return errors.syntax_error(found.value if found else "")

    def name(self) -> str:
        """An identifier as it is stored."""
        found = self.peek()
        if found is None or not found.is_name:
            raise self.unexpected()
        self.position += 1
        return found.value

    @property
    def is_behind_quoted(self) -> bool:
        """Whether the token in front is a quoted name, which no reserved word can be."""
        return self.position > 0 and self.tokens[self.position - 1].kind == "quoted"

    def string(self) -> str:
        found = self.peek()
        if found is None or found.kind != "string":
            raise self.unexpected()
        self.position += 1
        return found.value

    def integer(self) -> int:
        sign = -1 if self.accept("-") else 1
        found = self.peek()
        if found is None or found.kind != "number" or not found.value.isdigit():
            raise self.unexpected()
        self.position += 1
        return sign * int(found.value)

    def qualified(self) -> tuple[str, ...]:
        """`table`, `schema.table` or `database.schema.table`."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        return tuple(parts)

    def names(self) -> list[str]:
        """`( a, b )`."""
        self.expect("(")
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        self.expect(")")
        return found

    def until(self, *stops: str) -> list[Token]:
        """The tokens up to one of the words or symbols outside parentheses, or to the end."""
        depth, start = 0, self.position
        while (found := self.peek()) is not None:
            if depth == 0 and found.kind in ("word", "symbol") and found.value in stops:
                break
            if found.kind == "symbol":
                depth += {"(": 1, ")": -1}.get(found.value, 0)
                if depth < 0:
                    break
            self.position += 1
        return self.tokens[start : self.position]

    def end(self) -> None:
        """Refuse anything that follows."""
        if not self.at_end:
            raise self.unexpected()


def quote(*names: str) -> str:
    """Names as a qualified identifier of the engine."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """A string literal of the engine."""
    return "'" + text.replace("'", "''") + "'"


def words(text: str) -> frozenset[str]:
    """The blank-separated words of a table."""
    return frozenset(text.split())
