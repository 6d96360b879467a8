"""What happens when the source's columns change between two loads, by the policy of the design."""

from __future__ import annotations

import re
from datetime import date

import psycopg2
import pytest

from flows.sync import sync
from model.errors import ConfigError, SourceError, WarehouseError
from model.patience import Patience
from tests.flows.declared import declare, designed

NOW = Patience(retries=0, warehouse_poll_seconds=0.1)
FIRST, SECOND = date(2025, 1, 1), date(2025, 1, 2)
LONG = "é" * 35
COLUMNS = (
    "SELECT column_name, character_maximum_length FROM svv_columns WHERE table_schema = 'mart' AND table_name = 'item'"
)


@pytest.fixture
def shop(world):
    """One row of the first day; a second day's row is for the test to insert."""
    world.source(
        "DROP TABLE IF EXISTS item",
        "CREATE TABLE item (id BIGINT PRIMARY KEY, at DATETIME(6), name VARCHAR(20) CHARACTER SET utf8mb4,"
        " is_deleted BOOLEAN, KEY (at))",
        "INSERT INTO item VALUES (1, '2025-01-01 12:00', 'a', 0)",
    )
    return world


@pytest.fixture
def loaded(shop, tmp_path, monkeypatch):
    """Loads the first day by a policy, and puts a view on the target, as readers do."""

    def load(policy="freeze", more=""):
        declare(tmp_path, monkeypatch, item=designed(more=f"on_schema_change: {policy}\n{more}"))
        run(FIRST)
        shop.warehouse(
            "CREATE VIEW mart.readers AS SELECT id, name::VARCHAR(400) AS name FROM mart.item WITH NO SCHEMA BINDING"
        )
        shop.warehouse("CREATE VIEW mart.bound AS SELECT id, at FROM mart.item")

    return load


def run(day=SECOND):
    return sync("mart.item", run_date=day, patience=NOW)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "ADD COLUMN phone VARCHAR(30) CHARACTER SET utf8mb4",
            "phone is in the source (varchar(30)) and not in the design: "
            "ALTER TABLE mart.item ADD COLUMN phone VARCHAR(120);",
        ),
        (
            "MODIFY name VARCHAR(40) CHARACTER SET utf8mb4",
            "name was varchar(20) in the source and is varchar(40) now, the design has VARCHAR(20): "
            "ALTER TABLE mart.item ALTER COLUMN name TYPE VARCHAR(160);",
        ),
        ("DROP COLUMN name", "name is gone from the source: ALTER TABLE mart.item DROP COLUMN name;"),
        (
            "MODIFY is_deleted BIGINT",
            "is_deleted was tinyint(1) in the source and is bigint(20) now, the design has BOOLEAN: "
            "ALTER TABLE mart.item ADD COLUMN is_deleted_new BIGINT; UPDATE mart.item SET is_deleted_new=is_deleted; "
            "ALTER TABLE mart.item DROP COLUMN is_deleted; "
            "ALTER TABLE mart.item RENAME COLUMN is_deleted_new TO is_deleted;",
        ),
    ],
)
def test_freeze_fails_before_loading_and_names_the_statements(shop, loaded, change, said):
    loaded()
    shop.source(f"ALTER TABLE item {change}", "INSERT INTO item (id, at) VALUES (2, '2025-01-02 12:00')")
    with pytest.raises(ConfigError, match=re.escape(said)):
        run()
    assert shop.warehouse("SELECT * FROM mart.readers") == [(1, "a")]
    assert shop.warehouse("SELECT table_name FROM svv_tables WHERE table_schema = 'staging'") == []
    assert shop.keys("extracted/") == []


