"""Users and privileges: what a loader without superuser rights may do, and how it logs in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

LOADER = {"user": "loader", "password": "Loading123"}


@pytest.fixture
def loader(connect: Callable[..., Any]) -> Iterator[Any]:
    admin = connect().cursor()
    for statement in (
        "create user loader password 'Loading123'",
        "create schema guarded",
        "create table guarded.orders (id int, v varchar(9))",
        "insert into guarded.orders values (1, 'a')",
    ):
        admin.execute(statement)
    connection = connect(**LOADER)
    cursor = connection.cursor()
    yield cursor
    cursor.execute("drop table if exists stage")  # else it may outlive the session by a moment, and hold its owner
    connection.close()
    for statement in ("drop schema guarded cascade", "drop table if exists mine", "drop user loader"):
        admin.execute(statement)


def refusal(cursor: Any, statement: str) -> str:
    with pytest.raises(psycopg2.Error) as failure:
        cursor.execute(statement)
    return f"{failure.value.pgcode} {failure.value.diag.message_primary}"


def test_loader_without_usage_is_refused(loader: Any) -> None:
    assert refusal(loader, "select * from guarded.orders") == "42501 permission denied for schema guarded"


def test_loader_with_usage_only_is_refused(loader: Any, connect: Callable[..., Any]) -> None:
    connect().cursor().execute("grant usage on schema guarded to loader")
    assert refusal(loader, "select * from guarded.orders") == "42501 permission denied for relation orders"


def test_loader_with_grants_merges_and_cannot_drop(loader: Any, connect: Callable[..., Any]) -> None:
    admin = connect().cursor()
    admin.execute("grant usage on schema guarded to loader")
    admin.execute("grant select, insert, update, delete on guarded.orders to loader")
    loader.execute("create temp table stage (like guarded.orders)")
    loader.execute("insert into stage values (1, 'b'), (2, 'c')")
    loader.execute(
        "merge into guarded.orders using stage on guarded.orders.id = stage.id"
        " when matched then update set v = stage.v when not matched then insert values (stage.id, stage.v)"
    )
    loader.execute("select * from guarded.orders order by id")
    assert loader.fetchall() == [(1, "b"), (2, "c")]
    assert refusal(loader, "truncate guarded.orders").startswith("42501")
    assert refusal(loader, "drop table guarded.orders") == "42501 must be owner of relation orders"
    assert refusal(loader, "vacuum guarded.orders").startswith("42501 must be owner of relation")


def test_loader_insert_only_may_append(loader: Any, connect: Callable[..., Any]) -> None:
    admin = connect().cursor()
    admin.execute("grant usage on schema guarded to loader")
    admin.execute("grant insert on guarded.orders to loader")
    loader.execute("insert into guarded.orders values (3, 'd')")
    assert refusal(loader, "select * from guarded.orders").startswith("42501")


def test_loader_owns_what_it_creates_in_public(loader: Any) -> None:
    loader.execute("create table public.mine (a varchar(3) primary key) sortkey (a)")
    loader.execute("select tableowner from pg_tables where tablename = 'mine'")
    assert loader.fetchall() == [("loader",)]
    loader.execute("drop table public.mine")


def test_loader_sees_only_its_own_statements(loader: Any) -> None:
    loader.execute("/* of the loader */ select 1")
    loader.execute("select distinct trim(user_name) from stv_recents")
    assert loader.fetchall() == [("loader",)]


def test_loader_cannot_create_users(loader: Any) -> None:
    assert refusal(loader, "create user other password 'Loading123'").startswith("42501")


def test_group_member_gets_the_group_privileges(loader: Any, connect: Callable[..., Any]) -> None:
    admin = connect().cursor()
    admin.execute("create group readers with user loader")
    admin.execute("grant usage on schema guarded to group readers")
    admin.execute("grant select on guarded.orders to group readers")
    loader.execute("select count(*) from guarded.orders")
    assert loader.fetchall() == [(1,)]
    admin.execute("revoke all on guarded.orders from group readers")
    admin.execute("revoke usage on schema guarded from group readers")
    admin.execute("drop group readers")


def test_default_privileges_reach_future_tables_only(loader: Any, connect: Callable[..., Any]) -> None:
    admin = connect().cursor()
    admin.execute("grant usage on schema guarded to loader")
    admin.execute("alter default privileges in schema guarded grant select on tables to loader")
    admin.execute("create table guarded.later (a int)")
    loader.execute("select * from guarded.later")
    assert refusal(loader, "select * from guarded.orders").startswith("42501")


def test_privilege_views_show_what_was_granted_to_whom(loader: Any, connect: Callable[..., Any]) -> None:
    """Source: r_SVV_RELATION_PRIVILEGES.md and the pages of the other three. Others see what is theirs."""
    admin = connect().cursor()
    for statement in (
        "create user other password 'Loading123'",
        "create group readers with user loader",
        "grant usage on schema guarded to group readers",
        "grant select on guarded.orders to group readers",
        "grant insert, select on guarded.orders to other with grant option",
        "alter default privileges in schema guarded grant select on tables to group readers",
        "grant create on database dev to loader",
    ):
        admin.execute(statement)
    views = {
        "select relation_name, privilege_type, identity_name, identity_type, admin_option from svv_relation_privileges"
        " where namespace_name = 'guarded' order by 3, 2": [
            ("orders", "INSERT", "other", "user", True),
            ("orders", "SELECT", "other", "user", True),
            ("orders", "SELECT", "readers", "group", False),
        ],
        "select privilege_type, identity_name, identity_type, admin_option, privilege_scope from svv_schema_privileges"
        " where namespace_name = 'guarded'": [("USAGE", "readers", "group", False, "SCHEMA")],
        "select privilege_type, identity_name, identity_type, privilege_scope from svv_database_privileges"
        " where database_name = 'dev' and identity_type = 'user'": [("CREATE", "loader", "user", "DATABASE")],
        "select object_type, owner_name, owner_type, privilege_type, grantee_name, grantee_type, admin_option"
        " from svv_default_privileges where schema_name = 'guarded'": [
            ("RELATION", "awsuser", "user", "SELECT", "readers", "group", False)
        ],
    }
    other = connect(user="other", password="Loading123").cursor()
    try:
        for statement, rows in views.items():
            for cursor, name in ((admin, None), (loader, ("loader", "readers")), (other, ("other",))):
                cursor.execute(statement)
                assert cursor.fetchall() == [row for row in rows if name is None or set(name) & set(row)], statement
    finally:
        for statement in (
            "drop schema guarded cascade",
            "create schema guarded",
            "revoke create on database dev from loader",
            "drop group readers",
            "drop user other",
        ):
            admin.execute(statement)


def test_alter_user_set_affects_later_sessions_only(loader: Any, connect: Callable[..., Any]) -> None:
    connect().cursor().execute("alter user loader set query_group to 'etl'")
    loader.execute("show query_group")
    assert loader.fetchall() == [("unset",)]
    later = connect(**LOADER).cursor()
    later.execute("show query_group")
    assert later.fetchall() == [("etl",)]


@pytest.mark.parametrize("options", [{"password": "wrong"}, {"user": "nobody"}, {**LOADER, "password": "Loading124"}])
def test_log_in_with_wrong_credentials_is_refused(
    loader: Any, connect: Callable[..., Any], options: dict[str, str]
) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed for user"):
        connect(**options)


def test_log_in_with_sha256_password(connect: Callable[..., Any], connect_aws: Callable[..., Any]) -> None:
    digest = hashlib.sha256(b"Loading123").hexdigest()
    admin = connect().cursor()
    admin.execute(f"create user hashed password 'sha256|{digest}'")
    try:
        connect(user="hashed", password="Loading123").close()
        connect_aws(user="hashed", password="Loading123").close()
    finally:
        admin.execute("drop user hashed")


def test_set_session_authorization_by_no_superuser_is_refused(loader: Any) -> None:
    assert refusal(loader, "set session authorization awsuser").startswith("42501 permission denied")
    loader.execute("reset all")
    assert refusal(loader, "set session authorization awsuser").startswith("42501 permission denied")
    loader.execute("set session authorization loader")
    loader.execute("select current_user")
    assert loader.fetchall() == [("loader",)]


def test_set_session_authorization_logs_statements_of_the_other_user(loader: Any, connect: Callable[..., Any]) -> None:
    admin = connect().cursor()
    admin.execute("set session authorization loader")
    assert refusal(admin, "select * from guarded.orders") == "42501 permission denied for schema guarded"
    admin.execute("select pg_backend_pid()")
    loader.execute(f"select trim(querytxt) from stl_query where pid = {admin.fetchone()[0]} and aborted = 1")
    assert loader.fetchall() == [("select * from guarded.orders",)]
