"""Declared checks on real rows: each kind passing, failing and warning, before the publish and after it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

from blocks.warehouse import Transaction
from command_line.main import main
from flows.check import check
from flows.sync import sync
from flows.transform import transform
from model.errors import DataError, LoadError
from model.patience import Patience
from tests.flows.declared import declare, declare_query, designed

DAY = date(2025, 1, 1)
NOW = Patience(retries=0)
RESULTS = "SELECT check_name, kind, severity, stage, state, found FROM etl.check_results"

# Of each kind the same check, so that it holds of the rows below, and so that it does not.
KINDS = {
    "not_null": ("columns: [id]", "columns: [id, mail]", "2 rows"),
    "unique": ("columns: [id]", "columns: [level, price]", "1 row"),
    "accepted_values": ("column: level, values: [free, paid]", "column: level, values: [free]", "3 rows"),
    "range": ("column: price, min: -1.5, max: 9", "column: price, min: 0, max: 8", "5 rows"),
    "references": ("columns: [id], table: mart.parent", "columns: [parent], table: mart.parent, to: [id]", "1 row"),
    "row_count": ("min: 8, max: 8, max_change_percent: 0.1", "min: 9", "8 rows"),
    "freshness": ("column: at, max_age_hours: 1", "column: made, max_age_hours: 24", "the newest 48.0 hours old"),
    "sql": ('sql: "SELECT MAX(price) FROM mart.t -- :x %", expect: 9', "sql: SELECT 3.0, expect: '> 3'", "3.0"),
}
COLUMNS = "{id: INTEGER, parent: INTEGER, level: VARCHAR(4), price: 'DECIMAL(4,1)', at: TIMESTAMP, made: DATE,"
COLUMNS += " mail: {type: VARCHAR(20), sensitive: true}}"


@pytest.fixture
def rows(world):
    """mart.t of eight rows, and its parents."""
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse("CREATE TABLE mart.parent AS SELECT 1 AS id UNION ALL SELECT 2 UNION ALL SELECT 2")
    world.warehouse("INSERT INTO mart.parent SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7")
    world.warehouse("INSERT INTO mart.parent SELECT 8")
    world.warehouse(
        "CREATE TABLE mart.t (id INTEGER, parent INTEGER, level VARCHAR(4), price DECIMAL(4,1), at TIMESTAMP,"
        " made DATE, mail VARCHAR(20))"
    )
    world.warehouse(
        "INSERT INTO mart.t VALUES (1, 2, 'paid', 9, GETDATE(), NULL, 'a@secret'), (2, 99, 'paid', 1, NULL, NULL, 'b'),"
        " (3, NULL, 'paid', -1.5, NULL, NULL, NULL), (4, 1, 'free', 0, NULL, NULL, NULL), (5, 1, 'free', 0, NULL, NULL,"
        " 'c'), (6, 1, NULL, -1, NULL, NULL, 'c'), (7, 1, NULL, -1, NULL, NULL, 'c'), (8, 1, NULL, -1, NULL, NULL, 'c')"
    )
    world.warehouse("UPDATE mart.t SET made = TRUNC(GETDATE()) - 2 WHERE id = 1")


def of_each_kind():
    """Of each kind one check that passes, one that fails, and one that warns."""
    for kind, (holds, broken, _) in KINDS.items():
        for name, fields, severity in (
            ("holds", holds, "error"),
            ("breaks", broken, "error"),
            ("warns", broken, "warn"),
        ):
            yield f"  - {{check: {kind}, name: {kind} {name}, severity: {severity}, {fields}}}\n"


def checks_design(checks):
    return f"columns: {COLUMNS}\nkey: [id]\nchecks:\n{checks}"


def test_check_each_kind_passes_fails_and_warns(world, rows, tmp_path, monkeypatch, capsys):
    declare_query(tmp_path, monkeypatch, "t", sql_of_nothing(), checks_design("".join(of_each_kind())))
    declare(tmp_path, monkeypatch, unchecked=designed())
    executed, run_statement = [], Transaction.run
    monkeypatch.setattr(Transaction, "run", lambda self, text: executed.append(text) or run_statement(self, text))
    with pytest.raises(DataError) as caught:
        check(tables=("mart.*",), run_date=DAY, patience=NOW)
    results = {name: row for name, *row in world.warehouse(RESULTS)}
    for kind, (_, _, found) in KINDS.items():
        hours = found.removesuffix("48.0 hours old")
        assert results[f"{kind} holds"][:4] == [kind, "error", "target", "passed"]
        assert results[f"{kind} breaks"][:4] == [kind, "error", "target", "failed"]
        assert results[f"{kind} breaks"][4].startswith(hours), kind
        assert results[f"{kind} warns"] == [kind, "warn", "target", "warned", results[f"{kind} breaks"][4]]
    assert len(results) == 3 * len(KINDS)
    # Eight kinds three times over: all but those in SQL are one statement.
    assert len([text for text in executed if "found_1" in text and "INSERT" not in text]) == 1
    said = str(caught.value)
    assert said.startswith("Cannot accept 'mart.t' for 2025-01-01: 8 of 24 checks failed:\n")
    assert "accepted_values breaks: found 3 rows (expected none but free)\n    id '1', level 'paid'\n" in said
    assert "references breaks: found 1 row (expected none without id in mart.parent)\n    id '2', parent '99'\n" in said
    assert "unique breaks: found 1 row (expected none that repeats level, price)\n    id '4'" in said
    assert "not_null breaks: found 2 rows (expected none with NULL in id or mail)\n    id '3', mail NULL\n" in said
    assert "by /* check:mart.t:2025-01-01 */ SELECT mart.t.id, mart.t.level FROM mart.t WHERE" in said
    assert "secret" not in said and "warns" not in said
    [kept] = artifacts("checks-mart-t")
    assert len(json.loads(kept.data)) == 24 and "secret" not in kept.data


def artifacts(key):
    with get_client(sync_client=True) as client:
        wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[key]))
        return client.read_latest_artifacts(artifact_filter=wanted)


def sql_of_nothing():
    return "SELECT 1 AS id, 1 AS parent, 'a' AS level, 1 AS price, GETDATE() AS at, GETDATE() AS made, 'a' AS mail"


def test_check_shows_at_most_five_rows_and_masks_what_is_sensitive(world, rows, tmp_path, monkeypatch):
    checks = "  - {check: range, column: id, max: 0}\n  - {check: accepted_values, column: mail, values: [x]}\n"
    checks += "  - {check: sql, sql: SELECT 1, expect: 0, rows: 'SELECT mail, 7 AS n FROM mart.t WHERE id < 4'}\n"
    checks += "  - {check: sql, name: least, sql: SELECT MIN(mail) FROM mart.t, expect: x,"
    checks += " rows: 'SELECT mail AS m, id FROM mart.t WHERE id = 1'}\n"
    declare_query(tmp_path, monkeypatch, "t", sql_of_nothing(), checks_design(checks))
    with pytest.raises(DataError) as caught:
        check(run_date=DAY, patience=NOW)
    kept = world.warehouse("SELECT check_name, offending_rows FROM etl.check_results")
    shown = {name: json.loads(text) for name, text in kept}
    assert shown["least"] == [{"m": "***", "id": "1"}]
    assert world.warehouse("SELECT found FROM etl.check_results WHERE check_name = 'least'") == [("***",)]
    [artifact] = artifacts("checks-mart-t")
    assert "secret" not in artifact.data and "least: found *** (expected x)" in str(caught.value)
    assert [row["id"] for row in shown["range(id)"]] == ["1", "2", "3", "4", "5"]
    assert shown["accepted_values(mail)"][0] == {"id": "1", "mail": "***"}
    assert sorted(map(str, shown["sql"])) == 2 * ["{'mail': '***', 'n': '7'}"] + ["{'mail': None, 'n': '7'}"]
    assert "secret" not in f"{caught.value}{shown}"


def test_check_that_cannot_be_run_has_failed_and_stops_no_other(world, rows, tmp_path, monkeypatch):
    wrong = {
        "no row": ("check: sql, sql: SELECT 1 WHERE 1 = 2, expect: 0", "its SQL gives no row"),
        "rows": ("check: sql, sql: SELECT 1 UNION ALL SELECT 2, expect: 0", "its SQL gives 2 rows or more"),
        "columns": ("check: sql, sql: 'SELECT 1, 2', expect: 0", "its SQL gives 2 columns"),
        "nobody": ("check: sql, sql: SELECT nobody FROM mart.t, expect: 0", 'column "nobody" does not exist'),
        "nowhere": ("check: references, columns: [id], table: mart.gone", 'relation "mart.gone" does not exist'),
        "rows of it": ("check: sql, sql: SELECT 1, expect: 0, rows: SELECT x FROM mart.t", 'column "x" does not exist'),
    }
    checks = "".join(f"  - {{name: {name}, {fields}}}\n" for name, (fields, _) in wrong.items())
    checks += "  - {check: not_null, columns: [id]}\n  - {check: not_null, columns: [level]}\n"
    checks += "  - {check: sql, name: warned, severity: warn, sql: SELECT x, expect: 0}\n"
    declare_query(tmp_path, monkeypatch, "t", sql_of_nothing(), checks_design(checks))
    with pytest.raises(DataError, match=r"7 of 9 checks failed") as caught:
        check(run_date=DAY, patience=NOW)
    kept = {name: (state, found) for name, _, _, _, state, found in world.warehouse(RESULTS)}
    for name, (_, said) in wrong.items():
        assert kept[name][0] == "failed" and said in kept[name][1] and said in str(caught.value)
        assert kept[name][1].startswith(f"Cannot run check '{name}' of 'mart.t': "), kept[name]
    assert kept["not_null(id)"] == ("passed", "0 rows") and kept["not_null(level)"] == ("failed", "3 rows")
    assert kept["warned"][0] == "warned" and "warned" not in str(caught.value)


def test_run_checks_on_staged_rows_stop_before_the_publish(world, tmp_path, monkeypatch):
    def write(level, severity):
        declare_query(
            *(tmp_path, monkeypatch, "t", f"SELECT 7 AS n, CAST('{level}' AS VARCHAR(4)) AS level"),
            "columns: {n: INTEGER, level: VARCHAR(4)}\nkey: [n]\n"
            f"checks: [{{check: accepted_values, column: level, values: [good], severity: {severity}}}]",
        )

    def run():
        return transform(tables=("mart.t",), run_date=DAY, patience=NOW)

    write("good", "error")
    run()
    write("bad", "error")
    with pytest.raises(
        LoadError, match=r"(?s)Cannot publish 'mart.t' for 2025-01-01: 1 of 1 checks failed:\n.*n '7', level 'bad'"
    ):
        run()
    assert world.warehouse("SELECT level FROM mart.t") == [("good",)]
    write("bad", "warn")
    run()
    assert world.warehouse("SELECT level FROM mart.t") == [("bad",)]
    assert [row[3:5] for row in world.warehouse(RESULTS + " ORDER BY at, state DESC")] == [
        ("staged", "passed"),
        ("staged", "failed"),
        ("staged", "warned"),
    ]
    ledger = world.warehouse("SELECT state, checks FROM etl.loads WHERE checks LIKE '%accepted_values(level)'")
    assert [state for state, _ in ledger] == ["loaded"]  # the one that failed on it has no checks to name


def test_run_checks_on_the_target_stop_before_the_export(world, tmp_path, monkeypatch, capsys):
    more = "unload: exported\nchecks: [{check: unique, columns: [name]}, {check: row_count, max_change_percent: 60}]"
    declare(tmp_path, monkeypatch, item=designed(more=more))
    create = "CREATE TABLE item (id BIGINT PRIMARY KEY, at DATETIME, name VARCHAR(20), is_deleted TINYINT(1))"
    world.source("DROP TABLE IF EXISTS item", create)
    world.source("INSERT INTO item VALUES (1, '2025-01-01', 'a', 0), (2, '2025-01-01', 'b', 0)")
    sync(table="mart.item", run_date=DAY, patience=NOW)
    world.source("INSERT INTO item VALUES (3, '2025-01-02', 'a', 0), (4, '2025-01-02', 'c', 0)")
    with pytest.raises(DataError) as caught:
        sync(table="mart.item", run_date=date(2025, 1, 2), patience=NOW)
    said = str(caught.value)
    assert "Cannot accept 'mart.item' for 2025-01-02: 2 of 2 checks failed" in said
    assert "row_count: found 4 rows, 2 after the last load (expected within 60 % of the last load)" in said
    assert "id '1', name 'a'\n    id '3', name 'a'" in said and "The target holds these rows." in said
    assert not [key for key in world.keys("exported/") if "dt=2025-01-02" in key]
    assert world.warehouse("SELECT COUNT(*) FROM etl.loads WHERE state = 'failed'") == [(1,)]
    world.source("INSERT INTO item VALUES (5, '2025-01-03', 'd', 0)")
    with pytest.raises(DataError, match="found 5 rows, 2 after the last load"):  # the last that passed
        sync(table="mart.item", run_date=date(2025, 1, 3), patience=NOW)


def test_check_dry_run_prints_what_runs_and_touches_nothing(world, tmp_path, monkeypatch, capsys):
    declare_query(tmp_path, monkeypatch, "t", sql_of_nothing(), checks_design("".join(of_each_kind())))
    assert main(["check", "mart.*", "--run-date", "2025-01-01", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "-- run_checks  (on the target; rows of failed checks only)" in shown
    assert "found_21" in shown and "SELECT MAX(price) FROM mart.t -- :x %" in shown and "copy" not in shown.lower()
    assert world.warehouse("SELECT nspname FROM pg_namespace WHERE nspname = 'etl'") == []
    assert main(["check", "mart.nobody"]) == 2
    declare_query(tmp_path, monkeypatch, "t", sql_of_nothing(), checks_design("").replace("checks:", ""))
    assert main(["check", "--tables", "mart.*"]) == 2
    assert "none of 1 tables declares checks" in capsys.readouterr().err
