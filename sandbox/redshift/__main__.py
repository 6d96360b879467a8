"""Command line of the endpoint: `python -m sandbox.redshift --help`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from sandbox.backend import LakeAccess
from sandbox.redshift.prepare import prepare
from sandbox.redshift.server import Server
from sandbox.redshift.settings import Settings


def main(arguments: list[str] | None = None) -> None:
    """Prepare the engine, listen, print `ready`, run until SIGTERM."""
    options = parser().parse_args(arguments)
    settings = Settings(
        engine_host=options.engine_host,
        engine_port=options.engine_port,
        engine_superuser=options.engine_superuser,
        database=options.database,
        admin_user=options.admin_user,
        admin_password=os.environ[options.admin_password_env],
        lake=lake_access(options),
        tls_cert=options.tls_cert,
        tls_key=options.tls_key,
        control=options.control,
        isolation=options.isolation,
    )
    prepare(settings)
    server = Server(settings, options.listen_port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve()


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.redshift", description=__doc__)
    parser.add_argument("--listen-port", type=int, default=0, help="port on 127.0.0.1 (0: any)")
    parser.add_argument("--engine-host", required=True, help="folder of the engine's socket, or a host name")
    parser.add_argument("--engine-port", type=int, required=True)
    parser.add_argument("--engine-superuser", default="postgres", help="trusted without a password")
    parser.add_argument("--database", default="dev")
    parser.add_argument("--admin-user", default="awsuser")
    parser.add_argument("--admin-password-env", default="REDSHIFT_PASSWORD", help="variable with the password")
    parser.add_argument("--s3-endpoint", help="where COPY and UNLOAD find S3")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--iam-role", action="append", default=[], help="a role attached to the cluster; repeatable")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--control", type=Path, help='JSON file such as {"cluster_status": "paused"}')
    parser.add_argument("--isolation", choices=("snapshot", "serializable"), default="snapshot")
    return parser


def lake_access(options: argparse.Namespace) -> LakeAccess | None:
    """S3 with the keys of the environment; None without --s3-endpoint."""
    if not options.s3_endpoint:
        return None
    import boto3

    client: Any = boto3.client("s3", endpoint_url=options.s3_endpoint, region_name=options.region)
    return LakeAccess(client, options.region, tuple(options.iam_role))


if __name__ == "__main__":
    main()