def test_freeze_passes_once_its_statements_have_run_and_the_design_says_so(shop, loaded, tmp_path, monkeypatch):
    loaded()
    shop.source(
        "ALTER TABLE item MODIFY name VARCHAR(40) CHARACTER SET utf8mb4",
        f"INSERT INTO item VALUES (2, '2025-01-02 12:00', '{LONG}', 0)",
    )
    with pytest.raises(ConfigError) as refused:
        run()
    shop.warehouse(re.search(r"ALTER TABLE [^;]*", str(refused.value))[0])
    declare(tmp_path, monkeypatch, item=designed().replace("VARCHAR(20)", "VARCHAR(160)"))
    run()
    run()
    assert shop.warehouse("SELECT id, name FROM mart.readers ORDER BY id") == [(1, "a"), (2, LONG)]


@pytest.mark.parametrize("left_out", ["[phone]", "[PHONE, other]", '"*"'])
def test_freeze_passes_over_columns_that_are_left_out_on_purpose(shop, loaded, left_out):
    loaded(more=f"columns_not_loaded: {left_out}")
    shop.source("ALTER TABLE item ADD COLUMN Phone VARCHAR(30)")
    shop.source("INSERT INTO item VALUES (2, '2025-01-02 12:00', 'b', 0, '+49')")
    assert run().inserted_row_count == 1


def test_freeze_takes_a_design_that_was_always_narrower_for_a_choice(shop, loaded):
    shop.source("ALTER TABLE item MODIFY name VARCHAR(200)")
    loaded()
    shop.source("INSERT INTO item VALUES (2, '2025-01-02 12:00', 'b', 0)")
    assert run().inserted_row_count == 1


def test_freeze_names_a_column_of_the_design_that_the_target_lacks(shop, loaded, tmp_path, monkeypatch):
    loaded()
    shop.source("ALTER TABLE item ADD COLUMN phone VARCHAR(30)")
    grown = designed().replace("is_deleted: BOOLEAN", "is_deleted: BOOLEAN, phone: VARCHAR(30)")
    declare(tmp_path, monkeypatch, item=grown)
    with pytest.raises(ConfigError, match=r"target lacks it: ALTER TABLE mart.item ADD COLUMN phone VARCHAR\(30\);"):
        run()


@pytest.mark.parametrize("policy", ["freeze", "evolve", "discard"])
def test_design_that_names_a_missing_column_is_refused_before_anything_runs(shop, tmp_path, monkeypatch, policy):
    wrong = designed(more=f"on_schema_change: {policy}").replace("is_deleted: BOOLEAN", "nme: VARCHAR(20)")
    declare(tmp_path, monkeypatch, item=wrong)
    with pytest.raises((SourceError, ConfigError), match=r"nme': no such column|is_deleted is in the source"):
        run(FIRST)
    assert shop.warehouse("SELECT nspname FROM pg_namespace WHERE nspname IN ('mart', 'etl')") == []


def test_evolve_adds_columns_and_widens_texts_and_keeps_the_readers_view(shop, loaded):
    loaded("evolve")
    shop.source(
        "ALTER TABLE item MODIFY name VARCHAR(40) CHARACTER SET utf8mb4, ADD COLUMN phone VARCHAR(30) NOT NULL,"
        " ADD COLUMN points INT UNSIGNED",
        f"INSERT INTO item VALUES (2, '2025-01-02 12:00', '{LONG}', 0, '+49', 4294967295)",
    )
    run()
    assert shop.warehouse("SELECT id, name FROM mart.readers ORDER BY id") == [(1, "a"), (2, LONG)]
    rows = "SELECT id, phone, points FROM mart.item ORDER BY id"
    assert shop.warehouse(rows) == [(1, None, None), (2, "+49", 4294967295)]
    assert shop.warehouse("SELECT COUNT(*) FROM mart.bound") == [(2,)]
    assert ("name", 160) in shop.warehouse(COLUMNS)
    shop.source("UPDATE item SET points = 7 WHERE id = 2")
    again = run()
    assert (again.updated_row_count, again.inserted_row_count) == (1, 0)
    assert shop.warehouse(rows)[1] == (2, "+49", 7)


