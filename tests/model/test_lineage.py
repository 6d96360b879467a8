import pytest

from model.errors import ConfigError
from model.lineage import lineage_of, steps
from model.read_design import read_any_design

TABLE = """
description: Something.
source: {database: shop, table: %s}
columns: {id: BIGINT, at: TIMESTAMP}
key: [id]
cursor: at
load: merge
distribution: auto
unload: exported_%s
"""
TRANSFORMATION = "description: Something.\ncolumns: {id: BIGINT}\ndistribution: auto\n"


@pytest.fixture
def lineage(tmp_path):
    """Two tables of the shop; `both` reads both; `last` reads `both`, a table, and one that nobody declares."""
    folder = tmp_path / "mart"
    folder.mkdir()
    for name in ("orders", "people"):
        (folder / f"{name}.yaml").write_text(TABLE % (name, name))
    for name, sql in {
        "both": "SELECT o.id FROM mart.orders o JOIN mart.people p ON o.id = p.id",
        "last": "SELECT b.id FROM mart.both b JOIN mart.orders o ON b.id = o.id JOIN far.away f ON f.id = o.id",
    }.items():
        (folder / f"{name}.yaml").write_text(TRANSFORMATION)
        (folder / f"{name}.sql").write_text(sql)
    return lineage_of(read_any_design(f"mart.{name}", tmp_path) for name in ("orders", "people", "both", "last"))


def shown(found):
    return [(step.depth, step.relation, step.is_repeated) for step in found]


def test_steps_upstream_lead_to_sources_and_show_each_way_once(lineage):
    assert shown(steps(lineage, "mart.last", lineage.upstream)) == [
        (0, "mart.last", False),
        (1, "far.away", False),
        (1, "mart.both", False),
        (2, "mart.orders", False),
        (3, "shop:orders", False),
        (2, "mart.people", False),
        (3, "shop:people", False),
        (1, "mart.orders", True),
    ]


def test_steps_downstream_lead_to_exports(lineage):
    assert shown(steps(lineage, "shop:people", lineage.downstream)) == [
        (0, "shop:people", False),
        (1, "mart.people", False),
        (2, "mart.both", False),
        (3, "mart.last", False),
        (2, "s3:exported_people/", False),
    ]


def test_lineage_kinds_say_what_each_relation_is(lineage):
    assert {name: lineage.kinds[name] for name in ("shop:orders", "far.away", "mart.both", "s3:exported_people/")} == {
        "shop:orders": "table of a source",
        "far.away": "not declared here",
        "mart.both": "transformation",
        "s3:exported_people/": "files in the lake",
    }


def test_steps_of_an_unknown_relation_names_near_ones(lineage):
    with pytest.raises(ConfigError, match=r"Cannot find 'mart\.order': .* \(expected mart\.orders"):
        list(steps(lineage, "mart.order", lineage.upstream))


def test_steps_in_a_circle_end(tmp_path):
    (tmp_path / "mart").mkdir()
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / "mart" / f"{name}.yaml").write_text(TRANSFORMATION)
        (tmp_path / "mart" / f"{name}.sql").write_text(f"SELECT id FROM mart.{other}")
    lineage = lineage_of(read_any_design(name, tmp_path) for name in ("mart.a", "mart.b"))
    assert shown(steps(lineage, "mart.a", lineage.upstream)) == [
        (0, "mart.a", False),
        (1, "mart.b", False),
        (2, "mart.a", True),
    ]
