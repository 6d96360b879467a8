"""What `up` or `down` would do to one object of a Prefect account: data first, done later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Change:
    """`facts` are the names of what differs; `apply` makes it so."""

    kind: str
    name: str
    action: Literal["create", "change", "remove", "keep"]
    facts: tuple[str, ...] = ()
    apply: Callable[[], object] = _nothing

    def __str__(self) -> str:
        facts = f" ({', '.join(self.facts)})" if self.facts else ""
        return f"{self.action} {self.kind} {self.name}{facts}"


def difference(wanted: dict[str, object], found: dict[str, object]) -> tuple[str, ...]:
    """The names in `wanted` of which `found` holds something else.

    >>> difference({"type": "process", "limit": 3}, {"type": "process", "limit": None, "id": 7})
    ('limit',)
    """
    return tuple(name for name, value in wanted.items() if found.get(name) != value)
