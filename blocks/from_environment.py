"""Connections from the environment alone, in the place of saved blocks.

DATA_WAREHOUSE_ETL      postgres://user:password@host:5439/database      the block warehouse/warehouse
DATA_WAREHOUSE_ADMIN    the same, as administrator                       warehouse/warehouse-admin
DATA_SOURCE_<NAME>      mysql://… or postgres://…                        source-database/<name>
LAKE_BUCKET             [AWS_DEFAULT_REGION AWS_ENDPOINT_URL]            lake/lake

Where the first is set, every block comes from here; where only the second is, that one. A URL may end with
?sslmode=disable, require, verify-ca or verify-full; left out, TLS with a verified certificate, except to this machine
itself. Cluster or workgroup are read off the warehouse's host name, or named by REDSHIFT_CLUSTER_IDENTIFIER or
REDSHIFT_WORKGROUP; REDSHIFT_IAM_ROLE is the role of COPY and UNLOAD. AWS credentials are those that boto3 finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from prefect.blocks.core import Block
from prefect_aws import AwsCredentials, S3Bucket
from prefect_aws.client_parameters import AwsClientParameters
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

from blocks.lake import Lake
from blocks.source_database import SourceDatabase
from blocks.warehouse import Warehouse
from model.errors import ConfigError
from model.source_address import TlsMode

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_WAREHOUSES = {"warehouse": "DATA_WAREHOUSE_ETL", "warehouse-admin": "DATA_WAREHOUSE_ADMIN"}
_DRIVERS = {"mysql": "mysql+pymysql", "postgres": "postgresql+psycopg2", "postgresql": "postgresql+psycopg2"}
_OF_WAREHOUSES = ("postgres", "postgresql", "redshift")
_PORTS = {"mysql": 3306, "postgres": 5432, "postgresql": 5432}
_TLS_MODES: dict[str, TlsMode] = {
    "disable": "off",
    "require": "require",
    "verify-ca": "verify-ca",
    "verify-full": "verify-full",
}
# Source: https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-from-psql.html, serverless-connecting.html
_CLUSTER_HOST = re.compile(r"(?P<name>[^.]+)\.[^.]+\.(?P<region>[^.]+)\.redshift\.amazonaws\.com(\.cn)?")
_WORKGROUP_HOST = re.compile(r"(?P<name>[^.]+)\.\d+\.(?P<region>[^.]+)\.redshift-serverless\.amazonaws\.com(\.cn)?")


def is_from_environment(environment: Mapping[str, str], name: str) -> bool:
    """Whether the block of that name comes from the environment, so that no saved one is asked for."""
    return bool(environment.get(_WAREHOUSES["warehouse"]) or environment.get(_WAREHOUSES.get(name, "")))


def block_from_environment(environment: Mapping[str, str], block_type: type[Block], name: str) -> Block:
    """The block that would be saved by that name.

    Raises: ConfigError for a variable that is missing or wrong; it never shows a password.
    """
    if block_type is Lake and environment.get("LAKE_BUCKET"):
        aws = aws_credentials(environment, environment.get("AWS_DEFAULT_REGION"))
        return Lake(bucket=S3Bucket(bucket_name=environment["LAKE_BUCKET"], credentials=aws))
    variable = {Lake: "LAKE_BUCKET", Warehouse: _WAREHOUSES.get(name)}.get(block_type) or variable_of_source(name)
    if not (text := environment.get(variable)):
        raise ConfigError(
            f"Cannot connect to '{name}': {variable} is not set, and connections come from the environment, "
            f"because {_WAREHOUSES['warehouse']} is. Set it."
        )
    return _warehouse(environment, variable, text) if block_type is Warehouse else _source(variable, text)


def variable_of_source(name: str) -> str:
    """
    >>> variable_of_source("shop-postgres")
    'DATA_SOURCE_SHOP_POSTGRES'
    """
    return "DATA_SOURCE_" + re.sub(r"\W", "_", name).upper()


def aws_credentials(environment: Mapping[str, str], region: str | None) -> AwsCredentials:
    """Keys that boto3 finds by itself at each use: temporary ones end soon."""
    endpoint = environment.get("AWS_ENDPOINT_URL") or None
    return AwsCredentials(region_name=region, aws_client_parameters=AwsClientParameters(endpoint_url=endpoint))


def _source(variable: str, text: str) -> SourceDatabase:
    url = database_url(variable, text, tuple(_DRIVERS))
    connector = SqlAlchemyConnector(connection_info=_components(url, _DRIVERS[url.drivername], _PORTS[url.drivername]))
    return SourceDatabase(connector=connector, tls=_tls(variable, url))


def _warehouse(environment: Mapping[str, str], variable: str, text: str) -> Warehouse:
    url = database_url(variable, text)
    components = _components(url, "redshift+redshift_connector", 5439)
    cluster, workgroup = (re.fullmatch(pattern, str(url.host)) for pattern in (_CLUSTER_HOST, _WORKGROUP_HOST))
    named = cluster or workgroup
    cluster_identifier = environment.get("REDSHIFT_CLUSTER_IDENTIFIER") or (cluster and cluster["name"])
    workgroup_name = environment.get("REDSHIFT_WORKGROUP") or (workgroup and workgroup["name"])
    if not cluster_identifier and not workgroup_name:
        raise ConfigError(
            f"Cannot read {variable}: '{url.host}' is no host name of Redshift's own (expected one, or "
            "REDSHIFT_CLUSTER_IDENTIFIER or REDSHIFT_WORKGROUP). Set one of these."
        )
    return Warehouse(
        connector=SqlAlchemyConnector(connection_info=components, connect_args=_ssl_arguments(_tls(variable, url))),
        aws=aws_credentials(environment, environment.get("AWS_DEFAULT_REGION") or (named and named["region"])),
        iam_role=environment.get("REDSHIFT_IAM_ROLE") or "default",
        cluster_identifier=cluster_identifier,
        workgroup_name=None if cluster_identifier else workgroup_name,
    )


def _ssl_arguments(tls: TlsMode) -> dict[str, Any]:
    """What redshift_connector takes; it verifies by itself, and knows no encryption without that."""
    return {"ssl": False} if tls == "off" else {"sslmode": "verify-ca" if tls == "require" else tls}


def database_url(variable: str, text: str, drivers: tuple[str, ...] = _OF_WAREHOUSES) -> sa.URL:
    """Raises: ConfigError that names the variable, and shows no part of the text."""
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        url = None
    schemes = " or ".join(f"{name}://" for name in drivers)
    # A second @ belongs to the password, whose end would be taken for the host, and be shown.
    is_whole = url is not None and url.host and url.username and url.database and text.count("@") == 1
    if url is None or not is_whole or url.drivername not in drivers:
        raise ConfigError(
            f"Cannot read {variable}: it is no URL of a database (expected {schemes}user:password@host:port/database, "
            "special characters as %40). Correct it."
        ) from None
    return url


def _components(url: sa.URL, driver: str, port: int) -> ConnectionComponents:
    return ConnectionComponents(
        driver=driver,
        host=url.host,
        port=url.port or port,
        username=url.username,
        password=SecretStr(str(url.password or "")),
        database=url.database,
    )


def _tls(variable: str, url: sa.URL) -> TlsMode:
    if unknown := sorted(url.query.keys() - {"sslmode"}):
        raise ConfigError(f"Cannot read {variable}: found ?{unknown[0]} (expected nothing but sslmode). Remove it.")
    found = url.query.get("sslmode")
    if found is None:
        return "off" if url.host in _LOOPBACK else "verify-full"
    if found not in _TLS_MODES:
        raise ConfigError(f"Cannot read {variable}: sslmode is '{found}' (expected one of {', '.join(_TLS_MODES)}).")
    return _TLS_MODES[cast(str, found)]
