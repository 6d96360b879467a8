"""Sling's binary, from MySQL to CSV in S3; in Sling's environment.

    run_sling.py extract <table>

Its Parquet writer fetches DuckDB from the web, so CSV it is. Prints a JSON object: seconds, row_count.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sling_linux_amd64

[BINARY] = [
    file
    for file in Path(sling_linux_amd64.__file__).parent.rglob("sling*")
    if file.name in ("sling", "sling-linux-amd64")
][:1]
PLACE = "{MYSQL_USER}:{MYSQL_PASSWORD}@{MYSQL_HOST}:{MYSQL_PORT}/{MYSQL_DATABASE}".format(**os.environ)

environment = os.environ | {
    "SLING_HOME_DIR": tempfile.mkdtemp("sling"),
    "SLING_TELEMETRY": "false",
    "SLING_DISABLE_TELEMETRY": "true",
    "MY": f"mysql://{PLACE}",
    "LAKE": json.dumps(
        {
            "type": "s3",
            "bucket": os.environ["LAKE_BUCKET"],
            "access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
            "secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
            "endpoint": os.environ["AWS_ENDPOINT_URL"],
            "region": os.environ["AWS_DEFAULT_REGION"],
            "use_ssl": "false",
        }
    ),
}
BINARY.chmod(0o755)
table = sys.argv[2]
started = time.perf_counter()
done = subprocess.run(
    [
        BINARY,
        "run",
        "--src-conn",
        "MY",
        "--src-stream",
        f"{os.environ['MYSQL_DATABASE']}.{table}",
        "--tgt-conn",
        "LAKE",
        "--tgt-object",
        f"s3://{os.environ['LAKE_BUCKET']}/peers/sling/{table}.csv",
        "--mode",
        "full-refresh",
    ],
    env=environment,
    capture_output=True,
    text=True,
    check=False,
)
seconds = time.perf_counter() - started
said = done.stdout + done.stderr
found = re.findall(r"wrote (\d+) rows", said)
if done.returncode or not found:
    sys.exit(said[-2000:])
print(json.dumps({"seconds": seconds, "row_count": int(found[-1])}))
