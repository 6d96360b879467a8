"""The seam's Backend over psycopg2, a real PostgreSQL and moto's S3."""

from __future__ import annotations

import io
import queue
import re
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import psycopg2.extras
import pytest
from moto.server import ThreadedMotoServer

from sandbox.backend import Column, LakeAccess, RedshiftError
from sandbox.servers.postgres import Postgres, start_postgres

psycopg2.extras.register_default_jsonb(loads=lambda text: text)
ROLE = "arn:aws:iam::123456789012:role/RedshiftLoader"


class PsycopgBackend:
    """One connection, one transaction; engine errors become RedshiftErrors."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.not_null: dict[str, bool] = {}
        self.super_columns = {"jsonb": "super"}

    def execute(self, sql: str) -> list[tuple[str | None, ...]]:
        """Rows as text; floats, and truth values in Python's spelling."""
        with self.connection.cursor() as cursor:
            self._guard(cursor.execute, sql)
            rows = cursor.fetchall() if cursor.description else []
            return [tuple(None if value is None else _text(value) for value in row) for row in rows]

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        with self.connection.cursor() as cursor:
            self._guard(cursor.copy_expert, sql, _Reader(chunks), 1 << 20)
            return int(cursor.rowcount)

    def copy_out(self, sql: str) -> Iterator[bytes]:
        pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(1000)

        class Sink(io.RawIOBase):
            def write(self, data: Any) -> int:
                pieces.put(bytes(data))
                return len(data)

        def run() -> None:
            try:
                with self.connection.cursor() as cursor:
                    self._guard(cursor.copy_expert, sql, Sink())
                pieces.put(None)
            except BaseException as error:
                pieces.put(error)

        threading.Thread(target=run, daemon=True).start()
        while (piece := pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def translate(self, query: str) -> str:
        return query

    def columns(self, schema: str | None, table: str) -> list[Column]:
        name = f'"{schema}"."{table}"' if schema else f'"{table}"'
        rows = self.execute(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity,"
            " pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid"
            f" AND adnum = attnum WHERE attrelid = '{name}'::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum"
        )
        return [
            Column(
                str(name),
                self.super_columns.get(str(kind), str(kind)),
                is_not_null == "True",
                bool(identity),
                default,
            )
            for name, kind, is_not_null, identity, default in rows
        ]

    def _guard(self, function: Any, *arguments: Any) -> None:
        try:
            function(*arguments)
        except psycopg2.Error as error:
            raise RedshiftError(error.pgcode or "XX000", str(error).strip()) from error


def _text(value: Any) -> str:
    if isinstance(value, memoryview):
        return "\\x" + value.tobytes().hex()
    return format(value, "f") if isinstance(value, Decimal) and value.is_finite() else str(value)


class _Reader(io.RawIOBase):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = chunk
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


class Warehouse:
    """A session for a test: SQL on the engine, COPY and UNLOAD through the room, objects in the lake."""

    def __init__(self, connection: Any, lake: LakeAccess, bucket: str) -> None:
        self.backend = PsycopgBackend(connection)
        self.lake = lake
        self.bucket = bucket

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return self.backend.execute(statement)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows by the first column, values as text."""
        return self.backend.execute(f"SELECT * FROM {table} ORDER BY 1")

    def put(self, key: str, content: bytes | str) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.lake.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def get(self, key: str) -> bytes:
        return self.lake.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self, prefix: str = "") -> list[str]:
        pages = self.lake.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def statement(self, text: str) -> str:
        """`text` with the test's bucket for s3://lake/ and an authorization where AUTH stands."""
        return re.sub(r"\bAUTH\b", f"IAM_ROLE '{ROLE}'", text.replace("s3://lake/", f"s3://{self.bucket}/"))

    def copy(self, text: str) -> Any:
        from sandbox.bulk import copy_from_s3

        return copy_from_s3(self.statement(text), self.backend, self.lake)

    def unload(self, text: str) -> Any:
        from sandbox.bulk import unload_to_s3

        return unload_to_s3(self.statement(text), self.backend, self.lake)


@pytest.fixture(scope="session")
def engine() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="bulk-") as folder, socket.socket() as free:
        Path(folder).chmod(0o777)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        with start_postgres(Path(folder) / "data", port, Path(folder)) as postgres:
            yield postgres


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    yield session.client("s3", endpoint_url=f"http://{host}:{port}")
    server.stop()


@pytest.fixture
def warehouse(engine: Postgres, s3: Any, request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    """A fresh transaction, rolled back afterwards, and a fresh bucket."""
    bucket = f"lake-{abs(hash(request.node.nodeid)):x}"
    s3.create_bucket(Bucket=bucket)
    connection = psycopg2.connect(host=str(engine.socket_dir), port=engine.port, user="postgres", dbname="postgres")
    yield Warehouse(connection, LakeAccess(s3, "us-east-1", (ROLE,)), bucket)
    connection.rollback()
    connection.close()
