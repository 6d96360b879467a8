"""A Prefect server for this machine in one command: on PostgreSQL, with a worker and every deployment, until Ctrl-C.

Runs inside `python -m sandbox run`, so that the flows have a warehouse, a lake and a shop to work with. What it made
stays in the folder DEMO_STATE, and is there again the next time.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from demo.prefect_server import prefect_server, start_worker
from demo.processes import stop

_POOL = "redshift-flows"
_DAYS = 4


def main() -> int:
    state = Path(os.environ["DEMO_STATE"])
    is_new = not (state / "login").exists()
    login = _login(state / "login")
    with prefect_server(state, login) as server:
        if is_new:
            first = date.today() - timedelta(days=_DAYS)
            _python("sandbox", "seed", "--rows", "40000", "--start", str(first), "--days", str(_DAYS))
        server.wait()
        _python("deployments", "up")
        worker = start_worker(state, _POOL, os.environ)
        print(
            f"\nPrefect: {server.api_url.removesuffix('/api')}   login: {login}\n"
            f"In another terminal: export PREFECT_API_URL={server.api_url} PREFECT_API_AUTH_STRING={login}\n"
            f"                     .venv/bin/prefect deployment run orders/daily\n"
            f"Logs of server and worker: {state}   (Ctrl-C ends both)",
            flush=True,
        )
        try:
            with contextlib.suppress(KeyboardInterrupt):
                server.serve()
        finally:
            stop(worker)
    return 0


def _login(file: Path) -> str:
    """user:password of this server, made once; only its owner reads the file."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"prefect:{secrets.token_urlsafe(12)}")
    return file.read_text()


def _python(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], check=False)
    if done.returncode:
        sys.exit(f"Cannot start the server: python -m {' '.join(arguments)} ended with {done.returncode}.")


if __name__ == "__main__":
    sys.exit(main())
