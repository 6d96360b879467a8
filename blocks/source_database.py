"""The door to a database that rows are read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast

from prefect.blocks.core import Block
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import Field, SecretStr

from model.source_address import SourceAddress, TlsMode


class SourceDatabase(Block):
    """A MySQL or PostgreSQL database, read by a user that may do nothing but SELECT."""

    _block_type_name = "Source Database"
    _block_type_slug = "source-database"

    connector: SqlAlchemyConnector = Field(description="Connection; driver mysql+pymysql or postgresql+psycopg2.")
    tls: TlsMode = Field(
        default="verify-full",
        description="'require' encrypts, 'verify-ca' also checks who signed, 'verify-full' also the host's name.",
    )
    ca_file: Path | None = Field(default=None, description="PEM file; empty: the authorities that the system trusts.")
    statement_timeout_seconds: int = Field(
        default=3600, ge=1, description="The source ends a query of ours that takes longer."
    )

    def __reduce__(self) -> tuple[Any, tuple[Any]]:
        """For task runners of other processes: prefect_sqlalchemy's connector loses fields when it is pickled."""
        return type(self).model_validate, (self.model_dump(context={"include_secrets": True}),)

    @property
    def kind(self) -> Literal["mysql", "postgresql"]:
        return cast(Literal["mysql", "postgresql"], self.connector._rendered_url.get_backend_name())

    @property
    def address(self) -> SourceAddress:
        """What a reader of many rows needs."""
        info = self.connector.connection_info
        assert isinstance(info, ConnectionComponents)
        return SourceAddress(
            drivername=self.kind,
            host=str(info.host),
            port=int(info.port or {"mysql": 3306, "postgresql": 5432}[self.kind]),
            user=str(info.username),
            password=info.password or SecretStr(""),
            database=str(info.database),
            tls=self.tls,
            ca_file=self.ca_file,
            statement_timeout_seconds=self.statement_timeout_seconds,
        )
