"""The demo: a shop's orders of two days go from MySQL through S3 into the warehouse and out again; so do answers of its
customers, which become a score by month there.

Runs inside `python -m sandbox run`, by the same commands that a person would type.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from demo.prefect_server import prefect_server
from demo.results import show_exports, show_last_run, show_rows

DAYS = ("2025-01-01", "2025-01-02")


def main() -> int:
    console = Console(highlight=False)
    started = time.monotonic()
    with prefect_server(Path(os.environ["DEMO_STATE"])) as server:
        _say(console, "A shop's database, in a real MySQL server", "python -m sandbox seed")
        _python("sandbox", "seed", "--rows", "300000", "--start", DAYS[0], "--days", "3")
        server.wait()
        _say(console, "Prefect blocks hold who connects to what", "python -m deployments blocks")
        _python("deployments", "blocks")
        _load(console, "The first day", DAYS[0])
        _say(console, "The shop lives on: orders of the first day change", "python -m sandbox trade")
        _python("sandbox", "trade", "--on", DAYS[1])
        _load(console, "The second day, and what changed in the first", DAYS[1])
        _load(console, "The second day once more: nothing may change", DAYS[1])
        _say(console, "Answers of the customers", "python -m flows sync --table mart.nps --full-refresh")
        _python("flows", "sync", "--table", "mart.nps", "--full-refresh")
        _say(console, "What the warehouse makes of them", "python -m flows transform --tables 'mart.nps_*'")
        _python("flows", "transform", "--tables", "mart.nps_*")
        _say(console, "What the analysts see", "mart.nps_monthly, mart.orders")
        show_rows(console)
        _say(console, "What was exported", "s3://lake/orders_snapshot/")
        show_exports(console)
        show_last_run(console, server.api_url)
    console.print(f"\nDone in {time.monotonic() - started:.0f} s; every server is stopped again.")
    return 0


def _load(console: Console, title: str, day: str) -> None:
    _say(console, title, f"python -m flows orders --run-date {day}")
    _python("flows", "orders", "--run-date", day)


def _say(console: Console, title: str, command: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/]  [dim]{command}[/]", align="left")


def _python(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], check=False)
    if done.returncode:
        sys.exit(f"Cannot go on with the demo: python -m {' '.join(arguments)} ended with {done.returncode}.")


if __name__ == "__main__":
    sys.exit(main())
