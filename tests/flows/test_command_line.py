import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from command_line.main import find_flows, main
from tests.flows.declared import declare, declare_query, designed

ROOT = Path(__file__).parents[2]


def test_main_without_arguments_lists_each_flow_in_a_line(capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in find_flows():
        assert sum(line.split()[:1] == [name] for line in lines) == 1


def test_find_flows_only_one_imports_no_other(monkeypatch):
    monkeypatch.delitem(sys.modules, "flows.transform", raising=False)
    assert list(find_flows("orders")) == ["orders"]
    assert "flows.transform" not in sys.modules


def test_help_shows_every_parameter_with_its_meaning(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["orders", "--help"])
    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for flag in ("--run-date", "--since", "--until", "--time-zone", "--keep-files", "--dry-run", "--retries"):
        assert re.search(rf"{flag}( VALUE)? [A-Z]\w+", shown), flag


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["order"], "Cannot run flow 'order': there is none of that name (expected orders)."),
        (["orders", "--run-date", "2025-02-30"], "--run-date is '2025-02-30' (expected a date such as 2025-01-31)"),
        (["orders", "--run-date", "soon"], "--run-date is 'soon' (expected a date such as 2025-01-31)"),
        (["orders", "--retries", "-1"], "--retries is '-1' (expected greater than or equal to 0)"),
        (
            ["orders", "--since", "2025-01-02", "--until", "2025-01-01"],
            "since 2025-01-02 is not before until 2025-01-01",
        ),
        (
            ["orders", "--since", "2025-01-02", "--until", "2025-01-02"],
            "since 2025-01-02 is not before until 2025-01-02",
        ),
        (["orders", "--since", "2025-01-02"], "expected run_date alone, or since and until together"),
        (["orders", "--time-zone", "Mars/Olympus"], "'Mars/Olympus' is no time zone"),
        (["orders", "--colour", "red"], "unrecognized arguments: --colour red"),
        (["orders", "--run-date"], "argument --run-date: expected one argument"),
    ],
)
def test_main_wrong_parameter_gets_one_line_and_code_2(capsys, arguments, said):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_main_bad_design_gets_code_2_before_anything_runs(capsys, tmp_path, monkeypatch):
    (tmp_path / "mart").mkdir()
    (tmp_path / "mart" / "orders.yaml").write_text("columns: []")
    monkeypatch.setattr("model.read_design.table_names.__defaults__", (tmp_path,))
    monkeypatch.setattr("model.read_design.read_design.__defaults__", (tmp_path,))
    assert main(["orders", "--run-date", "2025-01-01"]) == 2
    assert "mart/orders.yaml" in capsys.readouterr().err


def test_main_runs_a_flow_and_shows_each_step(world, capsys):
    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))
    assert main(["orders", "--run-date", "2025-01-01"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"orders mart\.orders 2025-01-01  run [0-9a-f-]{36}", shown)
    assert re.search(r"  publish +1 inserted · 0 updated · 0 unchanged +\d+\.\d s\n", shown)
    assert max(map(len, shown.splitlines())) <= 80


def test_main_json_prints_what_the_run_returns_and_nothing_else(world, capsys):
    world.insert_orders((1, 1, datetime(2025, 1, 1, 12), "placed", 1))
    assert main(["orders", "--run-date", "2025-01-01", "--json"]) == 0
    [loaded] = json.loads(capsys.readouterr().out)
    assert (loaded["table"], loaded["run_date"], loaded["inserted_row_count"]) == ("mart.orders", "2025-01-01", 1)


def test_main_json_of_flows_that_print_tables_is_nothing_but_json(world, capsys, tmp_path, monkeypatch):
    world.source(
        "DROP TABLE IF EXISTS item",
        "CREATE TABLE item (id BIGINT PRIMARY KEY, at DATETIME(6), name VARCHAR(20), is_deleted BOOLEAN)",
        "INSERT INTO item VALUES (1, '2025-01-01 12:00', 'one', 0)",
    )
    checked = "checks: [{check: not_null, columns: [name]}]"
    declare(tmp_path, monkeypatch, item=designed(more=checked))
    declare_query(tmp_path, monkeypatch, "names", "SELECT name FROM mart.item", "columns: {name: VARCHAR(20)}")
    told = {}
    for arguments in (
        "sync --table mart.item --run-date 2025-01-01",
        "sync_all --tables mart.item --run-date 2025-01-01",
        "transform --tables mart.names --run-date 2025-01-01",
        "backfill --table mart.item --since 2025-01-01 --until 2025-01-03",
        "check --tables mart.item",
        "maintenance",
    ):
        assert main([*arguments.split(), "--json"]) == 0, arguments
        told[arguments.partition(" ")[0]] = json.loads(capsys.readouterr().out)
    assert told["sync"]["inserted_row_count"] == 1
    assert [one["table"] for one in told["sync_all"] + told["transform"]] == ["mart.item", "mart.names"]
    assert told["backfill"] == ["loaded before", "loaded"]
    assert told["maintenance"]["staging_tables"] == []


def test_main_failed_run_gets_code_1_and_the_cause(world, capsys):
    assert main(["orders", "--run-date", "2025-01-01"]) == 1
    assert capsys.readouterr().err.startswith("Cannot load 'mart.orders' for 2025-01-01: staged were no rows")


def test_module_without_a_prefect_server_starts_its_own(world, tmp_path):
    """As a person runs it: no server at hand, an empty home, no blocks yet; then blocks, then the run,
    which shows its rows while they move.
    """
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **world.environment}

    def python(*arguments):
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    missing = python("flows", "orders", "--run-date", "2025-01-01", "--dry-run")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "python -m deployments blocks" in missing.stderr
    assert missing.stderr.count("\n") == 1
    created, again = python("deployments", "blocks"), python("deployments", "blocks")
    assert created.returncode == again.returncode == 0
    assert created.stderr == again.stderr == ""
    assert created.stdout.replace("created", "unchanged") == again.stdout
    planned = python("flows", "orders", "--run-date", "2025-01-01", "--dry-run")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "MERGE INTO mart.orders" in planned.stdout

    world.insert_orders(*((number, 1, "2025-01-01 12:00", "placed", number) for number in range(1, 200001)))
    code, shown = at_a_terminal(["-m", "flows", "orders", "--run-date", "2025-01-01"], environment)
    assert code == 0, shown
    ended = re.search(r"  extract_table +200,000 rows · [^\n]* rows/s +\d+\.\d s\r\n", shown)
    assert ended and "publish             200,000 inserted" in shown
    # The live line, with a bar before it and the time that went by behind it.
    moving = r"extract_table +\S+ ([\d,]+) rows · [\d,.]+ [kM]B · [\d,]+ rows/s \d:\d\d:\d\d"
    assert re.search(moving, shown[: ended.start()]), shown
    assert world.warehouse("SELECT COUNT(*), SUM(amount) FROM mart.orders") == [(200000, 20000100000)]


def at_a_terminal(arguments, environment):
    """The exit code of Python with these arguments, and what a terminal of 120 columns gets to show, uncoloured."""
    terminal, inside = pty.openpty()
    size = {"TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment | size, stdin=inside, stdout=inside, stderr=inside
    )
    os.close(inside)
    shown = b""
    # The end of the terminal is an error to its reader.
    with suppress(OSError):
        while read := os.read(terminal, 65536):
            shown += read
    os.close(terminal)
    return process.wait(60), re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
