"""SQLAlchemy over both dialects of sqlalchemy-redshift: engines, inspect(), reflected tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from sandbox.redshift.server import Server
from tests.sandbox.redshift.conftest import PASSWORD

DRIVERS = {"redshift_connector": {"ssl": False, "sslmode": "disable"}, "psycopg2": {"sslmode": "disable"}}
TABLES = (
    "drop schema if exists shown cascade",
    "create schema shown",
    "create table shown.customer (id bigint primary key, email varchar(40) unique) diststyle all",
    "create table shown.orders (id bigint not null, customer_id bigint references shown.customer (id),"
    " amount decimal(18,2) default 0 encode zstd, at timestamp default getdate(), primary key (id))"
    " distkey (customer_id) compound sortkey (at, id)",
    "create view shown.totals as select customer_id, sum(amount) as amount from shown.orders group by customer_id",
)


@pytest.fixture(params=DRIVERS)
def warehouse(request: pytest.FixtureRequest, server: Server) -> Iterator[sa.Engine]:
    url = f"redshift+{request.param}://awsuser:{PASSWORD}@127.0.0.1:{server.port}/dev"
    engine = sa.create_engine(url, connect_args=DRIVERS[request.param])
    with engine.begin() as connection:
        for statement in TABLES:
            connection.execute(sa.text(statement))
    yield engine
    engine.dispose()


def test_inspect_tables_columns_keys_and_options(warehouse: sa.Engine) -> None:
    seen = sa.inspect(warehouse)
    assert "shown" in seen.get_schema_names()
    assert "rs" not in seen.get_schema_names()
    assert sorted(seen.get_table_names("shown")) == ["customer", "orders"]
    assert seen.get_view_names("shown") == ["totals"]
    assert "sum ( amount )" in seen.get_view_definition("totals", "shown")
    columns = {column["name"]: column for column in seen.get_columns("orders", "shown")}
    assert [str(column["type"]) for column in columns.values()] == ["BIGINT", "BIGINT", "NUMERIC(18, 2)", "TIMESTAMP"]
    assert (columns["id"]["nullable"], columns["at"]["default"]) == (False, "getdate()")
    assert columns["amount"]["info"] == {"encode": "zstd"}
    assert seen.get_pk_constraint("orders", "shown")["constrained_columns"] == ["id"]
    (foreign_key,) = seen.get_foreign_keys("orders", "shown")
    assert (foreign_key["referred_table"], foreign_key["referred_columns"]) == ("customer", ["id"])
    (unique,) = seen.get_unique_constraints("customer", "shown")
    assert unique["column_names"] == ["email"]
    assert seen.get_table_options("orders", "shown") == {
        "redshift_diststyle": "KEY",
        "redshift_distkey": "customer_id",
        "redshift_sortkey": ("at", "id"),
        "redshift_interleaved_sortkey": None,
    }
    assert seen.get_check_constraints("customer", "shown") == []


def test_get_columns_late_binding_view_gives_each_once(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        connection.execute(
            sa.text("create view shown.late as select id, amount from shown.orders with no schema binding")
        )
    columns = sa.inspect(warehouse).get_columns("late", "shown")
    assert sorted((column["name"], str(column["type"])) for column in columns) == [
        ("amount", "NUMERIC(18, 2)"),
        ("id", "BIGINT"),
    ]


def test_engine_insert_select_and_savepoint(warehouse: sa.Engine) -> None:
    orders: Any = sa.Table("orders", sa.MetaData(), schema="shown", autoload_with=warehouse)
    with warehouse.begin() as connection:
        connection.execute(orders.insert(), [{"id": 1, "amount": 5}, {"id": 2, "amount": 7}])
        assert connection.scalar(sa.select(sa.func.sum(orders.c.amount))) == 12
    with warehouse.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="not supported"):
        connection.begin_nested()
