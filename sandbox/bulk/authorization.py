"""Who a COPY or UNLOAD acts as: the three styles of authorization, and whether a role may be assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.backend import Backend, LakeAccess, RedshiftError
from sandbox.bulk.errors import internal_error
from sandbox.bulk.options import ROLE, TEXT

GRAMMAR = {
    "IAM_ROLE": ROLE,
    "ACCESS_KEY_ID": TEXT,
    "SECRET_ACCESS_KEY": TEXT,
    "SESSION_TOKEN": TEXT,
    "CREDENTIALS": TEXT,
}
_CREDENTIAL_KEYS = {"aws_iam_role", "aws_access_key_id", "aws_secret_access_key", "token", "master_symmetric_key"}


@dataclass(frozen=True)
class Authorization:
    """A chain of roles (`default` stands for the cluster's), or keys; keys themselves are not kept."""

    roles: tuple[str, ...]

    @property
    def has_keys(self) -> bool:
        return not self.roles


def parse_authorization(options: dict[str, Any]) -> Authorization:
    """The one authorization among the options.

    Raises: RedshiftError when there is none, or more than one style.
    Source: AWS copy-parameters-authorization.
    """
    has_role = "IAM_ROLE" in options
    has_credentials = "CREDENTIALS" in options
    has_keys = any(name in options for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
    if has_role + has_credentials + has_keys > 1:
        raise RedshiftError("42601", "conflicting or redundant options")
    if has_role:
        return Authorization(tuple(options["IAM_ROLE"].split(",")))
    if has_credentials:
        return _from_credentials(options["CREDENTIALS"])
    if options.get("ACCESS_KEY_ID") and options.get("SECRET_ACCESS_KEY"):
        return Authorization(())
    raise internal_error("CREDENTIALS argument is required but not provided", 8001, location="xen_copy.cpp:159")


def check_role(authorization: Authorization, backend: Backend, lake: LakeAccess) -> None:
    """Refuses a role that the cluster does not have. Source: public report tmclaugh/hauser#10."""
    for role in authorization.roles:
        if (role == "default" and lake.iam_roles) or role in lake.iam_roles:
            continue
        if role == "default":
            raise internal_error("Default IAM role is not set for this cluster", 8001)
        account = role.split(":")[4] if role.count(":") >= 5 else "123456789012"
        user = backend.execute("SELECT current_user")[0][0]
        name = f"arn:aws:redshift:{lake.region}:{account}:dbuser:sandbox/{user}"
        text = f"User {name} is not authorized to assume IAM Role {role}"
        raise internal_error(text, 8001, f"IAM Role={role}", "xen_aws_credentials_mgr.cpp:402")


def _from_credentials(text: str) -> Authorization:
    pairs = dict(part.split("=", 1) for part in text.rstrip(";").split(";") if "=" in part)
    is_role = "aws_iam_role" in pairs
    is_keys = {"aws_access_key_id", "aws_secret_access_key"} <= set(pairs)
    is_well_formed = not any(character.isspace() for character in text) and set(pairs) <= _CREDENTIAL_KEYS
    if not is_well_formed or is_role == is_keys:
        form = "credentials 'aws_access_key_id=<access-key>;aws_secret_access_key=<secret-key>"
        note = "[;token=<temporary-session-token>]' or credentials 'aws_iam_role=<role-arn>'"
        raise internal_error(f"Invalid credentials. Must be of the format: {form}{note}", 8001)
    return Authorization(tuple(pairs["aws_iam_role"].split(",")) if is_role else ())
