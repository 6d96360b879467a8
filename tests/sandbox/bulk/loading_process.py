"""Runs one COPY or UNLOAD in a process of its own and prints by how many bytes its peak memory grew."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3
import psycopg2

from sandbox.backend import LakeAccess
from sandbox.bulk import copy_from_s3, unload_to_s3
from tests.sandbox.bulk.conftest import ROLE, PsycopgBackend


def peak_bytes() -> int:
    """The most memory this program had; getrusage would count its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def run(endpoint: str, socket_dir: str, port: str, warm_up: str, statement: str) -> None:
    """`warm_up` is a small statement of the same kind: what it loads (libraries, buffers) is not counted."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    lake = LakeAccess(session.client("s3", endpoint_url=endpoint), "us-east-1", (ROLE,))
    backend = PsycopgBackend(psycopg2.connect(host=socket_dir, port=port, user="postgres", dbname="postgres"))
    backend.execute("CREATE TEMP TABLE wide (id bigint, t varchar(2000))")
    execute = copy_from_s3 if statement.startswith("COPY") else unload_to_s3
    execute(warm_up, backend, lake)
    before = peak_bytes()
    row_count = execute(statement, backend, lake).row_count
    sys.stdout.write(f"{row_count} {peak_bytes() - before}\n")


if __name__ == "__main__":
    run(*sys.argv[1:])
