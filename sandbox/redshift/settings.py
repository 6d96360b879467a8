"""What the endpoint is started with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.backend import LakeAccess


@dataclass(frozen=True)
class Settings:
    """The engine behind the endpoint, the admin, the lake, and where the cluster's status stands."""

    engine_host: str
    engine_port: int
    engine_superuser: str
    database: str
    admin_user: str
    admin_password: str
    lake: LakeAccess | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    control: Path | None = None
    isolation: str = "snapshot"

    def cluster_status(self) -> str:
        """The status in the control file; `available` when there is none."""
        if self.control is None:
            return "available"
        try:
            return str(json.loads(self.control.read_text())["cluster_status"])
        except (FileNotFoundError, ValueError, KeyError):
            return "available"
