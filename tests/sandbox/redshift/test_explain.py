"""EXPLAIN as Redshift shows it: names of the steps, and which rows of a join move.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

TABLES = {
    "orders": ("(id int, customer int, place varchar(20)) distkey(id)", 800),
    "lines": ("(id int, place varchar(20)) distkey(id)", 400),
    "customers": ("(customer int, place varchar(20)) distkey(customer)", 500),
    "few": ("(customer int, place varchar(20)) diststyle even", 3),
    "many": ("(customer int, place varchar(20)) diststyle even", 700),
    "everywhere": ("(id int, customer int) diststyle all", 900),
    "countries": ("(id int, customer int) diststyle all", 30),
}


@pytest.fixture(scope="module")
def cursor(connect: Callable[..., Any]) -> Iterator[Any]:
    cursor = connect().cursor()
    cursor.execute("create schema plans")
    cursor.execute("set search_path to plans")
    for name, (declared, row_count) in TABLES.items():
        cursor.execute(f"create table {name} {declared}")
        columns = declared.partition(")")[0].count(",") + 1
        row = "(" + ", ".join(["{}", "{}", "'x'"][3 - columns :] if "place" in declared else ["{}"] * columns) + ")"
        cursor.execute(f"insert into {name} values " + ", ".join(row.format(n, n) for n in range(row_count)))
        cursor.execute(f"analyze {name}")
    yield cursor
    cursor.execute("drop schema plans cascade")


def plan(cursor: Any, query: str) -> list[str]:
    """The lines, without costs."""
    cursor.execute(f"explain {query}")
    assert [column.name for column in cursor.description] == ["QUERY PLAN"]
    return [re.sub(r"  \(cost=\d+\.\d\d\.\.\d+\.\d\d rows=\d+ width=\d+\)$", "", line) for (line,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("query", "movement"),
    [
        ("orders join lines on orders.id = lines.id", "DS_DIST_NONE"),
        ("orders o left join countries c on o.customer = c.customer", "DS_DIST_ALL_NONE"),
        ("everywhere e left join orders o on o.customer = e.customer", "DS_DIST_ALL_INNER"),
        ("orders left join customers on orders.id = customers.customer", "DS_DIST_NONE"),
        ("orders left join many on orders.id = many.customer", "DS_DIST_INNER"),
        ("many left join customers on many.customer = customers.customer", "DS_DIST_OUTER"),
        ("orders left join few on orders.customer = few.customer", "DS_BCAST_INNER"),
        ("many left join customers on many.place = customers.place", "DS_DIST_BOTH"),
        ("few join many on few.customer < many.customer", "DS_BCAST_INNER"),
    ],
)
def test_explain_join_shows_what_moves(cursor: Any, query: str, movement: str) -> None:
    joins = [line for line in plan(cursor, f"select count(*) from {query}") if "DS_" in line]
    assert len(joins) == 1
    assert joins[0].endswith(f" {movement}")


def test_explain_is_worded_as_redshift_words_it(cursor: Any) -> None:
    query = "select o.place, count(*) from orders o join lines l on o.id = l.id where l.place <> 'y' group by 1 limit 5"
    assert plan(cursor, query) == [
        "XN Limit",
        "  ->  XN HashAggregate",
        "        ->  XN Hash Join DS_DIST_NONE",
        '              Hash Cond: ("outer".id = "inner".id)',
        "              ->  XN Seq Scan on orders o",
        "              ->  XN Hash",
        "                    ->  XN Seq Scan on lines l",
        "                          Filter: (l.place <> 'y')",
    ]


def test_explain_third_table_of_the_same_key_stays_where_it_is(cursor: Any) -> None:
    query = "select 1 from orders o join lines l on o.id = l.id join customers c on l.id = c.customer"
    assert [line.split()[-1] for line in plan(cursor, query) if "Join" in line] == ["DS_DIST_NONE", "DS_DIST_NONE"]


def test_explain_warns_of_nested_loops_and_missing_statistics(cursor: Any) -> None:
    cursor.execute("create table fresh (a int)")
    said = plan(cursor, "select 1 from fresh cross join few")
    assert " ----- Tables missing statistics: fresh -----" in said
    assert said[-1].startswith(" ----- Nested Loop Join in the query plan - review the join predicates")
    cursor.execute("analyze fresh")
    assert not [line for line in plan(cursor, "select a from fresh") if "-----" in line]


def test_explain_does_not_run_the_query_and_asks_for_its_privileges(cursor: Any, connect: Callable[..., Any]) -> None:
    plan(cursor, "select 1 / (id - id) from orders")
    cursor.execute("create user onlooker password 'Looking123'")
    try:
        onlooker = connect(user="onlooker", password="Looking123").cursor()
        with pytest.raises(Exception, match="permission denied for schema plans"):
            onlooker.execute("explain select * from plans.orders")
    finally:
        cursor.execute("drop user onlooker")
