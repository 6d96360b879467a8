"""What a design proposes, from tables made by hand; the real sources are in tests/flows/test_describe.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.propose_design import propose_design
from model.read_design import parse_design
from model.source_table import MeasuredColumn, Measures, SourceTable
from model.source_type import SourceColumn, mysql_family
from model.table_design import TableDesign

NOTHING = Measures(0, 0, 0, 0, 0, 0)


def column(
    name: str, full_type: str, is_nullable: bool = False, declared: int | None = None, **found
) -> MeasuredColumn:
    data_type = full_type.partition("(")[0].partition(" ")[0]
    source = SourceColumn(name, data_type, full_type, mysql_family(data_type))
    is_updated = found.pop("is_updated", False)
    return MeasuredColumn(source, is_nullable, declared, Measures(**{**vars(NOTHING), **found}), is_updated)


def table(*columns: MeasuredColumn, keys=(("id",),), indexed=("id",), row_count=10, is_whole=True) -> SourceTable:
    return SourceTable("mysql", "t", columns, keys, frozenset(indexed), row_count, min(row_count, 5), is_whole)


ID = column("id", "bigint(20)")


def text_and_design(proposed: SourceTable) -> tuple[str, TableDesign]:
    text = propose_design(proposed, "shop", "mart")
    return text, parse_design(text, Path("warehouse/mart/t.yaml"))


@pytest.mark.parametrize(
    ("names", "indexed", "cursor"),
    [
        (["created_at", "updated_at"], (), "updated_at"),
        (["created_at", "last_modified"], (), "last_modified"),
        (["created", "birthday"], (), "created"),
        (["modified_on", "changed_at"], ("changed_at",), "changed_at"),
        (["birthday", "order_ts"], ("order_ts",), "order_ts"),
        (["birthday", "recreated_by_candidate"], (), None),
    ],
)
def test_propose_design_cursor_is_what_tells_of_changes(names, indexed, cursor) -> None:
    times = [column(name, "datetime") for name in names]
    _, design = text_and_design(table(ID, *times, indexed=indexed))
    assert design.cursor == cursor
    assert design.load == ("merge" if cursor else "replace")


def test_propose_design_cursor_that_the_source_sets_comes_first_and_null_ones_never() -> None:
    times = [column("updated_at", "datetime", True, null_count=1), column("touched", "timestamp", is_updated=True)]
    _, design = text_and_design(table(ID, *times))
    assert (design.cursor, design.newest_first, design.sort) == ("touched", ("touched",), ("touched",))


def test_propose_design_without_key_replaces() -> None:
    text, design = text_and_design(table(ID, column("created_at", "datetime"), keys=()))
    assert (design.load, design.key) == ("replace", ())
    assert "# no key" in text


@pytest.mark.parametrize(
    ("declared", "found", "length"), [(80, 11, 80), (1000, 11, 32), (1000, 0, 16), (1000, 400, 1000), (None, 400, 1024)]
)
def test_propose_design_width_is_declared_where_small_else_measured(declared, found, length) -> None:
    _, design = text_and_design(table(ID, column("v", "varchar(9)", declared=declared, byte_count=found)))
    assert design.column("v").type.sql == f"VARCHAR({length})"


def test_propose_design_distribution_follows_a_large_tables_key() -> None:
    times = [column("updated_at", "datetime")]
    assert text_and_design(table(ID, *times, row_count=1_000_000))[1].distribution == "id"
    assert text_and_design(table(ID, *times))[1].distribution == "auto"
    raw = column("id", "binary(16)", declared=16)
    _, design = text_and_design(table(raw, *times, row_count=1_000_000))
    assert (design.distribution, design.column("id").type.sql) == ("auto", "VARBYTE(16)")


def test_propose_design_values_without_counterpart_ask_for_a_policy() -> None:
    text, design = text_and_design(
        table(
            ID,
            column("day", "date", no_counterpart_count=2),
            column("note", "longtext", byte_count=70_000, nul_count=1),
        )
    )
    assert "day: {type: DATE NOT NULL, zero_date: error}   # no date in the warehouse: 2; error ends the load" in text
    assert "the longest has 70000 bytes; with NUL characters: 1" in text
    assert design.column("note").type.sql == "VARCHAR(65535)"
    assert not design.column("note").policy.chosen


def test_propose_design_columns_that_cannot_be_loaded_are_listed() -> None:
    text, design = text_and_design(
        table(ID, column("ID", "int(11)"), column("Order Date", "date"), column("place", "vector"))
    )
    assert design.column_names == ("id",)
    assert design.columns_not_loaded == ("ID", "Order Date", "place")
    assert '"Order Date"   # the warehouse takes letters' in text


def test_propose_design_says_what_was_measured() -> None:
    assert "as in all of its 5 rows" in text_and_design(table(ID))[0]
    sampled = table(ID, row_count=9_000_000, is_whole=False)
    assert "as in the last 5 of about 9,000,000 rows" in text_and_design(sampled)[0]


def test_propose_design_words_of_yaml_are_quoted() -> None:
    text, design = text_and_design(table(ID, column("on", "int(11)")))
    assert '  "on": INTEGER NOT NULL' in text
    assert design.column_names == ("id", "on")
