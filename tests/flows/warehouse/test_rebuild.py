"""`rebuild` and `restore` under readers that never stop: the former state or the new one, at every moment."""

from __future__ import annotations

import threading
import time
from datetime import date

import pytest

from command_line.main import main
from flows.backfill import backfill
from flows.warehouse.dump import dump
from flows.warehouse.load import load
from flows.warehouse.rebuild import rebuild
from flows.warehouse.restore import restore
from model.errors import ConfigError, DataError, LoadError, TransientError, WarehouseError
from model.patience import Patience
from tests.flows.warehouse.declared_shop import VIEW, declare_checks, declare_shop
from tests.flows.warehouse.plans import check_is_as_planned, planned_statements, sent_by

NOW = Patience(retries=0, warehouse_poll_seconds=0.1)
STATE = """
SELECT (SELECT COUNT(*) FROM crm.people), (SELECT SUM(amount) FROM erp.sales), (SELECT COUNT(*) FROM erp.by_person),
    (SELECT person_count FROM erp.total), (SELECT COUNT(*) FROM erp.ranking), (SELECT MAX(name) FROM erp.ranking)
"""
OLD, NEW = (10, 1275, 10, 10, 10, "person 9"), (20, 5050, 20, 20, 20, "person 9")
TABLES = ("crm.people", "erp.sales", "erp.by_person", "erp.total")


@pytest.fixture
def shop(sources):
    """Loaded, and then twice as large at the sources."""
    declare_shop(sources)
    dump(designs=sources.designs, patience=NOW)
    load(designs=sources.designs, patience=NOW)
    sources.crm("INSERT INTO crm_people SELECT n, 'person ' || n FROM generate_series(11, 20) n")
    sources.erp("DELETE FROM sales", "INSERT INTO sales SELECT n, n % 20 + 1, n FROM generate_series(1, 100) n")
    return sources


