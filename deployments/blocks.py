"""The blocks, from the environment: the one place where a secret enters.

MYSQL_HOST MYSQL_PORT MYSQL_USER MYSQL_PASSWORD MYSQL_DATABASE               source-database/shop
POSTGRES_HOST …                                                              source-database/shop-postgres
LAKE_BUCKET AWS_DEFAULT_REGION [AWS_ENDPOINT_URL]                            lake/lake
[AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN]                  else as boto3 finds them
REDSHIFT_HOST REDSHIFT_PORT REDSHIFT_DATABASE REDSHIFT_USER REDSHIFT_PASSWORD warehouse/warehouse
REDSHIFT_CLUSTER_IDENTIFIER or REDSHIFT_WORKGROUP; [REDSHIFT_IAM_ROLE REDSHIFT_SLICES]

MYSQL_SECRET, POSTGRES_SECRET, REDSHIFT_SECRET name a secret of AWS Secrets Manager that holds what is not set of HOST,
PORT, USER, PASSWORD, DATABASE, in the form that AWS itself gives the secrets of its databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

from prefect.blocks.core import Block
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect_aws import AwsCredentials, S3Bucket
from prefect_aws.client_parameters import AwsClientParameters
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from deployments.change import Change
from deployments.secrets_manager import with_secrets
from model.errors import ConfigError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SAID = {"create": "created", "change": "changed", "keep": "unchanged"}
_SOURCES = {"MYSQL": ("shop", "mysql+pymysql"), "POSTGRES": ("shop-postgres", "postgresql+psycopg2")}


def save_blocks(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Saves each block that differs from what is saved; yields its slug and `created`, `changed` or `unchanged`.

    Raises: as `block_changes` does.
    """
    for change in block_changes(environment):
        change.apply()
        yield change.name, _SAID[change.action]


def block_changes(environment: Mapping[str, str]) -> Iterator[Change]:
    """A change for each block, to be applied in this order: a block holds references to those before it.

    Raises: ConfigError that names every variable that is missing, before the first.
    """
    environment = with_secrets(environment)
    needed = ["LAKE_BUCKET", "AWS_DEFAULT_REGION", *_names("REDSHIFT")]
    prefixes = [prefix for prefix in _SOURCES if any(name in environment for name in _names(prefix))]
    needed += [name for prefix in prefixes or ["MYSQL"] for name in _names(prefix)]
    if not environment.get("REDSHIFT_WORKGROUP"):
        needed.append("REDSHIFT_CLUSTER_IDENTIFIER")
    if missing := [name for name in needed if not environment.get(name)]:
        raise ConfigError(
            f"Cannot save the blocks: {', '.join(missing)} not set in the environment. "
            "Set them, or try the sandbox: ./run sandbox run -- python -m deployments blocks"
        )
    for name in (name for name in needed if name.endswith("_PORT")):
        if not environment[name].isdigit() or not 0 < int(environment[name]) < 65536:
            raise ConfigError(f"Cannot save the blocks: {name} is '{environment[name]}' (expected 1 to 65535).")
    return _block_changes(environment, prefixes)


def _block_changes(environment: Mapping[str, str], prefixes: list[str]) -> Iterator[Change]:
    aws = _aws(environment)
    yield _change(aws, "aws")
    for prefix in prefixes:
        name, driver = _SOURCES[prefix]
        connector = _connector(environment, prefix, driver)
        yield _change(connector, f"{name}-connector")
        is_local = environment[f"{prefix}_HOST"] in _LOOPBACK
        yield _change(SourceDatabase(connector=connector, tls="off" if is_local else "verify-full"), name)
    bucket = S3Bucket(bucket_name=environment["LAKE_BUCKET"], credentials=aws)
    yield _change(bucket, "lake-bucket")
    yield _change(Lake(bucket=bucket), "lake")
    connector = _connector(environment, "REDSHIFT", "redshift+redshift_connector")
    yield _change(connector, "warehouse-connector")
    cluster = environment.get("REDSHIFT_CLUSTER_IDENTIFIER")
    warehouse = Warehouse(
        connector=connector,
        aws=aws,
        iam_role=environment.get("REDSHIFT_IAM_ROLE") or "default",
        slice_count=int(environment.get("REDSHIFT_SLICES") or 1),
        cluster_identifier=cluster,
        workgroup_name=None if cluster else environment.get("REDSHIFT_WORKGROUP"),
    )
    yield _change(warehouse, "warehouse")


def removed_blocks(client: SyncPrefectClient) -> Iterator[Change]:
    """The blocks that `block_changes` makes, those first that hold others."""
    connectors = [f"{name}-connector" for name, _ in _SOURCES.values()]
    names: dict[type[Block], list[str]] = {
        Warehouse: ["warehouse"],
        Lake: ["lake"],
        SourceDatabase: [name for name, _ in _SOURCES.values()],
        SqlAlchemyConnector: ["warehouse-connector", *connectors],
        S3Bucket: ["lake-bucket"],
        AwsCredentials: ["aws"],
    }
    for block_type, of_type in names.items():
        slug = block_type.get_block_type_slug()
        for name in of_type:
            try:
                found = client.read_block_document_by_name(name, slug, include_secrets=False)
            except ObjectNotFound:
                continue
            yield Change("block", f"{slug}/{name}", "remove", apply=partial(client.delete_block_document, found.id))


def _names(prefix: str) -> list[str]:
    return [f"{prefix}_{part}" for part in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")]


def _aws(environment: Mapping[str, str]) -> AwsCredentials:
    """Keys that last; temporary ones (with a session token) end soon: boto3 finds newer ones by itself at each run."""
    secret = environment.get("AWS_SECRET_ACCESS_KEY")
    is_lasting = bool(secret) and not environment.get("AWS_SESSION_TOKEN")
    return AwsCredentials(
        aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID") if is_lasting else None,
        aws_secret_access_key=SecretStr(secret) if secret and is_lasting else None,
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_client_parameters=AwsClientParameters(endpoint_url=environment.get("AWS_ENDPOINT_URL") or None),
    )


def _connector(environment: Mapping[str, str], prefix: str, driver: str) -> SqlAlchemyConnector:
    host, port, user, password, database = (environment[name] for name in _names(prefix))
    components = ConnectionComponents(
        driver=driver, host=host, port=int(port), username=user, password=SecretStr(password), database=database
    )
    # The warehouse's driver asks for TLS with a verified certificate, unless told that it talks to this machine.
    is_local_warehouse = prefix == "REDSHIFT" and host in _LOOPBACK
    return SqlAlchemyConnector(connection_info=components, connect_args={"ssl": False} if is_local_warehouse else {})


def _change(block: Block, name: str) -> Change:
    """A nested block that is saved already is stored as a reference to it."""
    slug = f"{block.get_block_type_slug()}/{name}"
    save = partial(_save, block, name)
    try:
        saved = cast(Block, type(block).load(name))
    except ValueError:
        return Change("block", slug, "create", apply=save)
    if _content(saved) != _content(block):
        return Change("block", slug, "change", apply=save)
    block._block_document_id = saved._block_document_id
    block._block_document_name = saved._block_document_name
    return Change("block", slug, "keep")


def _save(block: Block, name: str) -> None:
    block.save(name, overwrite=True)


def _content(block: Block) -> Any:
    """What the block holds, secrets too, without Prefect's own marks (where it is saved)."""
    return _without_marks(block.model_dump(context={"include_secrets": True}))


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_marks(inner) for name, inner in value.items() if not str(name).startswith("_")}
    return value
