"""What a dry run prints is what a run does."""

from __future__ import annotations

import re
from datetime import date, datetime
from fnmatch import fnmatchcase as fnmatch
from pathlib import PurePath

from blocks.warehouse import Transaction
from command_line.dry_run import planned_steps
from command_line.main import main
from flows.orders import orders
from model.read_design import read_design
from pipelines.new_load import PlannedLoad, new_load


def anonymous(statement: str, run_id: str) -> str:
    """The statement without the run's name, and without what only the run knows of its row in the ledger."""
    statement = re.sub(r"(INSERT INTO etl\.source_columns .*?) VALUES .*", r"\1", statement)
    statement = statement.replace(run_id.replace("-", "")[-12:], "RUN").replace(run_id, "RUN")
    return re.sub(
        r"(INSERT INTO etl\.loads .*?VALUES \('[^']*', '[^']*', '[^']*', 'merge', '[^']*', '[^']*').*", r"\1", statement
    )


def test_planned_steps_are_the_statements_that_run(world, monkeypatch):
    world.insert_orders((1, 1, datetime(2025, 1, 1, 9), "a", 1), (2, 1, datetime(2025, 1, 1, 9), "b", 1))
    world.source("ALTER TABLE orders DROP PRIMARY KEY")
    world.insert_orders((1, 1, datetime(2025, 1, 1, 10), "newer", 1))
    executed, seen_loads = [], []
    run = Transaction.run
    monkeypatch.setattr(Transaction, "run", lambda self, text: executed.append(text) or run(self, text))
    from tasks import verb

    monkeypatch.setattr(verb, "listeners", [lambda said: seen_loads.append(said.load)])
    orders(run_date=date(2025, 1, 1))

    load = seen_loads[0]
    steps = planned_steps(load, "mysql", keep_files=False)
    planned = [
        text
        for step in steps
        if step.name not in ("extract_table", "check_metadata", "check_cursor")
        for text in step.statements
    ]
    # What the source's columns were is asked only where a run before has kept it.
    planned = [text for text in planned if "FROM etl.source_columns" not in text or "DELETE" in text]
    assert [anonymous(text, load.run_id) for text in executed] == [anonymous(text, load.run_id) for text in planned]


def test_planned_objects_are_the_objects_that_a_run_leaves(world, monkeypatch):
    """Files of both days that are read, each with its own export."""
    world.insert_orders((1, 1, datetime(2024, 12, 31, 9), "a", 1), (2, 1, datetime(2025, 1, 1, 9), "b", 1))
    seen_loads = []
    monkeypatch.setattr("tasks.verb.listeners", [lambda said: seen_loads.append(said.load)])
    orders(run_date=date(2025, 1, 1), keep_files=True)
    steps = planned_steps(seen_loads[0], "mysql", keep_files=True)
    planned = {uri for step in steps for uri in step.objects}
    written = {f"s3://{world.environment['LAKE_BUCKET']}/{key}" for key in world.keys("")}
    assert {uri for uri in written if not any(fnmatch(uri, pattern) for pattern in planned)} == set()
    assert {pattern for pattern in planned if not any(fnmatch(uri, pattern) for uri in written)} == set()
    assert {PurePath(pattern).parts[2] for pattern in planned} == {"extracted", "orders_snapshot"}


def test_dry_run_prints_every_statement_and_object_and_touches_nothing(world, capsys):
    assert main(["orders", "--run-date", "2025-01-01", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    load = new_load("orders", PlannedLoad.of_day(read_design("mart.orders"), date(2025, 1, 1)), *doors())
    for step in planned_steps(load, "mysql", keep_files=False):
        assert f"-- {step.name}" in printed
        for text in (*step.statements, *step.objects):
            assert text in printed
    assert "FROM orders \nWHERE order_ts >= '2024-12-31 00:00:00' AND order_ts < '2025-01-02 00:00:00'" in printed
    assert world.warehouse("SELECT nspname FROM pg_namespace WHERE nspname IN ('mart', 'staging', 'etl')") == []
    assert world.keys("") == []


def doors():
    from blocks.lake import Lake
    from blocks.warehouse import Warehouse

    return Lake.load("lake"), Warehouse.load("warehouse")