class Reader(threading.Thread):
    """Reads all tables in one statement, and each by itself, again and again, until it is told to stop."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self._world, self._is_over = world, threading.Event()
        self.states, self.counts, self.errors = [], {name: set() for name in TABLES}, []

    def run(self):
        connection = self._world.connect()
        with connection.cursor() as cursor:
            while not self._is_over.is_set():
                try:
                    cursor.execute(STATE)
                    self.states.append(cursor.fetchone())
                    for name in TABLES:
                        cursor.execute(f"SELECT COUNT(*) FROM {name}")
                        self.counts[name].add(cursor.fetchone()[0])
                except Exception as error:
                    self.errors.append(str(error))
        connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self.join()


def wait_for_more(reader, seen):
    while len(reader.states) <= seen and reader.is_alive():
        time.sleep(0.01)


def check_saw(reader, before, after):
    """Both states, each of them whole, and one change from one to the other."""
    assert reader.errors == []
    changes = [one for one, last in zip(reader.states, [None, *reader.states], strict=False) if one != last]
    assert changes == [before, after]
    assert reader.counts["crm.people"] == {before[0], after[0]}
    assert reader.counts["erp.total"] == {1}
    assert reader.counts["erp.sales"] == {50, 100}


def state(shop):
    return shop.world.warehouse(STATE)[0]


def test_rebuild_and_restore_show_readers_one_whole_state_after_the_other(shop):
    shop.world.warehouse("CREATE USER watcher PASSWORD 'Watch1ngAll'")
    for name in ("erp.sales", "erp.ranking"):
        shop.world.warehouse(f"GRANT SELECT ON {name} TO watcher")
    try:
        with Reader(shop.world) as reader:
            switched = rebuild(designs=shop.designs, patience=NOW)
            seen = len(reader.states)
            wait_for_more(reader, seen)
        check_saw(reader, OLD, NEW)
        assert set(switched.kept) == set(TABLES)
        assert set(switched.tables) == {*TABLES, "erp.ranking"}
        for name in ("erp.sales", "erp.ranking"):
            assert shop.world.warehouse(f"SELECT has_table_privilege('watcher', '{name}', 'select')") == [(True,)]
        bounds = "SELECT flow, source_bound IS NOT NULL FROM etl.loads WHERE table_name = 'erp.sales' ORDER BY 1"
        assert shop.world.warehouse(bounds) == [("load", True), ("rebuild", True)]
        shadows = "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%shadow'"
        assert shop.world.warehouse(shadows) == []
        assert shop.world.warehouse("SELECT COUNT(*) FROM crm__former.people") == [(10,)]

        with Reader(shop.world) as reader:
            restore(designs=shop.designs, patience=NOW)
            seen = len(reader.states)
            wait_for_more(reader, seen)
        check_saw(reader, NEW, OLD)
        # What was live is kept in its turn; and a single table can be brought back too.
        restore(("erp.sales",), designs=shop.designs, patience=NOW)
        assert state(shop)[1] == NEW[1] and state(shop)[0] == OLD[0]
        flows = shop.world.warehouse(
            "SELECT flow FROM etl.loads WHERE table_name = 'erp.sales' ORDER BY finished_at, flow"
        )
        assert [flow for (flow,) in flows] == ["load", "rebuild", "restore", "restore"]
    finally:
        shop.world.warehouse("DROP SCHEMA IF EXISTS erp CASCADE")
        shop.world.warehouse("DROP USER watcher")


def test_rebuild_brings_tables_that_are_new_and_columns_that_are_new(shop):
    shop.world.warehouse("DROP SCHEMA crm CASCADE")
    path = shop.folder / "erp" / "by_person.yaml"
    path.write_text(path.read_text().replace("{person: BIGINT,", "{person: BIGINT, sale_count: BIGINT,"))
    sql = "SELECT person, COUNT(*) AS sale_count, SUM(amount) AS amount FROM erp.sales GROUP BY person"
    (shop.folder / "erp" / "by_person.sql").write_text(sql)
    switched = rebuild(designs=shop.designs, patience=NOW)
    assert "crm.people" not in switched.kept
    assert state(shop) == NEW
    assert shop.world.warehouse("SELECT SUM(sale_count) FROM erp.by_person") == [(100,)]


def test_rebuild_and_restore_try_each_step_again_after_a_cause_that_can_pass(shop, monkeypatch):
    failed = []

    def fail_once(said):
        """As the warehouse or the lake does for a moment; what cannot be provoked at every step."""
        if said.result is None and said.step in due and "__shadow" not in said.load.table:
            due.remove(said.step)
            failed.append(said.step)
            raise TransientError(f"Cannot {said.step} '{said.load.table}': out of reach. It is worth a retry.")

    monkeypatch.setattr("tasks.verb.listeners", [fail_once])
    again = Patience(retries=1, retry_delay_seconds=0, warehouse_poll_seconds=0.1)
    due = ["prepare_shadow", "dump_source", "read_dump", "check_dump_age", "switch_tables", "clear_shadow"]
    rebuild(designs=shop.designs, patience=again)
    assert (due, state(shop)) == ([], NEW)
    due = ["prepare_shadow", "fetch_former", "switch_tables", "clear_shadow"]
    restore(designs=shop.designs, patience=again)
    assert (due, state(shop)) == ([], OLD)
    assert len(failed) == 10


def test_rebuild_that_cannot_be_finished_leaves_the_live_state_and_goes_on_with_kept_dumps(shop, monkeypatch):
    """Refused one after the other: an unfit live table, a failing SELECT, a lost lease, a shrunk table."""
    people, total = shop.folder / "crm" / "people.yaml", shop.folder / "erp" / "total.sql"
    good_people, good_total = people.read_text(), total.read_text()
    people.write_text(good_people.replace("name: VARCHAR(40)", "name: SUPER"))
    with pytest.raises(ConfigError, match=r"Cannot rebuild: .*\n  crm.people: name is .*ADD COLUMN name_new"):
        rebuild(designs=shop.designs, patience=NOW)
    people.write_text(good_people)

    total.write_text("SELECT SUM(amount) / 0 AS amount, COUNT(*) AS person_count FROM erp.by_person")
    with pytest.raises(LoadError, match=r"Cannot rebuild 1 of 5 tables:\n  erp__shadow\.total: "):
        rebuild(designs=shop.designs, patience=NOW)
    total.write_text(good_total)
    assert state(shop) == OLD

    def take_a_table(said):
        """As a load does that begins while the shadow is built."""
        if said.step == "clean_up" and said.result is not None and said.load.table == "erp__shadow.total":
            shop.world.warehouse("INSERT INTO etl.leases VALUES ('erp.sales', 'another', 'sync', 'taken', SYSDATE)")

    with monkeypatch.context() as patched:
        patched.setattr("tasks.verb.listeners", [take_a_table])
        with pytest.raises(WarehouseError, match=r"Cannot switch 'erp.sales': run another has taken the table over"):
            rebuild(designs=shop.designs, keep_dumps=True, patience=NOW)
    assert state(shop) == OLD

    shop.crm("DELETE FROM crm_people WHERE id > 4")
    dump(("crm.*",), force=True, designs=shop.designs, patience=NOW)
    shop.erp("DROP TABLE sales")
    with pytest.raises(DataError, match=r"crm.people from 10 to 4 rows would shrink by more than 50 %"):
        rebuild(designs=shop.designs, keep_dumps=True, patience=NOW)
    assert state(shop) == OLD
    rebuild(designs=shop.designs, keep_dumps=True, most_shrink_percent=60, patience=NOW)
    assert state(shop)[:4] == (4, 5050, 20, 20)


EVENTS = """
description: A table of a test.
source: {database: erp, table: events}
columns: {id: BIGINT NOT NULL, at: TIMESTAMP NOT NULL}
key: [id]
cursor: at
newest_first: [at]
load: merge
distribution: auto
"""


def test_restore_makes_windows_due_again_whose_rows_are_put_aside(sources, monkeypatch):
    """So that a backfill knows, both ways, which days the table holds."""
    insert = "INSERT INTO events SELECT n, TIMESTAMP '2025-01-01' + n * INTERVAL '4 hours' FROM generate_series(%s) n"
    sources.erp("CREATE TABLE events (id BIGINT PRIMARY KEY, at TIMESTAMP NOT NULL)", insert % "0, 5")
    sources.design("erp.events", EVENTS)
    for function in ("read_design", "table_names"):
        monkeypatch.setattr(f"model.read_design.{function}.__defaults__", (sources.folder,))

    def backfilled():
        return backfill("erp.events", date(2025, 1, 1), date(2025, 1, 3), patience=NOW)

    assert backfill("erp.events", date(2025, 1, 1), date(2025, 1, 2), patience=NOW) == ["loaded"]
    rebuild(designs=sources.designs, patience=NOW)
    sources.erp(insert % "6, 11")
    assert backfilled() == ["loaded before", "loaded"]
    restore(designs=sources.designs, patience=NOW)
    assert sources.world.warehouse("SELECT COUNT(*) FROM erp.events") == [(6,)]
    assert backfilled() == ["loaded before", "loaded"]
    assert sources.world.warehouse("SELECT COUNT(*) FROM erp.events") == [(12,)]
    restore(designs=sources.designs, patience=NOW)
    assert backfilled() == ["loaded before"] * 2


def test_restore_shows_a_view_by_its_former_select(shop):
    sql = (
        "SELECT 'new ' || p.name AS name, b.amount, b.person FROM erp.by_person AS b"
        " JOIN crm.people AS p ON p.id = b.person WHERE p.name NOT IN ('it''s', 'a\\\\b')"
    )
    shop.transform(
        "erp.ranking", sql, VIEW.format(columns='{name: VARCHAR(44), amount: "DECIMAL(18,2)", person: BIGINT}')
    )
    shown = "SELECT COUNT(*), MIN(name) FROM erp.ranking"
    rebuild(designs=shop.designs, patience=NOW)
    assert shop.world.warehouse(shown) == [(20, "new person 1")]
    assert shop.world.warehouse("SELECT MIN(name) FROM erp__former.ranking") == [("person 1",)]
    restore(designs=shop.designs, patience=NOW)
    assert shop.world.warehouse(shown) == [(10, "person 1")]
    restore(designs=shop.designs, patience=NOW)
    assert shop.world.warehouse(shown) == [(20, "new person 1")]
    assert shop.world.warehouse("SELECT COUNT(person) FROM erp.ranking") == [(20,)]


def test_restore_without_a_former_state_is_refused(shop):
    with pytest.raises(ConfigError, match=r"Cannot restore '\*': no former state"):
        restore(designs=shop.designs, patience=NOW)


def test_rebuild_and_load_that_fail_a_check_leave_the_live_state(shop):
    """Of what is in the shadow: live rows and those of the sources alone would pass, the mixture of both would not."""
    declare_checks(shop)
    shop.erp("INSERT INTO sales VALUES (101, 21, 1)")
    with pytest.raises(LoadError, match=r"(?s)erp__shadow\.sales: .*found 1 row \(.* in crm__shadow\.people"):
        rebuild(designs=shop.designs, patience=NOW)
    assert state(shop) == OLD
    with pytest.raises(LoadError, match=r"(?s)erp\.sales: .*found 1 row \(.* in crm\.people"):
        load(designs=shop.designs, patience=NOW)
    assert state(shop)[1:4] == OLD[1:4]

    shop.erp("UPDATE sales SET person = 20, amount = -10000 WHERE id = 101")
    with pytest.raises(LoadError, match=r"(?s)erp__shadow\.by_person: .*sql: found 1 "):
        rebuild(designs=shop.designs, patience=NOW)
    assert state(shop)[1:4] == OLD[1:4]
    with pytest.raises(LoadError, match=r"(?s)erp\.by_person: .*sql: found 1 "):
        load(designs=shop.designs, patience=NOW)
    assert state(shop)[3] == OLD[3]

    shop.erp("DELETE FROM sales WHERE id = 101")
    rebuild(designs=shop.designs, patience=NOW)
    assert state(shop) == NEW


def test_dry_run_shows_the_statements_that_rebuild_and_restore_send(shop, capsys):
    for command in ("rebuild", "restore"):
        arguments = ["warehouse", command, "--designs", shop.designs]
        capsys.readouterr()
        assert main([*arguments, "--dry-run"]) == 0
        planned = planned_statements(capsys.readouterr().out)
        assert state(shop) == (OLD if command == "rebuild" else NEW)
        sent = sent_by(shop.world, arguments)
        check_is_as_planned(sent, [one for one in planned if one.startswith("/*")])
