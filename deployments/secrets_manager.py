"""Facts of a database out of AWS Secrets Manager, in the form that AWS itself gives the secrets of its databases."""

from __future__ import annotations

import json
from collections.abc import Mapping

import boto3

from blocks.lake import aws_errors
from model.errors import ConfigError

# Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
_KEYS = {"HOST": "host", "PORT": "port", "USER": "username", "PASSWORD": "password", "DATABASE": "dbname"}
_PREFIXES = ("MYSQL", "POSTGRES", "REDSHIFT")


def with_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment, and of each secret that it names (MYSQL_SECRET …) what it does not set itself.

    Raises: ConfigError for a secret that is missing or has another form.
    """
    filled = dict(environment)
    for prefix in _PREFIXES:
        if name := environment.get(f"{prefix}_SECRET"):
            secret = _read(name)
            filled |= {
                f"{prefix}_{part}": str(secret[key])
                for part, key in _KEYS.items()
                if secret.get(key) and not environment.get(f"{prefix}_{part}")
            }
    return filled


def _read(name: str) -> dict[str, object]:
    with aws_errors(f"read secret '{name}'"):
        text = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    try:
        secret = json.loads(text)
    except ValueError:
        secret = None
    if not isinstance(secret, dict):
        raise ConfigError(
            f"Cannot use secret '{name}': it holds no JSON object (expected {', '.join(_KEYS.values())}). Correct it."
        )
    return secret
