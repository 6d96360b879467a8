"""Three sources, small: two PostgreSQL databases and one MySQL, declared in a folder of the test's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pymysql
import pytest
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

from blocks.source_database import SourceDatabase
from sandbox.servers import Sandbox
from sandbox.servers.postgres import connect, log_of
from sandbox.servers.state import State
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
    with closing(connect_postgres(world, database)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def connect_postgres(world: World, database: str) -> Any:
    """In autocommit mode."""
    facts = {part.lower(): world.environment[f"POSTGRES_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD")}
    connection = psycopg2.connect(**facts, dbname=database)
    connection.autocommit = True
    return connection


@pytest.fixture(scope="session")
def erp(sandbox, prefect) -> None:
    """The second PostgreSQL database and its block."""
    postgres(World(sandbox.environment), "shop", "DROP DATABASE IF EXISTS erp", "CREATE DATABASE erp")
    save_erp(sandbox.environment, sandbox.environment["POSTGRES_HOST"])


def save_erp(facts: dict[str, str], host: str, name: str = "erp") -> None:
    connector = SqlAlchemyConnector(
        connection_info=ConnectionComponents(
            driver="postgresql+psycopg2",
            host=host,
            port=int(facts["POSTGRES_PORT"]),
            username=facts["POSTGRES_USER"],
            password=SecretStr(facts["POSTGRES_PASSWORD"]),
            database="erp",
        )
    )
    SourceDatabase(connector=connector, tls="off").save(name, overwrite=True)


@dataclass
class SourceLogs:
    """What the servers of the sources say that they were sent, from here on."""

    sandbox: Sandbox
    _log_begin: int = 0

    def begin(self) -> None:
        """From here on."""
        with mysql_root(self.sandbox) as mysql:
            mysql.execute("TRUNCATE mysql.general_log")
        self._log_begin = self._log.stat().st_size

    def reads(self) -> set[str]:
        """The statements by which rows were read."""
        written = self._log.read_bytes()[self._log_begin :].decode()
        copies = re.findall(r"LOG:  (?:statement|execute .*?): (COPY .*)", written)
        with mysql_root(self.sandbox) as cursor:
            cursor.execute("SELECT DISTINCT argument FROM mysql.general_log WHERE argument LIKE 'SELECT `%'")
            return {*copies, *(_text(row[0]) for row in cursor.fetchall())}

    @property
    def _log(self) -> Path:
        return log_of(self.sandbox.state_folder / "source")


def _text(argument: bytes | str) -> str:
    return argument.decode() if isinstance(argument, bytes) else argument


@contextmanager
def mysql_root(sandbox: Sandbox) -> Iterator[Any]:
    socket = Path(State(sandbox.state_folder).read("processes.json")["socket_dir"]) / "mysql.sock"
    with pymysql.connect(unix_socket=str(socket), user="root", autocommit=True) as connection:
        yield connection.cursor()


@contextmanager
def postgres_root(sandbox: Sandbox) -> Iterator[Any]:
    folder = Path(State(sandbox.state_folder).read("processes.json")["socket_dir"])
    port = int(sandbox.environment["POSTGRES_PORT"])
    with closing(connect(folder, port, "postgres", "postgres")) as connection:
        yield connection.cursor()


@pytest.fixture
def source_logs(sandbox: Sandbox, erp: None) -> Iterator[SourceLogs]:
    with mysql_root(sandbox) as mysql, postgres_root(sandbox) as root:
        mysql.execute("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1")
        root.execute("ALTER ROLE shop SET log_statement = 'all'")
        logs = SourceLogs(sandbox)
        logs.begin()
        yield logs
        root.execute("ALTER ROLE shop RESET log_statement")
        mysql.execute("SET GLOBAL general_log = 0, GLOBAL log_output = 'FILE'")


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
