"""What a run takes beyond its work: start to first statement, a task, an empty load, the demo.

    ./run bench overhead --repeats 5

With a Prefect server at hand. The first statement is seen from outside, in the warehouse's query log; a task's overhead
is a flow of tasks that do nothing, by their number.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.harness import Section, alternate, median, save
from benchmarks.world import World, world

QUICK = ["--repeats", "5"]
FULL = ["--repeats", "9", "--demo"]
TASKS = 50
_EMPTY_TASKS = """
import sys, time
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
@task(cache_policy=NO_CACHE, task_run_name="nothing {number}")
def nothing(number): return number
@flow
def many(count):
    started = time.perf_counter()
    for number in range(count): nothing(number)
    return time.perf_counter() - started
print(many(int(sys.argv[1])))
"""


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    command = f"./run bench overhead {' '.join(arguments)}"
    with world() as here:
        here.make_table("empty_day", 1000, "'2020-01-01'")
        here.run("sync", table="mart.empty_day", run_date="2020-01-01")
        sides = {
            "import prefect": lambda: _seconds("-c", "import prefect; prefect.flow"),
            "python -m flows, to its end": lambda: first_and_last(here)[2],
            "python -m flows, to its first statement": lambda: first_and_last(here)[0],
            "a load of 1,000 rows that changes nothing, inside": lambda: (
                here.run("sync", table="mart.empty_day", run_date="2020-01-01").seconds
            ),
            f"{TASKS} tasks that do nothing": lambda: _said("-c", _EMPTY_TASKS, str(TASKS)),
        }
        turns = alternate(sides, options.repeats)
    found = {name: median(values) for name, values in turns.items()}
    rows = [(name, f"{seconds:.2f} s") for name, seconds in found.items()]
    beyond = found["python -m flows, to its first statement"] - found["import prefect"]
    rows.append(("first statement beyond import prefect", f"{beyond:.2f} s"))
    rows.append(("Prefect's share of a task", f"{found[f'{TASKS} tasks that do nothing'] / TASKS * 1000:.0f} ms"))
    if options.demo:
        rows.append(("./run demo, everything set up", f"{_demo():.0f} s"))
    save([Section("4-overhead", "Overhead", command, options.repeats, ("what", "median"), rows)])


def first_and_last(here: World) -> tuple[float, float, float]:
    """Seconds from the start of `python -m flows sync` to its first and last statement, and to its end.

    The designs are those of the house: mart.nps, whose source is made here.
    """
    with here.source() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS nps"
            " (id INT AUTO_INCREMENT PRIMARY KEY, created_at TIMESTAMP NULL, score SMALLINT)"
        )
        cursor.execute("INSERT IGNORE INTO nps VALUES (1, '2025-01-01 12:00', 9)")
    started, moment = time.time(), datetime.now(UTC).replace(tzinfo=None)
    command = [sys.executable, "-m", "flows", "sync", "--table", "mart.nps", "--run-date", "2025-01-01"]
    subprocess.run(command, env=dict(here.environment), check=True, stdout=subprocess.DEVNULL)
    total = time.time() - started
    with here.warehouse() as cursor:
        cursor.execute(
            "SELECT MIN(start_time), MAX(end_time) FROM sys_query_history"
            f" WHERE query_text LIKE '/* sync:mart.nps%' AND start_time >= '{moment}'"
        )
        first, last = ((seen - moment).total_seconds() for seen in cursor.fetchone())
    return first, last, total


def _seconds(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True)
    return time.perf_counter() - started


def _said(*arguments: str) -> float:
    """The number in the last line that a program prints."""
    said = subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env={**os.environ}
    ).stdout
    return float(said.strip().splitlines()[-1])


def _demo() -> float:
    said = subprocess.run(["./run", "demo"], check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"Done in (\d+) s", said)[-1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench overhead", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--demo", action="store_true", help="also run ./run demo, which has a sandbox of its own")
    return parser
