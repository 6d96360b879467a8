"""Where a source database is and how to get in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

TlsMode = Literal["off", "require", "verify-ca", "verify-full"]


class SourceAddress(BaseModel):
    """`user` and `password` are of an account that only reads."""

    model_config = ConfigDict(frozen=True)

    drivername: Literal["mysql", "postgresql"]
    host: str
    port: int
    user: str
    password: SecretStr
    database: str
    tls: TlsMode = Field(
        description="'require' encrypts, 'verify-ca' also checks who signed, 'verify-full' also the host's name."
    )
    ca_file: Path | None = Field(default=None, description="PEM file; None: the authorities that the system trusts.")
    connect_timeout_seconds: int = Field(default=10, gt=0)
    statement_timeout_seconds: int = Field(default=3600, gt=0, description="At the server; for the whole read.")

    @property
    def origin(self) -> str:
        """Which database it is, whoever reads it."""
        return f"{self.drivername}://{self.host}:{self.port}/{self.database}"
