"""The option list of COPY and UNLOAD: which option takes which argument; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.backend import RedshiftError
from sandbox.bulk.tokens import Token, syntax_error

# Kinds of argument. "as_…" allows the noise word AS in front of the argument.
FLAG, TEXT, NUMBER, SIZE, WORD, SWITCH = "flag", "as_text", "as_number", "as_size", "as_word", "switch"
OPTIONAL_TEXT, ROLE = "as_text?", "role"
MANIFEST, PARTITION, ENCRYPTED = "manifest", "partition", "encrypted"

_SWITCHES = {"ON": True, "TRUE": True, "OFF": False, "FALSE": False, "PRESET": True}


@dataclass
class Cursor:
    """A place in a token list."""

    tokens: list[Token]
    index: int = 0

    @property
    def is_at_end(self) -> bool:
        return self.index >= len(self.tokens)

    @property
    def keyword(self) -> str:
        return "" if self.is_at_end else self.tokens[self.index].keyword

    def take(self, *kinds: str) -> Token:
        """The next token, which must be of one of the kinds (any, when none is given)."""
        if self.is_at_end:
            raise syntax_error("")
        token = self.tokens[self.index]
        if kinds and token.kind not in kinds:
            raise syntax_error(token.text)
        self.index += 1
        return token

    def take_keyword(self, *words: str) -> str:
        """The next token, which must be one of the words."""
        token = self.take()
        if token.keyword not in words:
            raise syntax_error(token.text)
        return token.keyword

    def skip(self, text: str) -> bool:
        """Whether the next token was `text` (a word or a symbol); moves past it if so."""
        if self.is_at_end or self.tokens[self.index].kind == "string":
            return False
        found = self.tokens[self.index].text.upper() == text
        self.index += found
        return found

    def expect(self, symbol: str) -> None:
        if not self.skip(symbol):
            raise syntax_error("" if self.is_at_end else self.tokens[self.index].text)

    def name(self) -> str:
        """An identifier, folded to lower case as Redshift folds even quoted ones."""
        return self.take("word", "quoted").value

    def names(self) -> tuple[str, ...]:
        """A parenthesised list of identifiers."""
        self.expect("(")
        found = [self.name()]
        while self.skip(","):
            found.append(self.name())
        self.expect(")")
        return tuple(found)


def parse_options(cursor: Cursor, grammar: dict[str, str], formats: dict[str, str]) -> dict[str, Any]:
    """All options up to the end of the statement, by upper-case name.

    `formats` maps each format word to the kind of its argument; the result holds it as FORMAT,
    and its argument under its own name.
    Raises: RedshiftError 42601 for an unknown word, a missing argument or an option given twice.
    """
    found: dict[str, Any] = {}
    while not cursor.is_at_end:
        token = cursor.take()
        name = token.keyword
        if name == "WITH" and cursor.keyword in ("CREDENTIALS", ""):
            name = cursor.take_keyword("CREDENTIALS")
        if name == "FORMAT":
            cursor.skip("AS")
            name = cursor.take_keyword(*formats)
        if name in formats:
            _add(found, "FORMAT", name)
            kind = formats[name]
        elif name in grammar:
            kind = grammar[name]
        else:
            raise syntax_error(token.text)
        _add(found, name, _argument(cursor, kind))
    return found


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    if name in found:
        raise RedshiftError("42601", "conflicting or redundant options")
    found[name] = value


def _argument(cursor: Cursor, kind: str) -> Any:
    if kind.startswith("as_"):
        cursor.skip("AS")
    if kind == TEXT:
        return cursor.take("string").value
    if kind == OPTIONAL_TEXT:
        is_text = not cursor.is_at_end and cursor.tokens[cursor.index].kind == "string"
        return cursor.take("string").value if is_text else ""
    if kind == NUMBER:
        return _integer(cursor.take("number", "string"))
    if kind == SIZE:
        megabytes = float(cursor.take("number").text)
        unit = cursor.take_keyword("MB", "GB") if cursor.keyword in ("MB", "GB") else "MB"
        return int(megabytes * 1024 ** (2 if unit == "MB" else 3))
    if kind == WORD:
        return cursor.take("word", "string").value.upper()
    if kind == SWITCH:
        return _SWITCHES[cursor.take().keyword] if cursor.keyword in _SWITCHES else True
    if kind == ROLE:
        return "default" if cursor.skip("DEFAULT") else cursor.take("string").value
    if kind == MANIFEST:
        return "verbose" if cursor.skip("VERBOSE") else "plain"
    if kind == PARTITION:
        cursor.take_keyword("BY")
        return cursor.names(), cursor.skip("INCLUDE")
    if kind == ENCRYPTED:
        return "auto" if cursor.skip("AUTO") else ""
    return True


def _integer(token: Token) -> int:
    if not token.value.isdigit():
        raise syntax_error(token.text)
    return int(token.value)
