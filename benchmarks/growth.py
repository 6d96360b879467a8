"""How cost grows: rows of a table, its size with the changes fixed, the number of tables, the days of a backfill.

./run bench growth --rows 100000 1000000 10000000 --changes 10000
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, timedelta

from benchmarks.harness import Section, alternate, median, save
from benchmarks.world import Ran, World, world

QUICK = ["--rows", "100000", "1000000", "--repeats", "5", "--tables", "2", "8", "--days", "2", "6"]
FULL = ["--rows", "100000", "1000000", "10000000", "--repeats", "5", "--tables", "5", "20", "50", "--days", "3", "30"]
FIRST_DAY = date(2025, 1, 1)


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    command = f"./run bench growth {' '.join(arguments)}"
    with world() as here:
        save([rows_section(here, options, command)])
        save([changes_section(here, options, command)])
        save([tables_section(here, options, command), days_section(here, options, command)])


def rows_section(here: World, options: argparse.Namespace, command: str) -> Section:
    """A full refresh of tables of several sizes: seconds a row, and memory."""
    for rows in options.rows:
        here.make_table(f"rows_{rows}", rows)
    sides = {rows: _loading(here, f"mart.rows_{rows}", full_refresh=True) for rows in options.rows}
    turns = alternate({f"{rows:,} rows": side for rows, side in sides.items()}, 1 if options.rows[-1] > 2e6 else 3)
    return Section(
        "3a-growth-rows",
        "A full refresh, by the rows of the table",
        command,
        1 if options.rows[-1] > 2e6 else 3,
        ("table", "seconds", "µs a row", "peak of memory"),
        [
            (
                name,
                f"{median(turn.seconds for turn in ran):.1f}",
                f"{median(turn.seconds / turn.row_count for turn in ran) * 1e6:.1f}",
                f"{max(turn.peak_megabytes for turn in ran):.0f} MB",
            )
            for name, ran in turns.items()
        ],
        notes="Source → S3 → staging → target, counted twice. Memory: the flow's process and its reader.",
    )


def changes_section(here: World, options: argparse.Namespace, command: str) -> Section:
    """The same number of changed rows, spread over tables of several sizes, which `rows_section` has loaded."""
    days = {rows: iter(FIRST_DAY + timedelta(days=number) for number in range(1, 1000)) for rows in options.rows}

    def merged(rows: int) -> Ran:
        day = next(days[rows])
        step = rows // options.changes
        with here.source() as cursor:
            # Rows of the day before keep their moment, so that each window holds the changes of one turn.
            cursor.execute(
                f"UPDATE rows_{rows} SET modified = '{day} 09:00', amount = amount + 1"
                f" WHERE id % {step} = {day.day % step}"
            )
        ran = here.run("sync", table=f"mart.rows_{rows}", run_date=str(day))
        assert ran.row_count == cursor.rowcount, (ran, cursor.rowcount)
        return ran

    sizes = [rows for rows in options.rows if rows >= 10 * options.changes]
    for rows in sizes:
        merged(rows)  # the first merge into a large table indexes it, in the sandbox only
    turns = alternate({f"{rows:,} rows": lambda rows=rows: merged(rows) for rows in sizes}, options.repeats)
    smallest = median(turn.seconds for turn in turns[f"{sizes[0]:,} rows"])
    return Section(
        "3b-growth-changes",
        f"{options.changes:,} changed rows merged, by the size of the table",
        command,
        options.repeats,
        ("table", "seconds", "beside the smallest", "statements", "peak of memory"),
        [
            (
                name,
                f"{median(turn.seconds for turn in ran):.2f}",
                f"{median(turn.seconds for turn in ran) / smallest:.2f}",
                f"{median(turn.statement_count for turn in ran):.0f}",
                f"{max(turn.peak_megabytes for turn in ran):.0f} MB",
            )
            for name, ran in turns.items()
        ],
        {name: median(turn.seconds for turn in ran) for name, ran in turns.items()},
        "seconds",
    )


def tables_section(here: World, options: argparse.Namespace, command: str) -> Section:
    """One sync_all of several numbers of small tables; those of one size are loaded again by the next."""
    for number in range(max(options.tables)):
        here.make_table(f"small_{number:03}", 1000)

    def synced(count: int) -> Ran:
        names = [f"mart.small_{number:03}" for number in range(count)]
        return here.run("sync_all", tables=names, run_date=str(FIRST_DAY))

    turns = alternate({f"{count} tables": lambda count=count: synced(count) for count in options.tables}, 3)
    each = {name: median(turn.seconds for turn in ran) / int(name.split()[0]) for name, ran in turns.items()}
    return Section(
        "3c-growth-tables",
        "One sync_all of small tables, by their number",
        command,
        3,
        ("sync_all of", "seconds", "seconds a table"),
        [(name, f"{median(turn.seconds for turn in turns[name]):.1f}", f"{each[name]:.2f}") for name in turns],
    )


def days_section(here: World, options: argparse.Namespace, command: str) -> Section:
    """A backfill of several numbers of days, a thousand rows each."""
    rows = 1000
    here.make_table("daily", rows * max(options.days), f"DATE'{FIRST_DAY}' + INTERVAL (seq DIV {rows}) DAY")

    def filled(days: int) -> Ran:
        until = FIRST_DAY + timedelta(days=days)
        return here.run("backfill", table="mart.daily", since=str(FIRST_DAY), until=str(until), reprocess="all")

    turns = alternate({f"{days} days": lambda days=days: filled(days) for days in options.days}, 3)
    each = {name: median(turn.seconds for turn in ran) / int(name.split()[0]) for name, ran in turns.items()}
    return Section(
        "3d-growth-days",
        "A backfill, by its days",
        command,
        3,
        ("backfill of", "seconds", "seconds a day"),
        [(name, f"{median(turn.seconds for turn in turns[name]):.1f}", f"{each[name]:.2f}") for name in turns],
    )


def _loading(here: World, table: str, **parameters: object):
    return lambda: here.run("sync", table=table, run_date=str(FIRST_DAY), **parameters)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench growth", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--tables", type=int, nargs="+", default=[5, 20])
    parser.add_argument("--days", type=int, nargs="+", default=[3, 10])
    parser.add_argument("--repeats", type=int, default=5)
    return parser
