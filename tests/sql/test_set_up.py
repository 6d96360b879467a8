"""Whole statements that a set-up sends, by what is declared and what is there."""

from model.access import WRITE, Access
from model.access_state import ClusterState, SchemaState
from sql.render import render
from sql.set_up import (
    missing_database,
    missing_in_cluster,
    missing_in_database,
    missing_of_user,
    missing_user,
    surplus_in_cluster,
    surplus_in_database,
)

ACCESS = Access.model_validate(
    {
        "database": "analytics",
        "owner": "loader",
        "groups": ["etl", "analysts"],
        "etl_group": "etl",
        "user_group": "analysts",
        "users": {
            "loader": {"groups": ["etl"]},
            "ann": {"groups": ["analysts"], "personal_schema": True},
            "bi": {"login": "iam"},
        },
        "schemas": {"mart": {"readers": ["analysts"], "writers": ["etl"]}},
    }
)
USAGE = frozenset({"USAGE"})
CLUSTER = ClusterState(
    users=frozenset({"loader", "ann", "bi"}),
    members={"etl": frozenset({"loader"}), "analysts": frozenset({"ann"})},
    databases={"analytics": "loader"},
)
ANALYSTS, ETL = frozenset({"SELECT"}), frozenset(WRITE)
TABLE = {"analysts": ANALYSTS, "etl": ETL}
SCHEMAS = {
    "mart": SchemaState("loader", {"analysts": USAGE, "etl": USAGE | {"CREATE"}}, {"orders": TABLE}, {"loader": TABLE}),
    "ann": SchemaState("ann", {}),
}


def rendered(commands):
    return [render(command) for command in commands]


def stored(user):
    return f"md5 of {user}"


def test_missing_in_cluster_of_an_empty_warehouse_is_everything():
    assert rendered(missing_in_cluster(ACCESS, ClusterState(frozenset()), stored)) == [
        "CREATE GROUP etl",
        "CREATE GROUP analysts",
        "CREATE USER loader PASSWORD 'md5 of loader'",
        "ALTER GROUP etl ADD USER loader",
        "CREATE USER ann PASSWORD 'md5 of ann'",
        "ALTER GROUP analysts ADD USER ann",
        "CREATE USER bi PASSWORD DISABLE",
    ]


def test_missing_of_a_warehouse_that_is_as_declared_is_nothing():
    assert rendered(missing_in_cluster(ACCESS, CLUSTER, stored)) == []
    assert rendered(missing_database(ACCESS, CLUSTER)) == []
    assert rendered(missing_in_database(ACCESS, SCHEMAS)) == []


def test_missing_database_is_created_or_given_to_its_owner():
    assert rendered(missing_database(ACCESS, ClusterState(frozenset()))) == ["CREATE DATABASE analytics OWNER loader"]
    other = ClusterState(frozenset(), databases={"analytics": "awsuser"})
    assert rendered(missing_database(ACCESS, other)) == ["ALTER DATABASE analytics OWNER TO loader"]


def test_missing_in_database_of_an_empty_one_is_everything():
    assert rendered(missing_in_database(ACCESS, {})) == [
        "CREATE SCHEMA mart AUTHORIZATION loader",
        "GRANT USAGE ON SCHEMA mart TO GROUP analysts",
        "GRANT USAGE, CREATE ON SCHEMA mart TO GROUP etl",
        "ALTER DEFAULT PRIVILEGES FOR USER loader IN SCHEMA mart GRANT SELECT ON TABLES TO GROUP analysts",
        "ALTER DEFAULT PRIVILEGES FOR USER loader IN SCHEMA mart "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO GROUP etl",
        "CREATE SCHEMA ann AUTHORIZATION ann",
    ]


def test_missing_in_database_one_table_without_its_grants_gets_them():
    mart = SCHEMAS["mart"]
    tables = {"orders": TABLE, "nps": {"etl": ETL}}
    state = SCHEMAS | {"mart": SchemaState("awsuser", mart.privileges, tables, mart.defaults)}
    assert rendered(missing_in_database(ACCESS, state)) == [
        "ALTER SCHEMA mart OWNER TO loader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA mart TO GROUP analysts",
    ]


def test_surplus_of_a_warehouse_that_is_as_declared_is_nothing():
    assert rendered(surplus_in_cluster(ACCESS, CLUSTER)) == []
    assert rendered(surplus_in_database(ACCESS, SCHEMAS)) == []


def test_surplus_is_taken_from_groups_only_where_it_is_beyond_the_declared():
    more = frozenset({"SELECT", "DELETE"})
    members = {"analysts": frozenset({"ann", "bob"}), "others": frozenset({"bob"})}
    assert rendered(surplus_in_cluster(ACCESS, ClusterState(frozenset(), members))) == [
        "ALTER GROUP analysts DROP USER bob"
    ]
    state = SchemaState(
        "loader",
        {"analysts": USAGE | {"CREATE"}, "others": USAGE},
        {"orders": TABLE, "nps": {"analysts": more}},
        {"loader": {"analysts": more}, "bob": {"etl": ETL}},
    )
    assert rendered(surplus_in_database(ACCESS, {"mart": state, "elsewhere": state})) == [
        "REVOKE CREATE ON SCHEMA mart FROM GROUP analysts",
        "REVOKE USAGE ON SCHEMA mart FROM GROUP others",
        "REVOKE DELETE ON ALL TABLES IN SCHEMA mart FROM GROUP analysts",
        "ALTER DEFAULT PRIVILEGES FOR USER bob IN SCHEMA mart "
        "REVOKE DELETE, INSERT, SELECT, UPDATE ON TABLES FROM GROUP etl",
        "ALTER DEFAULT PRIVILEGES FOR USER loader IN SCHEMA mart REVOKE DELETE ON TABLES FROM GROUP analysts",
    ]


def test_missing_user_is_one_user_only():
    assert rendered(missing_user(ACCESS, "ann", ClusterState(frozenset({"ann"})), stored)) == [
        "ALTER GROUP analysts ADD USER ann"
    ]
    assert rendered(missing_of_user(ACCESS, "ann", {"mart": SCHEMAS["mart"]})) == [
        "CREATE SCHEMA ann AUTHORIZATION ann"
    ]


def test_create_user_shown_has_no_password():
    [create, *_] = missing_user(ACCESS, "ann", ClusterState(frozenset()), stored)
    assert render(create.shown) == "CREATE USER ann PASSWORD '***'"
