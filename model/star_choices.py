"""What a run of a star schema may choose; parameters of the deployment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class StarChoices(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    events: Literal["append", "replace"] = Field(
        default="append", description="Whether staged events join those of other days, or take their place."
    )
    missing_files: Literal["wait", "skip", "fail"] = Field(
        default="wait", description="While files are missing: wait for them, leave out what reads them, or fail."
    )
    dimensions: Literal["merge", "replace"] = Field(
        default="merge", description="Whether dimensions keep the rows that are not in what is staged now."
    )

    @model_validator(mode="after")
    def _keeps_dimensions_of_the_past(self) -> StarChoices:
        if self.events == self.dimensions == "replace":
            raise ValueError(
                "events and dimensions are both replace: users of days that are no longer staged would be lost "
                "(expected dimensions: merge)"
            )
        return self
