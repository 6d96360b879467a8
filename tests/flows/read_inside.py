"""What readers see while a publish is under way: at a moment that the test knows, not by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blocks.warehouse import Transaction

if TYPE_CHECKING:
    from tests.flows.conftest import World


def read_inside(world: World, monkeypatch: pytest.MonkeyPatch, marker: str, query: str) -> list[tuple[Any, ...]]:
    """The list grows by what another session reads right after each statement with `marker`, before its COMMIT."""
    run, seen = Transaction.run, []

    def run_watched(transaction: Transaction, statement: str) -> Any:
        answer = run(transaction, statement)
        if marker in statement:
            seen.extend(world.warehouse(query))
        return answer

    monkeypatch.setattr(Transaction, "run", run_watched)
    return seen
