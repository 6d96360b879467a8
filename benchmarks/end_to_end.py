"""From MySQL into the sandbox's Redshift, beside the peers: a whole table, then ten thousand changed rows of it.

    ./run bench end_to_end --rows 500000 --changes 10000

Ours is the flow `sync`, with all its checks; dlt has its redshift destination staged in S3; Airflow has SqlToS3Operator
(CSV) and S3ToRedshiftOperator, REPLACE and UPSERT. Each turn of a side begins with the same changes at the source.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from benchmarks import tables
from benchmarks.extract import PEERS, empty_lake, lake_bytes
from benchmarks.harness import MEGABYTE, Section, alternate, median, save
from benchmarks.peers.environments import is_made, python
from benchmarks.turns import Turn, take_turn
from benchmarks.world import World, world

QUICK = ["--rows", "200000", "--changes", "10000", "--repeats", "3"]
FULL = ["--rows", "1000000", "--changes", "10000", "--repeats", "5"]
TABLE = "moved"
FIRST_DAY = date(2026, 1, 1)


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    command = f"./run bench end_to_end {' '.join(arguments)}"
    with world() as here:
        save(measure(here, options, command))


def measure(here: World, options: argparse.Namespace, command: str) -> list[Section]:
    with here.source() as cursor:
        tables.make(cursor, TABLE, "shop", options.rows)
    (here.designs / "mart" / f"{TABLE}.yaml").write_text(tables.design(TABLE, "shop"))
    _make_target_of_airflow(here)
    whole = {name: side for name in options.sides if (side := _side(here, name, "replace"))}
    turns = alternate({name: lambda side=side: side(FIRST_DAY) for name, side in whole.items()}, options.repeats)
    sections = [_section("2a-whole", f"A whole table into Redshift: {options.rows:,} rows", command, options, turns)]
    days = (FIRST_DAY + timedelta(days=number) for number in itertools.count(1))
    merged: dict[str, list[Turn]] = {}
    merging = {name: side for name in options.sides if (side := _side(here, name, "merge"))}
    for number in range(options.repeats + 1):
        day = next(days)
        with here.source() as cursor:
            step = options.rows // options.changes
            cursor.execute(
                f"UPDATE {TABLE} SET modified = '{day}' + INTERVAL id * 37 MOD 86400 SECOND, amount = amount + 1"
                f" WHERE id % {step} = {number % step}"
            )
        ran = alternate({name: lambda side=side, day=day: side(day) for name, side in merging.items()}, 1)
        if number:  # dlt's first merge loads the whole table: it has to learn how far it has come
            for name, turn in ran.items():
                merged.setdefault(name, []).extend(turn)
    title = f"{options.changes:,} changed rows of {options.rows:,} merged"
    return [*sections, _section("2b-merge", title, command, options, merged)]


def _section(name: str, title: str, command: str, options: argparse.Namespace, turns: dict[str, list[Turn]]) -> Section:
    speeds = {side: median(turn.speed for turn in ran) for side, ran in turns.items()}
    return Section(
        name,
        title,
        command,
        options.repeats,
        ("side", "rows/s", "ours is", "seconds", "statements", "MB through S3", "CPU s", "peak of memory"),
        [
            (
                side,
                f"{speeds[side]:,.0f}",
                f"{speeds['ours'] / speeds[side]:.1f} x" if "ours" in speeds else "",
                f"{median(turn.seconds for turn in ran):.2f}",
                f"{median(turn.statement_count for turn in ran):.0f}",
                f"{median(turn.written_bytes for turn in ran) / MEGABYTE:.2f}",
                f"{median(turn.cpu_seconds for turn in ran):.1f}",
                f"{max(turn.peak_megabytes for turn in ran):.0f} MB",
            )
            for side, ran in turns.items()
        ],
        speeds,
        "rows/s",
        "Statements: all that the session sent, with BEGIN, COMMIT and what drivers add. dlt reads by pyarrow:"
        " by connectorx its Parquet holds wider decimals than its table, which COPY refuses.",
    )


def _side(here: World, name: str, method: str) -> Callable[[date], Turn] | None:
    """Runs one load; None where the peer is not installed."""
    peer, _, backend = name.partition("-")
    if peer != "ours" and not is_made(peer):
        print(f"{name} is left out: run ./run bench peers", flush=True)
        return None
    kept = tempfile.mkdtemp(prefix=peer)  # dlt keeps there how far it has come

    def turn(day: date) -> Turn:
        environment = {**here.environment, "HOME_OF_PEER": kept}
        statement = tables.statement(TABLE, "shop")
        if method == "merge":
            statement += f" WHERE modified >= '{day}' AND modified < '{day + timedelta(days=1)}'"
        parameters = {"table": f"mart.{TABLE}", "run_date": str(day), "full_refresh": method == "replace"}
        own = [sys.executable, "-m", "benchmarks.flow_run", str(here.designs), "sync", json.dumps(parameters)]
        commands = {
            "ours": own,
            "airflow": [str(python("airflow")), str(PEERS / "run_airflow.py"), method, statement, TABLE],
            "dlt": [str(python("dlt")), str(PEERS / "run_dlt.py"), method, TABLE, backend],
        }
        empty_lake(here.environment)
        before = here.all_statements()
        ran = take_turn(commands[peer], environment)
        # Ours cleans up behind itself, and says in the ledger what it wrote.
        written = here.last_extracted_bytes() if peer == "ours" else lake_bytes(here.environment)
        return Turn(**ran.__dict__ | {"written_bytes": written, "statement_count": here.all_statements() - before})

    return turn


def _make_target_of_airflow(here: World) -> None:
    """The operator writes into a table that is there."""
    columns = ", ".join(f"{column.name} {column.target}" for column in tables.SHAPES["shop"])
    with here.warehouse() as cursor:
        cursor.execute(f"CREATE TABLE public.{TABLE} ({columns}) DISTKEY (id) SORTKEY (modified)")


def _parser() -> argparse.ArgumentParser:
    sides = ("ours", "airflow-csv", "dlt-connectorx", "dlt-pyarrow")
    parser = argparse.ArgumentParser(prog="./run bench end_to_end", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sides", nargs="+", choices=sides, default=["ours", "airflow-csv", "dlt-pyarrow"])
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
