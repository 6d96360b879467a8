"""Who may do what in the warehouse, as `warehouse/access.yaml` declares it. Passwords never stand there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from model.errors import ConfigError
from model.read_design import WAREHOUSE
from model.read_yaml import read_fields, validated
from model.table_design import Declared, Identifier

READ = ("SELECT",)
WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE")


class User(Declared):
    groups: tuple[Identifier, ...] = ()
    personal_schema: bool = Field(default=False, description="Whether the user owns a schema of the same name.")
    login: Literal["password", "iam"] = Field(
        default="password", description="iam: no password; the user comes with temporary credentials of AWS only."
    )
    secret: str | None = Field(
        default=None, description="Name of the secret of AWS Secrets Manager that holds the password."
    )

    def as_yaml(self, name: str) -> str:
        """
        >>> User(groups=("analysts",), personal_schema=True).as_yaml("ann")
        'ann: {groups: [analysts], personal_schema: true}'
        """
        return f"{name}: {{groups: [{', '.join(self.groups)}]{', personal_schema: true' * self.personal_schema}}}"


class SchemaAccess(Declared):
    readers: tuple[Identifier, ...] = Field(default=(), description="Groups that may read every table.")
    writers: tuple[Identifier, ...] = Field(default=(), description="Groups that may also write and create tables.")

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.readers, *self.writers)))


class Access(Declared):
    """A database, its owner, its groups and users, and what each group may do in each schema."""

    database: Identifier
    owner: Identifier = Field(description="The ETL user: owns database and schemas, and creates the tables.")
    groups: tuple[Identifier, ...] = Field(min_length=1)
    etl_group: Identifier = Field(description="Where create-user --etl puts a user.")
    user_group: Identifier = Field(description="Where create-user puts any other user.")
    users: Mapping[Identifier, User]
    schemas: Mapping[Identifier, SchemaAccess] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_what_is_declared(self) -> Access:
        if self.owner not in self.users:
            raise ValueError(f"owner: '{self.owner}' is not among the users (expected one of {_listed(self.users)})")
        named = [("etl_group", self.etl_group), ("user_group", self.user_group)]
        named += [(f"users.{name}.groups", group) for name, user in self.users.items() for group in user.groups]
        named += [(f"schemas.{name}", group) for name, schema in self.schemas.items() for group in schema.groups]
        for field, group in named:
            if group not in self.groups:
                raise ValueError(f"{field}: '{group}' is not among the groups (expected one of {_listed(self.groups)})")
        for name, user in self.users.items():
            if user.personal_schema and name in self.schemas:
                raise ValueError(f"users.{name}.personal_schema: schemas has '{name}' already (expected one of both)")
        return self

    def members(self, group: str) -> frozenset[str]:
        return frozenset(name for name, user in self.users.items() if group in user.groups)

    def creators(self, schema: str) -> list[str]:
        """Who creates tables there: the owner, and the members of each group that may write.

        Default privileges reach the tables of one creator only.
        Source: https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
        """
        writing = [self.members(group) for group in self.schemas[schema].writers]
        return [self.owner, *sorted(frozenset[str]().union(*writing) - {self.owner})]

    def schema_privileges(self, schema: str) -> dict[str, tuple[str, ...]]:
        """What each group may do with the schema itself."""
        declared = self.schemas[schema]
        return {group: ("USAGE", "CREATE") if group in declared.writers else ("USAGE",) for group in declared.groups}

    def table_privileges(self, schema: str) -> dict[str, tuple[str, ...]]:
        """What each group may do with every table of the schema, those to come as well."""
        declared = self.schemas[schema]
        return {group: WRITE if group in declared.writers else READ for group in declared.groups}

    def with_user(self, name: str, user: User) -> Access:
        """Raises: ValueError for what the file would be refused for."""
        return Access.model_validate(dict(self) | {"users": {**self.users, name: user}})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def read_access(warehouse: Path = WAREHOUSE) -> Access:
    """Raises: ConfigError for a file that is bad or missing."""
    path = warehouse / "access.yaml"
    shown = path.relative_to(warehouse.parent)
    if not path.exists():
        raise ConfigError(f"Cannot find '{shown}': there is no such file (expected database, owner, groups). Write it.")
    return validated(Access, read_fields(path.read_text(encoding="utf-8"), shown), shown)
