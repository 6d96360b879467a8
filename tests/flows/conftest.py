"""The real flow on real parts: a Prefect server for the tests, blocks of the sandbox, shop.orders made by hand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import psycopg2
import pymysql
import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from deployments.blocks import save_blocks
from sandbox.servers import Sandbox


@pytest.fixture(scope="session")
def prefect(sandbox: Sandbox) -> Iterator[None]:
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOGGING_TO_API_ENABLED: False}),
    ):
        logging.getLogger("prefect").setLevel(logging.ERROR)
        list(save_blocks(sandbox.environment))
        yield


@dataclass
class World:
    """Both ends of the pipeline, as a test looks at them."""

    environment: dict[str, str]

    def source(self, *statements: str) -> list[tuple[Any, ...]]:
        """Runs statements in MySQL; returns the rows of the last."""
        with self.connect_source() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def connect_source(self, autocommit: bool = True) -> Any:
        facts = self._facts("MYSQL")
        return pymysql.connect(**facts | {"port": int(facts["port"])}, autocommit=autocommit)

    def connect(self) -> Any:
        connection = psycopg2.connect(**self._facts("REDSHIFT"))
        connection.autocommit = True
        return connection

    def _facts(self, prefix: str) -> dict[str, str]:
        parts = ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")
        return {part.lower(): self.environment[f"{prefix}_{part}"] for part in parts}

    def warehouse(self, statement: str) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    @property
    def s3(self) -> Any:
        return self._client("s3")

    @property
    def redshift(self) -> Any:
        return self._client("redshift")

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.environment["LAKE_BUCKET"], Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", [])]

    def reset(self) -> None:
        """An empty source table, and a warehouse and a lake that hold nothing of an earlier test."""
        self.source(
            "DROP TABLE IF EXISTS orders",
            "CREATE TABLE orders (order_id BIGINT PRIMARY KEY, customer_id BIGINT, order_ts DATETIME(6) NOT NULL,"
            " status VARCHAR(20) CHARACTER SET utf8mb4, amount DECIMAL(18,2), KEY (order_ts))",
        )
        for schema in ("mart", "staging", "etl"):
            self.warehouse(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        for key in self.keys(""):
            self.s3.delete_object(Bucket=self.environment["LAKE_BUCKET"], Key=key)

    def insert_orders(self, *rows: tuple[Any, ...]) -> None:
        """Rows of (order_id, customer_id, order_ts, status, amount)."""
        insert = "INSERT INTO orders (order_id, customer_id, order_ts, status, amount) VALUES (%s, %s, %s, %s, %s)"
        with self.connect_source() as connection, connection.cursor() as cursor:
            cursor.executemany(insert, rows)


@pytest.fixture
def world(sandbox: Sandbox, prefect: None) -> World:
    """An empty source table, and a warehouse and a lake that hold nothing of an earlier test."""
    world = World(sandbox.environment)
    world.reset()
    return world
