"""The tables that benchmarks read: four shapes, made by MariaDB's own sequences, with values that need care.

Texts hold quotes, commas and umlauts; some values are NULL; amounts are negative or have 18 digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_START = "TIMESTAMP'2025-01-01 00:00:00'"
_NOTE = "IF(seq MOD 7 = 0, NULL, CONCAT('Größe \"', seq, '\", bitte; ', REPEAT('x', seq MOD 23)))"


@dataclass(frozen=True)
class Column:
    """`source` is MySQL's type, `value` the SQL of `seq` that fills it, `target` the type in the warehouse."""

    name: str
    source: str
    value: str
    target: str


NARROW = (
    Column("id", "INT", "seq", "INTEGER"),
    Column("modified", "TIMESTAMP NULL", f"{_START} + INTERVAL seq SECOND", "TIMESTAMP"),
    Column("score", "SMALLINT", "seq MOD 11", "SMALLINT"),
)
# What the flow orders loads.
ORDERS = (
    Column("id", "BIGINT", "seq", "BIGINT"),
    Column("customer_id", "BIGINT", "IF(seq MOD 50 = 0, NULL, seq * 7919 MOD 100003)", "BIGINT"),
    Column("modified", "DATETIME(6)", f"{_START} + INTERVAL (seq * 1000003) MICROSECOND", "TIMESTAMP"),
    Column("status", "VARCHAR(20)", "ELT(1 + seq MOD 4, 'placed', 'paid', 'shipped', 'zurück')", "VARCHAR(20)"),
    Column("amount", "DECIMAL(18,2)", "(CAST(seq * 31 MOD 1000000 AS SIGNED) - 500000) / 100", "DECIMAL(18,2)"),
)
SHOP = (
    Column("id", "BIGINT", "seq", "BIGINT"),
    Column("customer_id", "BIGINT", "seq * 7919 MOD 100003", "BIGINT"),
    Column("ordered", "DATETIME(6)", f"{_START} + INTERVAL (seq * 1000003) MICROSECOND", "TIMESTAMP"),
    Column("status", "VARCHAR(20)", "ELT(1 + seq MOD 4, 'placed', 'paid', 'shipped', 'zurück')", "VARCHAR(80)"),
    Column("amount", "DECIMAL(18,2)", "(CAST(seq * 31 MOD 1000000 AS SIGNED) - 500000) / 100", "DECIMAL(18,2)"),
    Column("note", "VARCHAR(200)", _NOTE, "VARCHAR(800)"),
    Column("is_gift", "TINYINT(1)", "seq MOD 2", "BOOLEAN"),
    Column("modified", "TIMESTAMP NULL", f"{_START} + INTERVAL seq SECOND", "TIMESTAMP"),
)
WIDE = (
    Column("id", "BIGINT", "seq", "BIGINT"),
    Column("modified", "TIMESTAMP NULL", f"{_START} + INTERVAL seq SECOND", "TIMESTAMP"),
    *(Column(f"text_{n}", "VARCHAR(40)", f"CONCAT('text {n} of ', seq)", "VARCHAR(160)") for n in range(20)),
    *(Column(f"amount_{n}", "DECIMAL(12,2)", f"(seq * {n + 3} MOD 99991) / 100", "DECIMAL(12,2)") for n in range(18)),
    *(Column(f"day_{n}", "DATE", f"DATE({_START} - INTERVAL (seq * {n + 1} MOD 1500) DAY)", "DATE") for n in range(10)),
    *(Column(f"count_{n}", "INT", f"seq * {n + 1} MOD 1000", "INTEGER") for n in range(10)),
)
SHAPES = {"narrow": NARROW, "orders": ORDERS, "shop": SHOP, "wide": WIDE}


def make(cursor: Any, table: str, shape: str, row_count: int) -> None:
    """Leaves a table alone that has these rows."""
    columns = SHAPES[shape]
    cursor.execute("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = %s", (table,))
    if cursor.fetchone()[0]:
        return
    declared = ", ".join(f"{column.name} {column.source}" for column in columns)
    values = ", ".join(column.value for column in columns)
    cursor.execute(f"CREATE TABLE {table} ({declared}, PRIMARY KEY (id), KEY (modified)) CHARACTER SET utf8mb4")
    cursor.execute(f"INSERT INTO {table} SELECT {values} FROM seq_1_to_{row_count}")
    cursor.execute(f"ANALYZE TABLE {table}")


def statement(table: str, shape: str) -> str:
    return f"SELECT {', '.join(column.name for column in SHAPES[shape])} FROM {table}"


def design(table: str, shape: str) -> str:
    """The design file of mart.<table>."""
    columns = "\n".join(f"  {column.name}: '{column.target}'" for column in SHAPES[shape])
    return (
        f"description: A table of the benchmark.\nsource: {{database: shop, table: {table}}}\ncolumns:\n{columns}\n"
        "key: [id]\ncursor: modified\nnewest_first: [modified]\nload: merge\ndistribution: id\nsort: [modified]\n"
    )
