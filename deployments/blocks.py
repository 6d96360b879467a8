"""The blocks, from the environment: the one place where a secret enters.

MYSQL_HOST MYSQL_PORT MYSQL_USER MYSQL_PASSWORD MYSQL_DATABASE               source-database/shop
POSTGRES_HOST …                                                              source-database/shop-postgres
LAKE_BUCKET AWS_DEFAULT_REGION [AWS_ENDPOINT_URL]                            lake/lake
[AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN]                  else as boto3 finds them
REDSHIFT_HOST REDSHIFT_PORT REDSHIFT_DATABASE REDSHIFT_USER REDSHIFT_PASSWORD warehouse/warehouse
REDSHIFT_CLUSTER_IDENTIFIER or REDSHIFT_WORKGROUP; [REDSHIFT_IAM_ROLE]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from prefect.blocks.core import Block
from prefect_aws import AwsCredentials, S3Bucket
from prefect_aws.client_parameters import AwsClientParameters
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.errors import ConfigError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SOURCES = {"MYSQL": ("shop", "mysql+pymysql"), "POSTGRES": ("shop-postgres", "postgresql+psycopg2")}


def save_blocks(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Saves each block that differs from what is saved; yields its slug and `created`, `changed` or `unchanged`.

    Raises: ConfigError that names every variable that is missing, before anything is saved.
    """
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
    aws = _aws(environment)
    yield _save(aws, "aws")
    for prefix in prefixes:
        name, driver = _SOURCES[prefix]
        connector = _connector(environment, prefix, driver)
        yield _save(connector, f"{name}-connector")
        is_local = environment[f"{prefix}_HOST"] in _LOOPBACK
        yield _save(SourceDatabase(connector=connector, tls="off" if is_local else "verify-full"), name)
    bucket = S3Bucket(bucket_name=environment["LAKE_BUCKET"], credentials=aws)
    yield _save(bucket, "lake-bucket")
    yield _save(Lake(bucket=bucket), "lake")
    connector = _connector(environment, "REDSHIFT", "redshift+redshift_connector")
    yield _save(connector, "warehouse-connector")
    cluster = environment.get("REDSHIFT_CLUSTER_IDENTIFIER")
    warehouse = Warehouse(
        connector=connector,
        aws=aws,
        iam_role=environment.get("REDSHIFT_IAM_ROLE") or "default",
        cluster_identifier=cluster,
        workgroup_name=None if cluster else environment.get("REDSHIFT_WORKGROUP"),
    )
    yield _save(warehouse, "warehouse")


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


def _save(block: Block, name: str) -> tuple[str, str]:
    """Saves where something differs. A nested block that is saved already is stored as a reference to it."""
    try:
        saved = cast(Block, type(block).load(name))
    except ValueError:
        change = "created"
    else:
        if _content(saved) == _content(block):
            block._block_document_id = saved._block_document_id
            block._block_document_name = saved._block_document_name
            return f"{block.get_block_type_slug()}/{name}", "unchanged"
        change = "changed"
    block.save(name, overwrite=True)
    return f"{block.get_block_type_slug()}/{name}", change


def _content(block: Block) -> Any:
    """What the block holds, secrets too, without Prefect's own marks (where it is saved)."""
    return _without_marks(block.model_dump(context={"include_secrets": True}))


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_marks(inner) for name, inner in value.items() if not str(name).startswith("_")}
    return value
