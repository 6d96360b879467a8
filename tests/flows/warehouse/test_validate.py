"""`warehouse validate` against a real source and the sandbox's warehouse; the frame of the warehouse commands."""

from __future__ import annotations

import re

import pytest

from command_line.found_modules import module_names
from command_line.main import main
from tests.flows.declared import declare, declare_query, designed
from tests.flows.warehouse.conftest import SOURCES
from tests.flows.warehouse.plans import check_is_as_planned, planned_statements, sent_by


def test_warehouse_without_command_lists_each_in_a_line(capsys):
    assert main(["warehouse"]) == 0
    assert re.search(r"^  validate +Check every design", capsys.readouterr().out, re.MULTILINE)


def test_warehouse_unknown_command_is_refused_with_near_names(capsys):
    assert main(["warehouse", "validat"]) == 2
    assert "Cannot run 'warehouse validat': there is no such command (expected validate)" in capsys.readouterr().err


@pytest.mark.parametrize("name", module_names("command_line.warehouse"))
def test_warehouse_each_command_has_a_dry_run(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["warehouse", name.replace("_", "-"), "--help"])
    assert " --dry-run" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["update", "restore", "validate", "ls"])
def test_warehouse_lake_is_that_of_sources_yaml(command, prefect, tmp_path, monkeypatch, capsys):
    declare_query(tmp_path, monkeypatch, "one", "SELECT 1 AS id", "columns: {id: BIGINT}\n")
    (tmp_path / "sources.yaml").write_text(SOURCES.replace("block: lake", "block: nowhere"))
    assert main(["warehouse", command, "--designs", str(tmp_path)]) == 2
    assert "Cannot find block 'lake/nowhere'" in capsys.readouterr().err


def test_validate_files_of_the_project_have_no_errors(capsys):
    assert main(["warehouse", "validate", "--files-only"]) == 0
    assert " 0 errors" in capsys.readouterr().out


def test_validate_finds_what_source_and_warehouse_disagree_with(world, tmp_path, monkeypatch, capsys):
    for name in ("good", "lacking", "altered"):
        world.source(
            f"DROP TABLE IF EXISTS {name}",
            f"CREATE TABLE {name} (id BIGINT PRIMARY KEY, at DATETIME(6), name VARCHAR(20), is_deleted BOOLEAN)",
        )
    world.source("ALTER TABLE lacking DROP COLUMN name")
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse("CREATE TABLE mart.altered (id BIGINT NOT NULL, at TIMESTAMP, name DATE, is_deleted BOOLEAN)")
    declare(tmp_path, monkeypatch, **{name: designed(source=name) for name in ("good", "lacking", "altered", "absent")})
    (tmp_path / "sources.yaml").write_text(SOURCES)
    designs = ["--designs", str(tmp_path)]

    assert main(["warehouse", "validate", *designs]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "4 tables: 3 errors, 0 warnings" in shown
    for name, found in (("absent", "no such table"), ("altered", "in the target"), ("lacking", "no such column")):
        assert re.search(rf"mart\.{name} error Cannot.*?{found}", shown), shown
    assert main(["warehouse", "validate", "mart.good", "--dry-run", *designs]) == 0
    planned = planned_statements(capsys.readouterr().out)
    check_is_as_planned(sent_by(world, ["warehouse", "validate", "mart.good", *designs]), planned)


def test_validate_long_names_and_reserved_words(tmp_path, monkeypatch, capsys):
    long = "n" * 128
    good = designed(source="t")
    declare(
        tmp_path,
        monkeypatch,
        tag=good,
        offset=good.replace("name: VARCHAR(20)", "user: VARCHAR(20)"),
        long=good.replace("name: VARCHAR(20)", f"{long}: VARCHAR(20)"),
    )
    assert main(["warehouse", "validate", "--files-only", "--designs", str(tmp_path)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert re.search(r"mart\.long error .*at most 127 bytes", shown), shown
    for name, word in (("tag", "tag"), ("offset", "offset"), ("offset", "user")):
        assert f"mart.{name} warning '{word}' is a reserved word" in shown, shown


@pytest.mark.parametrize("pattern", ["mart.nothing", "*.x"])
def test_validate_pattern_without_a_table_is_refused(pattern, capsys):
    assert main(["warehouse", "validate", pattern, "--files-only"]) == 2
    assert f"Cannot find a table for '{pattern}'" in capsys.readouterr().err