def test_evolve_leaves_a_view_that_is_bound_to_a_text_and_names_it(shop, loaded):
    loaded("evolve")
    shop.warehouse("CREATE VIEW mart.names AS SELECT name FROM mart.item")
    shop.source("ALTER TABLE item MODIFY name VARCHAR(40)")
    with pytest.raises(WarehouseError, match=r"Cannot alter 'mart.item': .*view mart.names"):
        run()
    assert shop.warehouse("SELECT * FROM mart.names") == [("a",)]


def test_evolve_into_a_new_target_takes_all_columns_in(shop, tmp_path, monkeypatch):
    shop.source("ALTER TABLE item ADD COLUMN phone VARCHAR(30) DEFAULT 'none'")
    declare(tmp_path, monkeypatch, item=designed(more="on_schema_change: evolve"))
    run(FIRST)
    assert shop.warehouse("SELECT id, phone FROM mart.item") == [(1, "none")]


@pytest.mark.parametrize("policy", ["evolve", "discard"])
def test_vanished_column_keeps_what_it_has_and_new_rows_have_none(shop, loaded, policy):
    loaded(policy)
    shop.source("ALTER TABLE item DROP COLUMN name")
    shop.source("UPDATE item SET is_deleted = 1", "INSERT INTO item VALUES (2, '2025-01-02 12:00', 0)")
    run(FIRST)
    run()
    assert shop.warehouse("SELECT id, name, is_deleted FROM mart.item ORDER BY id") == [
        (1, "a", True),
        (2, None, False),
    ]


@pytest.mark.parametrize("policy", ["evolve", "discard"])
def test_vanished_column_that_the_load_needs_is_refused(shop, loaded, policy):
    loaded(policy)
    shop.source("ALTER TABLE item DROP COLUMN at")
    with pytest.raises(ConfigError, match="at is gone from the source"):
        run()


def test_evolve_refuses_a_type_that_no_alter_brings(shop, loaded):
    loaded("evolve")
    shop.source("ALTER TABLE item MODIFY is_deleted VARCHAR(10)")
    with pytest.raises(ConfigError, match=r"is_deleted was tinyint\(1\) in the source and is varchar\(10\) now"):
        run()


def test_discard_loads_the_known_columns(shop, loaded):
    loaded("discard")
    shop.source(
        "ALTER TABLE item ADD COLUMN phone VARCHAR(30), MODIFY name VARCHAR(40), MODIFY is_deleted INT",
        "INSERT INTO item VALUES (2, '2025-01-02 12:00', 'b', 1, '+49')",
    )
    run()
    assert shop.warehouse("SELECT id, name, is_deleted FROM mart.item WHERE id = 2") == [(2, "b", True)]
    assert ("name", 20) in shop.warehouse(COLUMNS)


def test_postgres_source_evolves_too(world, tmp_path, monkeypatch):
    facts = {part: world.environment[f"POSTGRES_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")}
    source = psycopg2.connect(**{part.lower(): value for part, value in facts.items()})
    source.autocommit = True
    with source.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS item")
        cursor.execute("CREATE TABLE item (id bigint, at timestamp(6), name varchar(20), is_deleted boolean)")
        cursor.execute("INSERT INTO item VALUES (1, '2025-01-01 12:00', 'a', false)")
        text = designed(more="on_schema_change: evolve\ndetect_deletes: true").replace("shop,", "shop-postgres,")
        declare(tmp_path, monkeypatch, item=text)
        run(FIRST)
        cursor.execute("ALTER TABLE item ADD COLUMN price numeric(12,2), ALTER COLUMN name TYPE varchar(40)")
        cursor.execute("DELETE FROM item")
        cursor.execute(f"INSERT INTO item VALUES (2, '2025-01-02 12:00', '{LONG}', true, 12.34)")
        with pytest.raises(Exception, match="the source has none"):
            declare(tmp_path, monkeypatch, item=text.replace("allow_empty: true", ""))
            run()
        declare(tmp_path, monkeypatch, item=text)
        run()
    source.close()
    [(number, name, price)] = world.warehouse("SELECT id, name, price FROM mart.item")
    assert (number, name, str(price)) == (2, LONG, "12.34")
