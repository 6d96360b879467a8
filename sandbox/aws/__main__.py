"""The AWS endpoint as a process: `python -m sandbox.aws --listen-port P …`, until SIGTERM."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from pathlib import Path

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import MotoRequestHandler
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from werkzeug.serving import make_server

from sandbox.aws.cluster import Cluster, Facts
from sandbox.aws.data_api import DataApi
from sandbox.aws.front import Front, JsonApi
from sandbox.aws.redshift_api import RedshiftApi
from sandbox.aws.serverless_api import ServerlessApi


def main() -> None:
    options = parser().parse_args()
    password = os.environ[options.admin_password_env]
    facts = Facts(
        cluster=options.cluster,
        workgroup=options.workgroup,
        database=options.database,
        host=options.redshift_host,
        port=options.redshift_port,
        admin_user=options.admin_user,
        admin_password=password,
        region=options.region,
        account=DEFAULT_ACCOUNT_ID,
        iam_role=options.iam_role,
    )
    cluster = Cluster(options.control, options.transition_seconds)
    secret_arn = create_content(facts, options.bucket, options.secret)
    json_apis: dict[str, JsonApi] = {
        "RedshiftData": DataApi(facts, read_secret),
        "RedshiftServerless": ServerlessApi(facts),
    }
    front = Front(json_apis, RedshiftApi(facts, cluster))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = make_server("127.0.0.1", options.listen_port, front, threaded=True, request_handler=MotoRequestHandler)
    print(f"ready on port {options.listen_port}, secret {secret_arn}", flush=True)
    server.serve_forever()


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--listen-port", type=int, required=True)
    parser.add_argument("--redshift-host", required=True)
    parser.add_argument("--redshift-port", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--admin-user", required=True)
    parser.add_argument("--admin-password-env", required=True, help="name of the variable that holds the password")
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--workgroup", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--iam-role", required=True)
    parser.add_argument("--control", type=Path, required=True)
    parser.add_argument("--transition-seconds", type=float, default=2, help="how long pausing and resuming take")
    return parser


def create_content(facts: Facts, bucket: str, secret: str) -> str:
    """Create the bucket and the admin's secret; return the secret's ARN.

    The secret has the form of Redshift's own. Source: AWS Secrets Manager, "JSON structure of secrets".
    """
    s3_backends[facts.account]["aws"].create_bucket(bucket, facts.region)
    content = {
        "engine": "redshift",
        "host": facts.host,
        "port": facts.port,
        "username": facts.admin_user,
        "password": facts.admin_password,
        "dbname": facts.database,
        "dbClusterIdentifier": facts.cluster,
    }
    backend = secretsmanager_backends[facts.account][facts.region]
    made = backend.create_secret(
        secret,
        secret_string=json.dumps(content),
        secret_binary=None,
        description="The admin of the sandbox's warehouse",
        tags=None,
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    arn: str = json.loads(made)["ARN"]
    return arn


def read_secret(arn: str, facts: Facts) -> dict[str, str] | None:
    """User and password of a secret; None when there is no such secret."""
    backend = secretsmanager_backends[facts.account][facts.region]
    try:
        content: dict[str, str] = json.loads(backend.get_secret_value(arn, "", "")["SecretString"])
    except Exception as error:
        if type(error).__name__ != "SecretNotFoundException":
            raise
        return None
    return content


if __name__ == "__main__":
    main()
