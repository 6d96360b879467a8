"""Artifacts of a run in Prefect: no secret that this process knows goes into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from model.masking import masked


def artifact_key(prefix: str, table: str) -> str:
    """As Prefect takes keys: lower case, digits and dashes.

    >>> artifact_key("load", "mart.nps_monthly")
    'load-mart-nps-monthly'
    """
    return f"{prefix}-{table}".replace(".", "-").replace("_", "-").lower()


def keep_table(key: str, rows: Sequence[dict[str, Any]], description: str) -> None:
    shown = [{name: masked(one) if isinstance(one, str) else one for name, one in row.items()} for row in rows]
    create_table_artifact(shown, key=key, description=masked(description))


def keep_markdown(key: str, text: str, description: str) -> None:
    create_markdown_artifact(masked(text), key=key, description=masked(description))


def begin_progress(key: str, percent: float, description: str) -> UUID:
    """The artifact, for `move_progress`."""
    return create_progress_artifact(percent, key=key, description=masked(description))  # type: ignore[return-value]


def move_progress(artifact: UUID, percent: float, description: str | None = None) -> None:
    update_progress_artifact(artifact, progress=percent, description=description and masked(description))
