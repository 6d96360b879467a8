"""One statement of a client becomes a plan: dispatch by its first word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.backend import RedshiftError
from sandbox.redshift import access, alter, ddl, dml, errors, schema, utility
from sandbox.redshift.aliases import Lookup
from sandbox.redshift.lexer import Cursor, Token, tokenize, words
from sandbox.redshift.plan import Plan

MAX_STATEMENT_BYTES = 16 * 1024 * 1024


@dataclass
class Context:
    """What a session remembers for the translation of its next statements."""

    session: dict[str, str] = field(default_factory=dict)

    @property
    def keeps_case(self) -> bool:
        return self.session.get("enable_case_sensitive_identifier", "off") in ("on", "true")

    def keep(self, settings: dict[str, str]) -> None:
        self.session.update(settings)


def split_text(text: str, keeps_case: bool = False) -> list[str]:
    """The statements of a text, each with the comments in front of it."""
    if ";" not in text:
        return [text] if tokenize(text) else []
    tokens = tokenize(text)
    ends = [token.start for token in tokens if token.kind == "symbol" and token.value == ";"] + [len(text)]
    starts = [0] + [end + 1 for end in ends]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=False)]
    return [part.strip() for part in parts if tokenize(part)]


@errors.within_stack()
def plan_text(text: str, context: Context, lookup: Lookup) -> Plan:
    """The plan of one statement; kept by its text unless it depends on the catalog. Raises: RedshiftError."""
    key = (text, context.keeps_case)
    plan = PLANS.get(key)
    if plan is None:
        is_dependent = False

        def observed(tables: list[tuple[str, ...]]) -> set[str]:
            nonlocal is_dependent
            is_dependent = True
            return lookup(tables)

        plan = plan_tokens(tokenize(text, context.keeps_case), text, observed)
        if not is_dependent and len(text) < MAX_KEPT_BYTES:
            if len(PLANS) >= MAX_KEPT:
                PLANS.clear()
            PLANS[key] = plan
    return plan


PLANS: dict[tuple[str, bool], Plan] = {}
MAX_KEPT, MAX_KEPT_BYTES = 2000, 20_000


def plan_tokens(tokens: list[Token], text: str, lookup: Lookup) -> Plan:
    """The plan of one statement's tokens; COPY and UNLOAD keep their text."""
    if len(text) > MAX_STATEMENT_BYTES:
        raise RedshiftError("54001", "Statement is too large: it may have at most 16 MB")
    first = tokens[0].value if tokens[0].kind in ("word", "symbol") else ""
    if first in ("copy", "unload"):
        return utility.bulk(first, tokens, text)
    for head, build in STATEMENTS.items():
        cursor = Cursor(tokens, lookup)
        if cursor.accept(*head.split()):
            plan = build(cursor)
            cursor.end()
            return plan
    if first in UNSUPPORTED:
        refused = " ".join(token.value for token in tokens[:4])
        raise errors.unsupported(f'SQL command "{refused}" not supported.')
    raise errors.syntax_error(tokens[0].value)


STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {
    **dml.STATEMENTS,
    **utility.STATEMENTS,
    **ddl.STATEMENTS,
    **alter.STATEMENTS,
    **schema.STATEMENTS,
    **access.STATEMENTS,
}
UNSUPPORTED = words(
    """
    savepoint release cluster reindex listen notify unlisten checkpoint load security refresh create
    alter drop import do call values table discard reassign prepare execute deallocate
    """
)
