"""The access file becomes users and privileges, which the warehouse enforces; connections come from the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import psycopg2
import pytest

from blocks.load_block import load_block
from blocks.passwords import Passwords
from blocks.warehouse import Warehouse
from command_line.main import main
from model.access import read_access
from model.errors import ConfigError, WarehouseError
from tasks.set_up import set_up, set_up_user

PASSWORD = "Loading-of-2025"
ACCESS = """
database: analytics
owner: loader
groups: [etl, analysts]
etl_group: etl
user_group: analysts
users:
  loader: {groups: [etl]}
schemas:
  mart: {readers: [analysts], writers: [etl]}
  staging: {writers: [etl]}
  etl: {writers: [etl]}
"""


@pytest.fixture
def connections(world, monkeypatch) -> None:
    """No saved block is used: the environment names the administrator, the loader, and the source."""
    facts = world.environment
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "LAKE_BUCKET"):
        monkeypatch.setenv(name, facts[name])
    monkeypatch.setenv("REDSHIFT_CLUSTER_IDENTIFIER", facts["REDSHIFT_CLUSTER_IDENTIFIER"])
    place = f"{facts['REDSHIFT_HOST']}:{facts['REDSHIFT_PORT']}"
    monkeypatch.setenv(
        "DATA_WAREHOUSE_ADMIN", f"postgres://{facts['REDSHIFT_USER']}:{facts['REDSHIFT_PASSWORD']}@{place}/dev"
    )
    monkeypatch.setenv("DATA_WAREHOUSE_ETL", f"postgres://loader:{PASSWORD}@{place}/analytics")
    user, password = facts["MYSQL_USER"], facts["MYSQL_PASSWORD"]
    monkeypatch.setenv(
        "DATA_SOURCE_SHOP", f"mysql://{user}:{password}@{facts['MYSQL_HOST']}:{facts['MYSQL_PORT']}/shop"
    )


@pytest.fixture
def folder(world, connections, tmp_path) -> Iterator[str]:
    """Where access.yaml lies; the warehouse has nothing of it before, and nothing after."""
    (tmp_path / "access.yaml").write_text(ACCESS)
    forget(world)
    yield str(tmp_path)
    forget(world)


def forget(world) -> None:
    """Drops the database, then users and groups, which then own nothing and have no privilege."""
    if world.warehouse("SELECT 1 FROM pg_database WHERE datname = 'analytics'"):
        world.warehouse("DROP DATABASE analytics FORCE")
    for user in ("loader", "ann", "eve", "bi"):
        world.warehouse(f"DROP USER IF EXISTS {user}")
    for (group,) in world.warehouse("SELECT groname FROM pg_group WHERE groname IN ('etl', 'analysts')"):
        world.warehouse(f"DROP GROUP {group}")


def as_user(world, user: str, password: str, statement: str) -> list[tuple[Any, ...]]:
    facts = world._facts("REDSHIFT") | {"user": user, "password": password, "database": "analytics"}
    connection = psycopg2.connect(**facts)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def sent(world) -> list[str]:
    """The statements of set-ups in the warehouse's log that change something, oldest first, passwords masked."""
    pieces = world.warehouse(
        "SELECT query_id, text FROM sys_query_text WHERE query_id IN (SELECT query_id FROM sys_query_text"
        " WHERE sequence = 0 AND text LIKE '/* set-up */%') ORDER BY query_id, sequence"
    )
    texts: dict[int, str] = {}
    for query_id, text in pieces:
        texts[query_id] = texts.get(query_id, "") + text.ljust(200)
    found = [re.sub(r"'md5\w+'", "'***'", text.strip()) for text in texts.values()]
    return [text for text in found if not text.startswith("/* set-up */ SELECT")]


def printed_changes(text: str) -> list[str]:
    return [line.removesuffix(";") for line in text.splitlines() if re.match(r"/\* set-up \*/ (?!SELECT)", line)]


