"""How long a run waits and how often it tries again; parameters of the deployment."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Patience(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    retries: int = Field(default=2, ge=0, description="Times that a step is tried again after a cause that can pass.")
    retry_delay_seconds: float = Field(default=300, ge=0, description="Seconds before a step is tried again.")
    missed_dates: Literal["each", "newest"] = Field(
        default="each", description="Of scheduled runs that were missed: each one in its order, or the newest alone."
    )
    warehouse_poll_seconds: float = Field(
        default=60, gt=0, description="Seconds between two looks at the warehouse's state."
    )
    warehouse_timeout_seconds: float = Field(
        default=3600, ge=0, description="Seconds after which waiting for the warehouse ends in an error."
    )
    source_poll_seconds: float = Field(
        default=60, gt=0, description="Seconds between two looks for files or rows that come from elsewhere."
    )
    source_timeout_seconds: float = Field(
        default=1800, ge=0, description="Seconds after which waiting for files or rows ends in an error."
    )
    lease_poll_seconds: float = Field(
        default=30, gt=0, description="Seconds between two looks of a backfill at who works on its table."
    )
    lease_timeout_seconds: float = Field(
        default=3600, ge=0, description="Seconds after which a backfill takes the table from a run that still holds it."
    )
