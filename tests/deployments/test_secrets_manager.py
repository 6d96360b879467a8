import pytest

from deployments.secrets_manager import with_secrets
from model.errors import ConfigError


def test_with_secrets_fills_what_is_not_set(sandbox_environment):
    given = {"REDSHIFT_SECRET": "sandbox/redshift", "REDSHIFT_HOST": "wh.example.com"}
    filled = with_secrets(given)
    assert filled["REDSHIFT_PASSWORD"] == sandbox_environment["REDSHIFT_PASSWORD"]
    assert filled["REDSHIFT_USER"] == sandbox_environment["REDSHIFT_USER"]
    assert filled["REDSHIFT_HOST"] == "wh.example.com"


def test_with_secrets_unknown_secret_is_named(sandbox_environment):
    with pytest.raises(ConfigError, match="Cannot read secret 'nowhere'"):
        with_secrets({"MYSQL_SECRET": "nowhere"})
