"""Connections to the shop's databases, from the names in an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2
import pymysql

from sandbox.servers.process import ServerError


def connect_mysql(environment: Mapping[str, str]) -> Any:
    """A PyMySQL connection in UTC and in autocommit mode. Raises: ServerError."""
    try:
        return pymysql.connect(
            host=environment["MYSQL_HOST"],
            port=int(environment["MYSQL_PORT"]),
            user=environment["MYSQL_USER"],
            password=environment["MYSQL_PASSWORD"],
            database=environment["MYSQL_DATABASE"],
            charset="utf8mb4",
            autocommit=True,
            init_command="SET time_zone = '+00:00'",
        )
    except (KeyError, ValueError, pymysql.Error) as error:
        raise cannot_connect("MYSQL", error) from error


def connect_postgres(environment: Mapping[str, str]) -> Any:
    """A psycopg2 connection. Raises: ServerError."""
    try:
        return psycopg2.connect(
            host=environment["POSTGRES_HOST"],
            port=environment["POSTGRES_PORT"],
            user=environment["POSTGRES_USER"],
            password=environment["POSTGRES_PASSWORD"],
            dbname=environment["POSTGRES_DATABASE"],
        )
    except (KeyError, psycopg2.Error) as error:
        raise cannot_connect("POSTGRES", error) from error


def cannot_connect(prefix: str, error: Exception) -> ServerError:
    names = "HOST, PORT, USER, PASSWORD, DATABASE"
    return ServerError(f"Cannot connect to the shop: {error!r}. Check {prefix}_… in the environment ({names}).")
