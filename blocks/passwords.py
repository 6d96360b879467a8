"""Passwords of new users: from the environment, from Secrets Manager, by prompt; never from a command line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from getpass import getpass

from prefect_aws import AwsCredentials

from blocks.from_environment import database_url
from blocks.lake import aws_client, aws_errors
from model.access import Access
from model.errors import ConfigError
from model.password import make_password, password_flaw, stored_password


@dataclass
class Passwords:
    """Of users that are about to be created. `made` holds those that were made, by user, to be shown once."""

    access: Access
    aws: AwsCredentials
    is_making: bool = False
    made: dict[str, str] = field(default_factory=dict)

    def stored(self, user: str) -> str:
        """The password in the form in which the warehouse keeps it.

        Raises: what `find_password` raises.
        """
        if self.is_making:
            password = self.made[user] = make_password()
        else:
            password = find_password(os.environ, self.aws, user, self.access.users[user].secret)
        return stored_password(password, user)


def variable_of_password(user: str) -> str:
    """
    >>> variable_of_password("ann")
    'DATA_WAREHOUSE_PASSWORD_ANN'
    """
    return f"DATA_WAREHOUSE_PASSWORD_{user.upper()}"


def find_password(environment: Mapping[str, str], aws: AwsCredentials, user: str, secret: str | None) -> str:
    """The first of: DATA_WAREHOUSE_PASSWORD_<USER>, the password of that user in DATA_WAREHOUSE_ETL, the secret of
    that name, what a person types twice.

    Raises: ConfigError where there is none, or where the warehouse would refuse it.
    """
    variable = variable_of_password(user)
    if found := environment.get(variable):
        return _allowed(found, user, variable)
    if found := _of_url(environment.get("DATA_WAREHOUSE_ETL"), user):
        return _allowed(found, user, "DATA_WAREHOUSE_ETL")
    if secret:
        return _allowed(_of_secret(aws, secret), user, f"secret '{secret}'")
    if sys.stdin.isatty():
        return _typed(user)
    raise ConfigError(
        f"Cannot create user '{user}': no password found (expected {variable}, a secret in warehouse/access.yaml, or a "
        "terminal to ask at). Set one of them, or let it be made: --generate-password."
    )


def _of_url(text: str | None, user: str) -> str | None:
    url = database_url("DATA_WAREHOUSE_ETL", text) if text else None
    return str(url.password) if url and url.username == user and url.password else None


def _of_secret(aws: AwsCredentials, name: str) -> str:
    """The field `password` of a JSON object, as the console makes it, or the whole text.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    with aws_errors(f"read secret '{name}'"):
        text: str = aws_client(aws, "secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    try:
        fields = json.loads(text)
    except ValueError:
        return text
    return str(fields["password"]) if isinstance(fields, dict) and "password" in fields else text


def _typed(user: str) -> str:
    password = getpass(f"Password of {user}: ")
    if getpass("Again: ") != password:
        raise ConfigError(f"Cannot create user '{user}': the passwords differ (expected the same twice). Run again.")
    return _allowed(password, user, "what was typed")


def _allowed(password: str, user: str, where: str) -> str:
    if flaw := password_flaw(password):
        raise ConfigError(f"Cannot create user '{user}': the password in {where} is refused: {flaw}. Choose another.")
    return password
