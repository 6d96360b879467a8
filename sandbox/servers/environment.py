"""The facts of one sandbox, and the environment variables that carry them."""

from __future__ import annotations

import itertools
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

REGION = "us-east-1"
CLUSTER = WORKGROUP = "sandbox"
WAREHOUSE_DATABASE = "dev"
WAREHOUSE_ADMIN = "awsuser"
IAM_ROLE = "arn:aws:iam::123456789012:role/RedshiftLoader"
BUCKET = "lake"
SHOP = "shop"
SECRET_NAME = "sandbox/redshift"  # noqa: S105 a name
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    aws: int
    redshift: int
    mysql: int
    postgres: int
    engine: int


def free_ports() -> Ports:
    """Five different ports that nobody uses now.

    They lie below those that the system gives to outgoing connections: one of these could take a port between
    now and the server's start, or, while we wait for the server, even connect to itself.
    """
    candidates = secrets.SystemRandom().sample(range(15_000, 32_000), 200)
    return Ports(*itertools.islice(filter(is_free, candidates), 5))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def command_environment(ports: Ports, passwords: dict[str, str]) -> dict[str, str]:
    """What a command needs to use the sandbox."""
    return {
        **aws_environment(ports, passwords),
        "REDSHIFT_HOST": HOST,
        "REDSHIFT_PORT": str(ports.redshift),
        "REDSHIFT_DATABASE": WAREHOUSE_DATABASE,
        "REDSHIFT_USER": WAREHOUSE_ADMIN,
        "REDSHIFT_PASSWORD": passwords["redshift"],
        "REDSHIFT_CLUSTER_IDENTIFIER": CLUSTER,
        "REDSHIFT_WORKGROUP": WORKGROUP,
        "REDSHIFT_IAM_ROLE": IAM_ROLE,
        "LAKE_BUCKET": BUCKET,
        "MYSQL_HOST": HOST,
        "MYSQL_PORT": str(ports.mysql),
        "MYSQL_USER": SHOP,
        "MYSQL_PASSWORD": passwords["mysql"],
        "MYSQL_DATABASE": SHOP,
        "POSTGRES_HOST": HOST,
        "POSTGRES_PORT": str(ports.postgres),
        "POSTGRES_USER": SHOP,
        "POSTGRES_PASSWORD": passwords["postgres"],
        "POSTGRES_DATABASE": SHOP,
    }


def aws_environment(ports: Ports, passwords: dict[str, str]) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{ports.aws}",
        "AWS_ACCESS_KEY_ID": passwords["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": passwords["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": REGION,
    }


def aws_command(ports: Ports, control: Path) -> list[str]:
    """Arguments of `python -m sandbox.aws`; the admin's password comes by REDSHIFT_ADMIN_PASSWORD."""
    return [
        *("--listen-port", str(ports.aws)),
        *("--redshift-host", HOST, "--redshift-port", str(ports.redshift)),
        *("--database", WAREHOUSE_DATABASE, "--admin-user", WAREHOUSE_ADMIN),
        *("--admin-password-env", "REDSHIFT_ADMIN_PASSWORD"),
        *("--cluster", CLUSTER, "--workgroup", WORKGROUP, "--region", REGION),
        *("--bucket", BUCKET, "--secret", SECRET_NAME, "--iam-role", IAM_ROLE),
        *("--control", str(control)),
    ]


def redshift_command(ports: Ports, socket_dir: Path, state_folder: Path) -> list[str]:
    """Arguments of `python -m sandbox.redshift`; the admin's password comes by REDSHIFT_ADMIN_PASSWORD."""
    return [
        *("--listen-port", str(ports.redshift)),
        *("--engine-host", str(socket_dir), "--engine-port", str(ports.engine)),
        *("--engine-superuser", "postgres", "--database", WAREHOUSE_DATABASE),
        *("--admin-user", WAREHOUSE_ADMIN, "--admin-password-env", "REDSHIFT_ADMIN_PASSWORD"),
        *("--s3-endpoint", f"http://{HOST}:{ports.aws}", "--region", REGION, "--iam-role", IAM_ROLE),
        *("--tls-cert", str(state_folder / "redshift.crt"), "--tls-key", str(state_folder / "redshift.key")),
        *("--control", str(state_folder / "control.json")),
    ]
