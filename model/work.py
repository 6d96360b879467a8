"""Work of one run on several tables at once."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from model.load import Load


class Work(BaseModel):
    """`name` says in logs and on the console what is worked on, as a table's name does for a load."""

    model_config = ConfigDict(frozen=True)

    name: str
    flow: str
    run_id: str
    run_date: date
    loads: tuple[Load, ...]

    @property
    def table(self) -> str:
        return self.name

    @property
    def window(self) -> None:
        """It is about whole tables."""
        return None
