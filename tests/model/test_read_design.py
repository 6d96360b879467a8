from pathlib import Path

import pytest

from model.errors import ConfigError
from model.read_design import WAREHOUSE, parse_design, read_design, table_names

PATH = Path("warehouse/mart/orders.yaml")
GOOD = (WAREHOUSE / "mart" / "orders.yaml").read_text()


@pytest.mark.parametrize("table", table_names())
def test_read_design_every_file_parses(table):
    assert read_design(table).name == table


def test_read_design_unknown_table_names_near_ones():
    with pytest.raises(ConfigError, match=r"Cannot find table 'mart.order'.*mart\.orders"):
        read_design("mart.order")


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("amount: NUMERIC(18,2)", "amount: NUMERIC(39,2)", "column 'amount': 'NUMERIC(39,2)' is out of range"),
        ("amount: NUMERIC(18,2)", "amount: MONEY", "column 'amount': 'MONEY' is no type that can be loaded"),
        ("amount: NUMERIC(18,2)", "Amount: BIGINT", "column 'Amount': expected a name of lower-case letters"),
        ("amount: NUMERIC(18,2)", "order_id: BIGINT", "line 11: 'order_id' stands twice"),
        ("key: [order_id]", "key: [id]", "key: 'id' is not among the columns (expected one of order_id, "),
        (
            "key: [order_id]",
            "key: []",
            "key: found nothing (expected the columns that name a row, because load is merge)",
        ),
        ("key: [order_id]\n", "", "key: found nothing"),
        ("cursor: order_ts\n", "", "cursor: found nothing (expected a column of time, because load is merge)"),
        ("lookback_days: 1", "time_zone: Mars", "source.time_zone: found 'Mars': expected the name of a time zone"),
        ("cursor: order_ts", "cursor: amount", "cursor: 'amount' is DECIMAL(18,2) (expected TIMESTAMP"),
        ("load: merge", "load: mrege", "load: found 'mrege' (expected 'merge', 'replace' or 'append')"),
        ("loaded_at: ingested_at", "loaded_at: status", "loaded_at: found 'status': expected a name that is not"),
        ("distribution: order_id", "distribution: evn", "distribution: found 'evn': 'evn' is not among the columns"),
        ("lookback_days: 1", "lookback_days: -1", "source.lookback_days: found '-1'"),
        ("lookback_days: 1", "loockback_days: 1", "source.loockback_days: found an unknown field"),
        ("unload: orders_snapshot", "unload: /orders/", "unload: found '/orders/': expected folder names"),
        ("description:", "schema_name: x\ndescription:", "schema_name is named by the file's path"),
        ("key: [order_id]", "key: [order_id", "line 13"),
    ],
)
def test_parse_design_bad_field_names_file_field_and_what_is_allowed(old, new, finding):
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        parse_design(GOOD.replace(old, new), PATH)
    assert str(PATH) in str(caught.value)
    assert finding in str(caught.value)


def test_parse_design_lists_every_finding():
    with pytest.raises(ConfigError) as caught:
        parse_design(GOOD.replace("load: merge", "load: x").replace("[order_ts]", "[nope]"), PATH)
    assert "load: " in str(caught.value)
    assert "sort: " in str(caught.value)


def test_parse_design_files_must_carry_the_date():
    text = GOOD.replace("database: shop\n  table: orders\n  lookback_days: 1", "files: orders/\n  format: csv")
    with pytest.raises(ConfigError, match=r"expected \{run_date\} in it, because load is merge"):
        parse_design(text, PATH)
