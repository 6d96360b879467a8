"""What became of one table of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Outcome:
    """`row_count` counts the rows that were copied or built, None where the table is not done; `cause` says why."""

    table: str
    state: Literal["done", "done before", "failed", "left out"]
    row_count: int | None
    seconds: float
    cause: str = ""

    @property
    def is_done(self) -> bool:
        return self.state in ("done", "done before")
