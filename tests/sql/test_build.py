"""The statements of a transformation, whole, as Redshift gets them."""

from datetime import date

import pytest

from model.load import Load
from model.query import read_query
from model.transformation import Transformation
from model.window import Window
from sql.build import built_measures, fill_built
from sql.publish import arrival, is_merged, removals
from sql.render import render, tagged
from sql.tables import create_table, staging_table


@pytest.fixture
def load() -> Load:
    design = Transformation.model_validate(
        {
            "schema_name": "mart",
            "table_name": "t",
            "description": "A test.",
            "source": read_query("SELECT s.\"at\", ':x' AS j, 1::int AS n -- 5 % it's\nFROM mart.s AS s;"),
            "columns": {"n": "INTEGER NOT NULL", "j": "SUPER", "at": "TIME"},
            "key": ("n",),
            "distribution": "auto",
        }
    )
    return Load(
        flow="transform",
        design=design,
        run_id="0a",
        run_date=date(2025, 1, 2),
        window=None,
        bucket="b",
        iam_role="default",
    )


def squeezed(statement: str) -> str:
    return " ".join(statement.split())


def test_staging_table_of_a_transformation_has_the_declared_types_and_takes_nulls(load):
    assert squeezed(render(create_table(staging_table(load)))) == (
        "CREATE TABLE staging.mart$t$0a ( n INTEGER, j SUPER, at TIME )"
    )


def test_fill_built_keeps_the_sql_and_names_the_columns_in_its_order(load):
    assert tagged(load, fill_built(load)) == (
        "/* transform:mart.t:2025-01-02 */ INSERT INTO staging.mart$t$0a (at, j, n)\n"
        "SELECT s.\"at\", ':x' AS j, 1::int AS n -- 5 % it's\nFROM mart.s AS s"
    )


def test_built_measures_count_duplicates_and_nulls(load):
    assert squeezed(render(built_measures(load))) == (
        "SELECT count(*) AS row_count, (SELECT count(*) - (SELECT count(*) AS count_1 "
        "FROM (SELECT DISTINCT staging.mart$t$0a.n AS n FROM staging.mart$t$0a) AS keys) AS duplicate_count "
        "FROM staging.mart$t$0a) AS duplicate_count, "
        "count(CASE WHEN (staging.mart$t$0a.n IS NULL) THEN 1 END) AS null_count_1 FROM staging.mart$t$0a"
    )


def test_publish_of_a_transformation_deletes_and_inserts(load):
    assert not is_merged(load)
    assert [render(removal) for removal in removals(load)] == ["DELETE FROM mart.t"]
    assert squeezed(render(arrival(load))) == (
        "INSERT INTO mart.t (n, j, at) SELECT staged.n, staged.j, staged.at FROM staging.mart$t$0a AS staged"
    )


def test_fill_built_of_a_table_with_windows_takes_the_rows_of_this_one(load):
    design = load.design.model_copy(update={"load": "append", "cursor": "at"})
    windowed = load.model_copy(update={"design": design, "window": Window.of_day(date(2025, 1, 2))})
    assert render(fill_built(windowed)) == (
        "INSERT INTO staging.mart$t$0a (at, j, n)\nSELECT at, j, n FROM (\n"
        "SELECT s.\"at\", ':x' AS j, 1::int AS n -- 5 % it's\nFROM mart.s AS s\n"
        ") AS made WHERE made.at >= '2025-01-02 00:00:00' AND made.at < '2025-01-03 00:00:00'"
    )
    assert squeezed(render(removals(windowed)[0])).startswith("DELETE FROM mart.t WHERE mart.t.at >= '2025-01-02")
    assert (windowed.method, load.method) == ("append", "transform")
