"""What a client's statement becomes on the engine: a plan that the session carries out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """The engine statements of one Redshift statement.

    `before` and `after` run in the same transaction as `sql`; the client sees only the result of `sql`.
    """

    sql: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    tag: str = ""  # shown instead of the engine's command tag
    verb: str = ""  # as the query log and the session's own rules know it: SELECT, COPY, TRUNCATE …
    has_rows: bool = False
    is_outside_only: bool = False  # refused inside a transaction block
    is_inside_only: bool = False  # refused outside a transaction block
    is_committing: bool = False  # ends the transaction, as TRUNCATE does
    bulk: str = ""  # COPY or UNLOAD: the statement's own text, for sandbox.bulk
    notices: tuple[str, ...] = ()
    session: dict[str, str] = field(default_factory=dict)  # settings that the session itself keeps

    @property
    def target(self) -> str:
        """The table that is locked for writing, as the engine's SQL names it; '' for none."""
        words = self.before[0].split(" ") if self.before else []
        return words[2] if words[:2] == ["LOCK", "TABLE"] else ""

    @property
    def is_direct(self) -> bool:
        """Whether the engine can prepare and describe it as any statement of its own."""
        return self.has_rows and not (self.before or self.after or self.bulk)

    @property
    def is_transaction_control(self) -> bool:
        return self.verb in ("BEGIN", "COMMIT", "ROLLBACK")

    def script(self) -> str:
        """All statements as one text."""
        return ";\n".join((*self.before, self.sql, *self.after))
