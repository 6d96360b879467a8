"""A warehouse from nothing: users and schemas, designs out of two live databases, dump, load, transformations, rebuild.

Runs inside `python -m sandbox run`, by the same commands that a person would type, as a user who owns what is loaded.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from demo.prefect_server import prefect_server

DECLARED = Path(__file__).parents[1] / "warehouse"
SOURCES = """
lake: {block: lake, prefix: demo}
sources:
  shop: {database: shop}
  shop_postgres: {database: shop-postgres}
"""


def main() -> int:
    console = Console(highlight=False)
    started = time.monotonic()
    state = Path(os.environ["DEMO_STATE"])
    designs = state / "warehouse"
    shutil.copytree(DECLARED, designs)
    (designs / "sources.yaml").write_text(SOURCES)
    with prefect_server(state) as server:
        _run(console, "Two shops' databases", "sandbox", "seed", "--rows", "30000", "--days", "3")
        server.wait()
        os.environ |= _connections()
        for title, *arguments in (
            ("Database, users, schemas, privileges", "setup"),
            ("A design for each table of the sources; those that exist are kept", "design"),
            ("Whole tables into the lake", "dump"),
            ("Into the warehouse, with all that is made of them", "load"),
            ("Tables and views that the warehouse makes", "update", "mart.nps_*"),
            ("All of it anew, beside the live tables; one switch", "rebuild"),
        ):
            _run(console, title, "flows", "warehouse", *arguments, "--designs", str(designs))
    console.print(f"\nDone in {time.monotonic() - started:.0f} s; the designs are in {designs}.")
    return 0


def _connections() -> dict[str, str]:
    """As docs/access.md has them: an administrator for the set-up, and the user who owns what is loaded."""
    place = "{REDSHIFT_HOST}:{REDSHIFT_PORT}/{REDSHIFT_DATABASE}".format(**os.environ)
    found = {
        "DATA_WAREHOUSE_ADMIN": "postgres://{REDSHIFT_USER}:{REDSHIFT_PASSWORD}@".format(**os.environ) + place,
        "DATA_WAREHOUSE_ETL": f"postgres://loader:Demo1{secrets.token_hex(8)}@{place}",
    }
    for variable, prefix, kind in (("SHOP", "MYSQL", "mysql"), ("SHOP_POSTGRES", "POSTGRES", "postgres")):
        user, password, host, port, database = (
            os.environ[f"{prefix}_{part}"] for part in ("USER", "PASSWORD", "HOST", "PORT", "DATABASE")
        )
        found[f"DATA_SOURCE_{variable}"] = f"{kind}://{user}:{password}@{host}:{port}/{database}"
    return found


def _run(console: Console, title: str, *arguments: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/]  [dim]python -m {' '.join(arguments)}[/]", align="left")
    done = subprocess.run([sys.executable, "-m", *arguments], check=False)
    if done.returncode:
        sys.exit(f"Cannot go on with the demo: python -m {' '.join(arguments)} ended with {done.returncode}.")


if __name__ == "__main__":
    sys.exit(main())