def test_setup_then_orders_by_the_loader_then_analysts_read_mart_only(folder, world, capsys):
    before = len(sent(world))
    assert main(["warehouse", "setup", "--plan", "--designs", folder]) == 0
    planned = printed_changes(capsys.readouterr().out)
    assert len(sent(world)) == before
    assert main(["warehouse", "setup", "--designs", folder]) == 0
    done = capsys.readouterr().out
    assert planned == printed_changes(done) == sent(world)[before:]
    assert len(planned) == 16
    assert PASSWORD not in done

    assert main(["warehouse", "setup", "--designs", folder]) == 0
    assert capsys.readouterr().out == "Nothing to change: database 'analytics' is as declared.\n"
    assert len(sent(world)) == before + 16

    # The loader is no superuser; it owns the schemas, and needs no saved block.
    world.insert_orders((1, 1, datetime(2025, 1, 1, 9), "paid", 5))
    assert main(["orders", "--run-date", "2025-01-01"]) == 0
    assert world.warehouse("SELECT usesuper FROM pg_user WHERE usename = 'loader'") == [(False,)]
    assert as_user(world, "loader", PASSWORD, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'") == [
        ("loader",)
    ]

    # Users that come later: one that reads, one that also writes.
    made = {}
    for arguments in (["ann", "--schema"], ["eve", "--etl"]):
        create = ["warehouse", "create-user", *arguments, "--generate-password", "--designs", folder]
        before = len(sent(world))
        assert main([*create, "--plan"]) == 0
        planned = printed_changes(capsys.readouterr().out)
        assert len(sent(world)) == before
        assert main(create) == 0
        said = capsys.readouterr().out
        assert planned == printed_changes(said) == sent(world)[before:] != []
        made[arguments[0]] = re.search(rf"Password of {arguments[0]}, shown this once: (\w{{24}})\n", said)[1]
    assert "users: in warehouse/access.yaml:\n  eve: {groups: [etl]}" in said
    assert all(password not in text for password in made.values() for text in world_log(world))

    ann, eve = (made["ann"], made["eve"])
    assert as_user(world, "ann", ann, "SELECT order_id, status FROM mart.orders") == [(1, "paid")]
    for statement, refusal in (
        ("SELECT * FROM staging.x", "permission denied for schema staging"),
        ("SELECT * FROM etl.loads", "permission denied for schema etl"),
        ("DELETE FROM mart.orders", "permission denied for relation orders"),
        ("CREATE TABLE mart.mine (a INT)", "permission denied for schema mart"),
        ("DROP TABLE mart.orders", "must be owner of relation orders"),
        ("CREATE SCHEMA other", "permission denied for database analytics"),
        ("CREATE USER other PASSWORD 'Abcdefg1'", "permission denied"),
    ):
        with pytest.raises(psycopg2.Error, match=refusal):
            as_user(world, "ann", ann, statement)
    assert as_user(world, "ann", ann, "CREATE TABLE ann.mine AS SELECT status FROM mart.orders") == []
    with pytest.raises(psycopg2.Error, match="permission denied for schema ann"):
        as_user(world, "eve", eve, "SELECT * FROM ann.mine")

    # What the loader and the other writers create from now on can be read by those who may read the schema.
    as_user(world, "eve", eve, "UPDATE mart.orders SET status = 'shipped'")
    as_user(world, "eve", eve, "CREATE TABLE mart.of_eve AS SELECT 7 AS number")
    as_user(world, "loader", PASSWORD, "CREATE TABLE mart.of_loader AS SELECT 8 AS number")
    statement = "SELECT number FROM mart.of_eve UNION ALL SELECT number FROM mart.of_loader ORDER BY 1"
    assert as_user(world, "ann", ann, statement) == [(7,), (8,)]
    with pytest.raises(psycopg2.Error, match="permission denied for schema staging"):
        as_user(world, "ann", ann, "SELECT * FROM staging.anything")

    # Privileges that somebody took away come back, and nothing else is sent.
    as_user(world, "loader", PASSWORD, "REVOKE SELECT ON mart.orders FROM GROUP analysts")
    assert main(["warehouse", "setup", "--designs", folder]) == 0
    changes = printed_changes(capsys.readouterr().out)
    assert changes == ["/* set-up */ GRANT SELECT ON ALL TABLES IN SCHEMA mart TO GROUP analysts"]

    # What groups have beyond the file is shown, and taken away where somebody says so.
    as_user(world, "loader", PASSWORD, "GRANT INSERT ON mart.orders TO GROUP analysts")
    assert main(["warehouse", "setup", "--designs", folder]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("Nothing to change: database 'analytics' lacks nothing.\n")
    beyond = [line.removeprefix("--   ").removesuffix(";") for line in shown.splitlines() if line.startswith("--   ")]
    assert "/* set-up */ REVOKE INSERT ON ALL TABLES IN SCHEMA mart FROM GROUP analysts" in beyond
    assert "/* set-up */ ALTER GROUP analysts DROP USER ann" in beyond
    as_user(world, "ann", ann, "INSERT INTO mart.orders (order_id, order_ts) VALUES (9, '2025-01-01')")
    assert main(["warehouse", "setup", "--revoke", "--designs", folder]) == 0
    assert printed_changes(capsys.readouterr().out) == beyond
    with pytest.raises(psycopg2.Error, match="permission denied for schema mart"):
        as_user(world, "ann", ann, "SELECT * FROM mart.orders")
    assert main(["warehouse", "setup", "--designs", folder]) == 0
    assert capsys.readouterr().out == "Nothing to change: database 'analytics' is as declared.\n"


def world_log(world) -> list[str]:
    return [text for (text,) in world.warehouse("SELECT text FROM sys_query_text")]


def test_setup_that_fails_after_users_were_created_shows_their_passwords(folder, world, capsys, tmp_path):
    (tmp_path / "access.yaml").write_text(ACCESS.replace("  staging:", "  pg_staging:"))
    assert main(["warehouse", "setup", "--generate-password", "--designs", folder]) == 1
    said = capsys.readouterr()
    assert "pg_staging" in said.err
    password = re.search(r"Password of loader, shown this once: (\w{24})\n", said.out)[1]
    assert as_user(world, "loader", password, "SELECT current_user") == [("loader",)]


def test_create_user_before_the_setup_says_what_to_run(folder, world, capsys):
    assert main(["warehouse", "create-user", "ann", "--generate-password", "--designs", folder]) == 1
    assert capsys.readouterr().err == (
        "Cannot create user 'ann': the warehouse has no group 'analysts'. Run python -m flows warehouse setup first.\n"
    )
    assert world.warehouse("SELECT 1 FROM pg_user WHERE usename = 'ann'") == []


def test_create_user_that_the_file_declares_takes_no_flags(folder, capsys):
    assert main(["warehouse", "create-user", "loader", "--etl", "--designs", folder]) == 2
    assert "Cannot create user 'loader': warehouse/access.yaml declares it already." in capsys.readouterr().err


def test_create_user_takes_no_password_on_the_command_line(folder, world, capsys):
    assert main(["warehouse", "create-user", "ann", "--password", "Half-of-1t", "--designs", folder]) == 2
    assert "unrecognized arguments: --password" in capsys.readouterr().err
    assert world.warehouse("SELECT 1 FROM pg_user WHERE usename = 'ann'") == []


def test_setup_without_a_password_changes_nothing(folder, world, capsys, monkeypatch):
    monkeypatch.delenv("DATA_WAREHOUSE_ETL")
    assert main(["warehouse", "setup", "--designs", folder]) == 2
    assert "no password found (expected DATA_WAREHOUSE_PASSWORD_LOADER, a secret" in capsys.readouterr().err
    assert world.warehouse("SELECT 1 FROM pg_group WHERE groname = 'etl'") == []


def test_setup_with_a_password_that_ends_at_its_at_sign_changes_nothing(folder, world, capsys, monkeypatch):
    monkeypatch.setenv("DATA_WAREHOUSE_ETL", "postgres://loader:Half-of-1t@the-rest@127.0.0.1:5439/analytics")
    assert main(["warehouse", "setup", "--designs", folder]) == 2
    said = capsys.readouterr().err
    assert "Cannot read DATA_WAREHOUSE_ETL" in said and "the-rest" not in said
    assert world.warehouse("SELECT 1 FROM pg_group WHERE groname = 'etl'") == []


def test_set_up_interrupted_goes_on_where_it_ended(folder, world, tmp_path):
    """The database is there, and the first schema; then the same call brings the rest."""
    admin, access = load_block(Warehouse, "warehouse-admin"), read_access(tmp_path)
    passwords = Passwords(access, admin.aws, is_making=True)
    first = access.model_copy(update={"schemas": {"mart": access.schemas["mart"]}})
    set_up(admin, first, passwords.stored)
    rest = set_up(admin, access, passwords.stored).changed
    assert [text for text in rest if "mart" in text] == []
    assert sum("CREATE SCHEMA" in text for text in rest) == 2
    assert set_up(admin, access, passwords.stored).changed == []
    with pytest.raises(WarehouseError, match="has no database 'elsewhere'"):
        set_up_user(admin, access.model_copy(update={"database": "elsewhere"}), "loader", passwords.stored)


def test_find_password_of_a_secret_and_of_the_environment(folder, world, monkeypatch, tmp_path):
    client = boto3.client("secretsmanager", region_name=world.environment["AWS_DEFAULT_REGION"])
    names = {"warehouse/ann": '{"username": "ann", "password": "Secret-of-ann-1"}', "warehouse/bi": "plain"}
    for name, text in names.items():
        client.create_secret(Name=name, SecretString=text)
    declared = ACCESS.replace("  loader:", "  ann: {secret: warehouse/ann}\n  bi: {secret: warehouse/bi}\n  loader:")
    (tmp_path / "access.yaml").write_text(declared)
    admin, access = load_block(Warehouse, "warehouse-admin"), read_access(tmp_path)
    set_up(
        admin,
        access.model_copy(update={"users": {n: access.users[n] for n in ("ann", "loader")}}),
        Passwords(access, admin.aws).stored,
    )
    assert as_user(world, "ann", "Secret-of-ann-1", "SELECT current_user") == [("ann",)]
    assert as_user(world, "loader", PASSWORD, "SELECT current_user") == [("loader",)]
    with pytest.raises(ConfigError, match=r"password in secret 'warehouse/bi' is refused: it has 5 characters"):
        Passwords(access, admin.aws).stored("bi")
    monkeypatch.setenv("DATA_WAREHOUSE_PASSWORD_BI", "Of-the-environment-1")
    assert Passwords(access, admin.aws).stored("bi").startswith("md5")
    for name in names:
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
