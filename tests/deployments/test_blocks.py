import pytest

from deployments.blocks import block_changes
from model.errors import ConfigError

GIVEN = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "LAKE_BUCKET": "lake",
    "MYSQL_HOST": "db.example.com",
    "MYSQL_PORT": "3306",
    "MYSQL_USER": "loader",
    "MYSQL_PASSWORD": "p",
    "MYSQL_DATABASE": "shop",
    "REDSHIFT_HOST": "wh.example.com",
    "REDSHIFT_PORT": "5439",
    "REDSHIFT_USER": "loader",
    "REDSHIFT_PASSWORD": "p",
    "REDSHIFT_DATABASE": "dev",
    "REDSHIFT_WORKGROUP": "analytics",
}


def test_block_changes_missing_variables_are_all_named():
    given = {name: value for name, value in GIVEN.items() if name not in ("REDSHIFT_WORKGROUP", "MYSQL_USER")}
    with pytest.raises(ConfigError, match=r"MYSQL_USER, REDSHIFT_CLUSTER_IDENTIFIER not set"):
        list(block_changes(given))


def test_block_changes_real_hosts_are_reached_by_tls(monkeypatch):
    saved = {}
    monkeypatch.setattr("deployments.blocks._change", lambda block, name: saved.setdefault(name, block))
    list(block_changes(GIVEN))
    assert saved["shop"].tls == "verify-full"
    assert saved["warehouse-connector"].connect_args == {}
    assert saved["warehouse"].iam_role == "default"
    assert (saved["warehouse"].workgroup_name, saved["warehouse"].cluster_identifier) == ("analytics", None)
    assert "shop-postgres" not in saved


def test_block_changes_this_machine_is_reached_without_tls(monkeypatch):
    saved = {}
    monkeypatch.setattr("deployments.blocks._change", lambda block, name: saved.setdefault(name, block))
    list(block_changes(GIVEN | {"MYSQL_HOST": "127.0.0.1", "REDSHIFT_HOST": "localhost"}))
    assert saved["shop"].tls == "off"
    assert saved["warehouse-connector"].connect_args == {"ssl": False}


@pytest.mark.parametrize(("given", "kept"), [({}, "AKIA1"), ({"AWS_SESSION_TOKEN": "t"}, None)])
def test_block_changes_keys_that_end_soon_are_not_saved(monkeypatch, given, kept):
    saved = {}
    monkeypatch.setattr("deployments.blocks._change", lambda block, name: saved.setdefault(name, block))
    list(block_changes(GIVEN | {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s"} | given))
    assert saved["aws"].aws_access_key_id == kept
    assert (saved["aws"].aws_secret_access_key is None) == (kept is None)
    assert saved["aws"].aws_session_token is None
