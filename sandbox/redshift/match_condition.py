"""MERGE's ON: a column of the target equals one of the source, once or more, joined by AND. Source: r_MERGE.md (C5)"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from sandbox.redshift import errors
from sandbox.redshift.aliases import Lookup


def check_match(
    condition: exp.Expr, target: tuple[str, ...], source: tuple[str, ...], alias: str, lookup: Lookup
) -> None:
    """Refuse any other condition; `alias` of the source, if it has one, hides its name. Raises: RedshiftError."""

    def side_of(operand: exp.Expr) -> str:
        if not isinstance(operand, exp.Column):
            return ""
        qualifier = (operand.db, operand.table) if operand.db else (operand.table,)
        if operand.table:
            is_target = target[-len(qualifier) :] == qualifier
            is_source = qualifier == ((alias,) if alias else source[-len(qualifier) :])
        else:
            is_target, is_source = (operand.name in lookup([table]) for table in (target, source))
        return "target" if is_target and not is_source else "source" if is_source and not is_target else ""

    for term in terms(condition):
        if not isinstance(term, exp.EQ) or {side_of(term.this), side_of(term.expression)} != {"target", "source"}:
            raise errors.unsupported("MERGE ON must be equalities of a target and a source column, joined by AND.")


def terms(condition: exp.Expr) -> Iterator[exp.Expr]:
    """What AND joins."""
    inner = condition.unnest()
    if isinstance(inner, exp.And):
        yield from terms(inner.this)
        yield from terms(inner.expression)
    else:
        yield inner
