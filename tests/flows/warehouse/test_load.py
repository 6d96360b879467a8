"""`load` and `update`: dumped tables into the warehouse, and what is made of them in its order."""

from __future__ import annotations

import re

import pytest

from command_line.main import main
from flows.warehouse.dump import dump
from flows.warehouse.load import load
from flows.warehouse.update import update
from model.errors import ConfigError, LoadError
from model.patience import Patience
from tests.flows.warehouse.declared_shop import VIEW, declare_shop
from tests.flows.warehouse.plans import check_is_as_planned, planned_statements, sent_by

NOW = Patience(retries=0, warehouse_poll_seconds=0.1)
ORDER = ["crm.people", "erp.sales", "erp.by_person", "erp.ranking", "erp.total"]


@pytest.fixture
def shop(sources):
    declare_shop(sources)
    dump(designs=sources.designs, patience=NOW)
    return sources


def loaded(shop, *patterns):
    return [one.table for one in load(patterns or ("*",), designs=shop.designs, patience=NOW)]


def updated(shop, *patterns, **parameters):
    return [one.table for one in update(patterns or ("*",), designs=shop.designs, patience=NOW, **parameters)]


def test_load_brings_dumps_and_builds_what_is_downstream(shop):
    assert loaded(shop) == ORDER
    warehouse = shop.world.warehouse
    assert warehouse("SELECT * FROM crm.people ORDER BY id") == shop.crm("SELECT * FROM crm_people ORDER BY id")
    assert warehouse("SELECT * FROM erp.sales ORDER BY id") == shop.erp("SELECT * FROM sales ORDER BY id")
    assert warehouse("SELECT person_count, amount FROM erp.total") == [(10, 1275)]
    assert warehouse("SELECT COUNT(*) FROM erp.ranking") == [(10,)]

    # Again, from a newer dump: rows that are gone at the source go, readers keep table and view.
    shop.erp("DELETE FROM sales WHERE id > 5")
    dump(("erp.*",), force=True, designs=shop.designs, patience=NOW)
    assert loaded(shop, "erp.sales") == ["erp.sales", "erp.by_person", "erp.ranking", "erp.total"]
    assert warehouse("SELECT person_count FROM erp.total") == [(5,)]
    kept = [key for key in shop.world.keys("test/dump/") if key.endswith("manifest.json")]
    assert len(kept) == 2
    bounds = warehouse("SELECT source_bound IS NULL FROM etl.loads WHERE table_name = 'erp.sales'")
    assert bounds == [(False,), (False,)]


def test_load_failure_leaves_out_what_reads_it_and_nothing_else(shop, capsys):
    shop.design("erp.sales", (shop.folder / "erp" / "sales.yaml").read_text().replace("(12,2)", "(13,2)"))
    assert main(["warehouse", "load", "--designs", shop.designs]) == 1
    shown = capsys.readouterr()
    assert re.search(r"Cannot load 4 of 5 tables:\n  erp\.sales: .*made for another design", shown.err)
    assert re.search(r"crm\.people +done +10", shown.out)
    assert re.search(r"erp\.total +left out .*it reads erp\.by_person", shown.out)


def test_load_without_a_dump_says_what_to_run(sources):
    declare_shop(sources)
    with pytest.raises(LoadError, match=r"there is no 's3://lake/test/dump/crm.people/manifest.json'.*warehouse dump"):
        loaded(sources, "crm.*")


def test_load_refuses_a_dump_that_is_older_than_the_rows_of_the_table(shop):
    loaded(shop)
    shop.erp("INSERT INTO sales VALUES (99, 1, 7)")
    newer = {"prefix": "newer", "designs": shop.designs, "patience": NOW}
    dump(("erp.sales",), **newer)
    load(("erp.sales",), **newer)
    said = r"erp\.sales: .*its dump 's3://lake/test/dump/.*shows the source as of .*warehouse dump --force erp.sales"
    with pytest.raises(LoadError, match=said):
        loaded(shop, "erp.sales")
    assert shop.world.warehouse("SELECT MAX(id) FROM erp.sales") == [(99,)]
    load(("erp.sales",), **newer)


def test_update_builds_dependents_unless_only_and_goes_on_from_a_table(shop):
    loaded(shop)
    assert updated(shop, "erp.by_person") == ["erp.by_person", "erp.ranking", "erp.total"]
    assert updated(shop, "erp.by_person", only=True) == ["erp.by_person"]
    assert updated(shop, from_="erp.ranking") == ["erp.ranking", "erp.total"]
    with pytest.raises(ConfigError, match=r"Cannot go on from 'erp.sales': .*expected one of erp.by_person, erp.rank"):
        updated(shop, from_="erp.sales")


def test_update_view_follows_its_file_and_a_bad_one_leaves_the_old(shop):
    loaded(shop)
    warehouse = shop.world.warehouse
    shop.transform("erp.ranking", "SELECT person FROM erp.gone", VIEW.format(columns="{person: BIGINT}"))
    with pytest.raises(LoadError, match=r"erp\.ranking: Cannot create view 'erp\.ranking': .*gone"):
        updated(shop, "erp.ranking")
    assert warehouse("SELECT COUNT(*), MIN(name) FROM erp.ranking") == [(10, "person 1")]
    shop.transform("erp.ranking", "SELECT person AS who FROM erp.by_person", VIEW.format(columns="{who: BIGINT}"))
    updated(shop, "erp.ranking")
    assert warehouse("SELECT MAX(who) FROM erp.ranking") == [(10,)]
    warehouse("DROP TABLE erp.by_person")


def test_load_dry_run_lists_the_files_of_the_dumps_with_their_bytes(shop, capsys):
    shop.design("erp.sales", (shop.folder / "erp" / "sales.yaml").read_text().replace("(12,2)", "(13,2)"))
    assert main(["warehouse", "load", "--dry-run", "--designs", shop.designs]) == 0
    shown = capsys.readouterr().out
    listed = shop.world.s3.list_objects_v2(Bucket="lake", Prefix="test/dump/crm.people/")["Contents"]
    [size] = [item["Size"] for item in listed if item["Key"].endswith(".parquet")]
    step = re.search(r"^-- crm\.people read_dump(.*\n)(--   .*\n)(--   .*\n)\n", shown, re.MULTILINE)
    assert step[1] == f"  (10 rows, {size:,} bytes)\n"
    assert step[2] == "--   s3://lake/test/dump/crm.people/manifest.json\n"
    assert re.fullmatch(rf"--   s3://lake/test/dump/crm\.people/\S+/part-00000\.parquet  {size:,} bytes\n", step[3])
    assert re.search(r"^-- erp\.sales read_dump  \(Cannot load .* was made for another design", shown, re.MULTILINE)


def test_dry_run_shows_the_statements_that_load_and_update_send(shop, capsys):
    """By the warehouse's own log; only names of the run and what it knows of itself differ."""
    counts = {"load": 5, "update": 3, "update erp.by_person --only": 1, "update --from erp.ranking": 2}
    for command, table_count in counts.items():
        arguments = ["warehouse", *command.split(), "--designs", shop.designs]
        capsys.readouterr()
        assert main([*arguments, "--dry-run"]) == 0
        planned = planned_statements(capsys.readouterr().out)
        sent = sent_by(shop.world, arguments)
        check_is_as_planned(sent, planned)
        assert len({text.split(":")[1] for text in sent}) == table_count, command
