"""A small shop of two sources with what is made of it: tables, views, transformations of transformations."""

from __future__ import annotations

from tests.flows.warehouse.conftest import Sources

CHECKS = {
    "erp.sales": "{check: references, columns: [person], table: crm.people, to: [id]}",
    "erp.by_person": '{check: sql, sql: "SELECT COUNT(*) FROM erp.by_person WHERE amount < 0", expect: 0}',
}

TABLE = """
description: A table of a test.
source: {{database: {database}, table: {table}}}
columns: {{{columns}}}
key: [id]
load: replace
distribution: auto
allow_empty: true
"""
MADE = "description: Made of others.\ncolumns: {columns}\ndistribution: auto\n"
VIEW = "description: Shown.\nview: true\ncolumns: {columns}\n"


def declare_shop(sources: Sources, row_count: int = 10) -> None:
    """crm.people and erp.sales; mart-like tables in erp: sums by person, their total, a view on both."""
    sources.crm(
        "CREATE TABLE crm_people (id BIGINT PRIMARY KEY, name VARCHAR(40))",
        f"INSERT INTO crm_people SELECT n, 'person ' || n FROM generate_series(1, {row_count}) n",
    )
    sources.erp(
        "CREATE TABLE sales (id BIGINT PRIMARY KEY, person BIGINT, amount DECIMAL(12,2))",
        f"INSERT INTO sales SELECT n, n % {row_count} + 1, n FROM generate_series(1, {5 * row_count}) n",
    )
    people = TABLE.format(
        database="shop-postgres", table="crm_people", columns="id: BIGINT NOT NULL, name: VARCHAR(40)"
    )
    sources.design("crm.people", people)
    columns = 'id: BIGINT NOT NULL, person: BIGINT, amount: "DECIMAL(12,2)"'
    sources.design("erp.sales", TABLE.format(database="erp", table="sales", columns=columns))
    sources.transform(
        "erp.by_person",
        "SELECT person, SUM(amount) AS amount FROM erp.sales GROUP BY person",
        MADE.format(columns='{person: BIGINT, amount: "DECIMAL(18,2)"}'),
    )
    sources.transform(
        "erp.total",
        "SELECT SUM(amount) AS amount, COUNT(*) AS person_count FROM erp.by_person",
        MADE.format(columns='{amount: "DECIMAL(18,2)", person_count: BIGINT}'),
    )
    sources.transform(
        "erp.ranking",
        "SELECT p.name, b.amount FROM erp.by_person AS b JOIN crm.people AS p ON p.id = b.person",
        # In another order than the SELECT.
        VIEW.format(columns='{amount: "DECIMAL(18,2)", name: VARCHAR(40)}'),
    )


def declare_checks(sources: Sources) -> None:
    """Each sale is of one of the people, and nobody owes."""
    for name, check in CHECKS.items():
        path = sources.folder.joinpath(*name.split(".")).with_suffix(".yaml")
        path.write_text(f"{path.read_text()}checks:\n  - {check}\n")
