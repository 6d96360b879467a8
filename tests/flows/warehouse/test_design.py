"""`warehouse design` from real sources: stable files, differences, new columns merged into what people wrote."""

from __future__ import annotations

import re

import pytest

from command_line.main import main
from model.read_design import read_design


@pytest.fixture
def shop(sources):
    sources.web(
        "CREATE TABLE web_visits (id BIGINT PRIMARY KEY, at DATETIME NOT NULL, page VARCHAR(40))",
        "INSERT INTO web_visits VALUES (1, '2025-01-01', '/'), (2, '2025-01-02', NULL)",
        "CREATE TABLE web_visits_tmp (id BIGINT PRIMARY KEY)",
    )
    sources.crm("CREATE TABLE crm_people (id BIGINT PRIMARY KEY, name TEXT)", "CREATE TABLE other (id BIGINT)")
    sources.erp("CREATE TABLE items (id BIGINT PRIMARY KEY)", "DROP SCHEMA IF EXISTS old CASCADE")
    sources.erp("CREATE SCHEMA old", "CREATE TABLE old.items (id BIGINT PRIMARY KEY, was TEXT)")
    yield sources
    sources.erp("DROP SCHEMA old CASCADE")


def design(shop, *arguments):
    return main(["warehouse", "design", "--designs", shop.designs, *arguments])


def files(shop):
    return {f"{path.parent.name}.{path.stem}": path.read_bytes() for path in shop.folder.glob("*/*.yaml")}


def test_design_writes_a_file_a_table_the_same_each_time_and_keeps_what_people_changed(shop, capsys):
    assert design(shop, "--dry-run") == 0
    assert files(shop) == {}
    assert re.search(r"web\.web_visits +would be written +\d+ bytes", capsys.readouterr().out)

    assert design(shop) == 0
    written = files(shop)
    assert sorted(written) == ["crm.crm_people", "erp.items", "erp.old_items", "web.web_visits"]
    visits = read_design("web.web_visits", shop.folder)
    assert (visits.source.table, visits.key, visits.column_names) == ("web_visits", ("id",), ("id", "at", "page"))
    assert read_design("erp.old_items", shop.folder).source.table == "old.items"
    assert main(["warehouse", "validate", "--files-only", "--designs", shop.designs]) == 0
    for path in shop.folder.glob("*/*.yaml"):
        path.unlink()
    assert design(shop) == 0
    assert files(shop) == written

    # Somebody moves a design, and decides; the source changes.
    path = shop.folder / "web" / "web_visits.yaml"
    text = path.read_text().replace("page: VARCHAR(160)", "page: VARCHAR(160)   # decided") + "# the end\n"
    path.unlink()
    shop.design("mart.visits", text)
    shop.web("ALTER TABLE web_visits ADD COLUMN country CHAR(2), MODIFY page VARCHAR(400), DROP COLUMN at")
    shop.web("UPDATE web_visits SET page = REPEAT('x', 300)")
    capsys.readouterr()
    assert design(shop, "mart.visits") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "kept, differs" in shown
    assert "+ country: VARCHAR(8)" in shown and "- at: TIMESTAMP, which the source does not have" in shown
    assert re.search(r"~ page: VARCHAR\(160\), and VARCHAR\(\d+\) would be proposed", shown)
    assert (shop.folder / "mart" / "visits.yaml").read_text() == text
    assert design(shop, "mart.visits", "--update") == 0
    assert "updated" in capsys.readouterr().out
    decided = "page: VARCHAR(160)   # decided\n"
    merged = (shop.folder / "mart" / "visits.yaml").read_text()
    assert merged == text.replace(decided, f"{decided}  country: VARCHAR(8)\n")


def test_design_failure_of_one_table_stops_no_other(shop, capsys):
    shop.crm("ALTER TABLE crm_people DROP COLUMN id", "ALTER TABLE crm_people DROP COLUMN name")
    assert design(shop) == 1
    assert re.search(r"crm\.crm_people +failed +Cannot", capsys.readouterr().out)
    assert sorted(files(shop)) == ["erp.items", "erp.old_items", "web.web_visits"]


def test_design_source_that_cannot_be_listed_stops_no_other_and_is_not_asked_in_vain(shop, capsys):
    text = (shop.folder / "sources.yaml").read_text()
    (shop.folder / "sources.yaml").write_text(text.replace("database: shop-postgres", "database: nowhere"))
    assert design(shop) == 1
    assert re.search(r"crm\.\* +failed +Cannot find block 'source-database/nowhere'", capsys.readouterr().out)
    assert sorted(files(shop)) == ["erp.items", "erp.old_items", "web.web_visits"]
    assert design(shop, "crm.crm_people", "web.*") == 1
    assert design(shop, "erp.item*", "web.web_visits") == 0


def test_design_unknown_pattern_is_refused(shop, capsys):
    assert design(shop, "web.visit") == 2
    assert "Cannot find a table for 'web.visit': none matches (expected" in capsys.readouterr().err
