"""The endpoint as a process: command line, TLS, psql, pause."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.redshift.settings import Settings
from tests.sandbox.redshift.conftest import PASSWORD, free_port


def write_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    pem = serialization.Encoding.PEM
    (folder / "cert").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(secret)
    return folder / "cert", folder / "key"


@pytest.fixture(scope="module")
def process(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """An endpoint of its own: its port and its control file."""
    folder = tmp_path_factory.mktemp("endpoint")
    cert, key = write_certificate(folder)
    port, control = free_port(), folder / "control.json"
    options = {"listen-port": port, "engine-host": settings.engine_host, "engine-port": settings.engine_port}
    options |= {"tls-cert": cert, "tls-key": key, "control": control, "admin-password-env": "ADMIN_PASSWORD"}
    command = [sys.executable, "-m", "sandbox.redshift"]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    environment = {**os.environ, "ADMIN_PASSWORD": PASSWORD}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    yield port, control
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0


def connect(port: int, **options: Any) -> Any:
    return psycopg2.connect(host="127.0.0.1", port=port, user="awsuser", password=PASSWORD, dbname="dev", **options)


def test_tls_is_offered_and_plain_is_allowed(process: tuple[int, Path]) -> None:
    port, _ = process
    for mode, is_encrypted in (("require", True), ("disable", False)):
        connection = connect(port, sslmode=mode)
        assert connection.info.ssl_in_use is is_encrypted
        connection.cursor().execute("select 1")
        connection.close()


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
@pytest.mark.parametrize(
    ("text", "shown"),
    [("select 1 as a, 'x'", "1|x"), (r"\dt listed.*", "listed|orders|table|awsuser")],
)
def test_psql_runs_statements(process: tuple[int, Path], text: str, shown: str) -> None:
    port, _ = process
    cursor = connect(port).cursor()
    cursor.execute("drop schema if exists listed cascade; create schema listed; create table listed.orders (id int)")
    cursor.connection.commit()
    command = ["psql", f"host=127.0.0.1 port={port} user=awsuser dbname=dev", "-At", "-c", text]
    done = subprocess.run(command, env={**os.environ, "PGPASSWORD": PASSWORD}, capture_output=True, text=True)
    cursor.connection.close()
    assert done.stdout.strip() == shown, done.stderr


def test_unknown_database_is_refused(process: tuple[int, Path]) -> None:
    port, _ = process
    with pytest.raises(psycopg2.OperationalError, match='database "nowhere" does not exist'):
        psycopg2.connect(host="127.0.0.1", port=port, user="awsuser", password=PASSWORD, dbname="nowhere")


def test_paused_cluster_closes_and_refuses_sessions(process: tuple[int, Path]) -> None:
    port, control = process
    connection = connect(port)
    control.write_text(json.dumps({"cluster_status": "paused"}))
    try:
        with pytest.raises(psycopg2.OperationalError, match="paused"):
            connect(port)
        time.sleep(1)
        with pytest.raises(psycopg2.Error):
            connection.cursor().execute("select 1")
    finally:
        control.write_text(json.dumps({"cluster_status": "available"}))
    connect(port).close()
