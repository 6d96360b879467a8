"""Three sources, small: two PostgreSQL databases and one MySQL, declared in a folder of the test's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

from blocks.source_database import SourceDatabase
from tests.flows.conftest import World

SOURCES = """
lake: {block: lake, prefix: test}
sources:
  web: {database: shop, include_tables: ["*.web_*"], exclude_tables: ["*_tmp"], max_parallel: 2}
  crm: {database: shop-postgres, include_tables: ["public.crm_*"], max_parallel: 2}
  erp: {database: erp, max_parallel: 3}
"""


@dataclass
class Sources:
    """`folder` holds the designs."""

    world: World
    folder: Path

    def web(self, *statements: str) -> list[tuple[Any, ...]]:
        return self.world.source(*statements)

    def crm(self, *statements: str) -> list[tuple[Any, ...]]:
        return postgres(self.world, "shop", *statements)

    def erp(self, *statements: str) -> list[tuple[Any, ...]]:
        return postgres(self.world, "erp", *statements)

    def design(self, name: str, text: str) -> None:
        path = self.folder.joinpath(*name.split(".")).with_suffix(".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def transform(self, name: str, sql: str, design: str) -> None:
        self.design(name, design)
        self.folder.joinpath(*name.split(".")).with_suffix(".sql").write_text(sql)

    @property
    def designs(self) -> str:
        return str(self.folder)


def postgres(world: World, database: str, *statements: str) -> list[tuple[Any, ...]]:
    """Runs statements; returns the rows of the last."""
    facts = {part.lower(): world.environment[f"POSTGRES_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD")}
    connection = psycopg2.connect(**facts, dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture(scope="session")
def erp(sandbox, prefect) -> None:
    """The second PostgreSQL database and its block."""
    postgres(World(sandbox.environment), "shop", "DROP DATABASE IF EXISTS erp", "CREATE DATABASE erp")
    facts = sandbox.environment
    connector = SqlAlchemyConnector(
        connection_info=ConnectionComponents(
            driver="postgresql+psycopg2",
            host=facts["POSTGRES_HOST"],
            port=int(facts["POSTGRES_PORT"]),
            username=facts["POSTGRES_USER"],
            password=SecretStr(facts["POSTGRES_PASSWORD"]),
            database="erp",
        )
    )
    SourceDatabase(connector=connector, tls="off").save("erp", overwrite=True)


@pytest.fixture
def sources(world: World, erp: None, tmp_path: Path) -> Sources:
    """Nothing but a sources.yaml; no table of an earlier test, in no schema that these tests load."""
    for schema in ("web", "crm", "erp"):
        for name in (schema, f"{schema}__shadow", f"{schema}__former"):
            world.warehouse(f"DROP SCHEMA IF EXISTS {name} CASCADE")
    found = Sources(world, tmp_path / "warehouse")
    found.folder.mkdir()
    (found.folder / "sources.yaml").write_text(SOURCES)
    for row in found.web("SHOW TABLES LIKE 'web\\_%'"):
        found.web(f"DROP TABLE {row[0]}")
    for run in (found.crm, found.erp):
        tables = run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'orders'")
        for row in tables:
            run(f"DROP TABLE {row[0]} CASCADE")
    return found
