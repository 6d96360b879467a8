"""Whole statements, as Redshift gets them."""

from datetime import date, datetime

import pytest

from model.check import NotNull
from model.load import Load
from model.read_design import read_design
from model.window import Window
from sql.copying import copy_into_staging
from sql.ledger import insert_ledger_row, loads, take_lease
from sql.publish import arrival, count_arriving, delete_unchanged, removal_of_replaced
from sql.render import render, tagged
from sql.source import select_window
from sql.staging import deduplicate, key_counts, measures
from sql.tables import create_table, staging_table, target_table
from sql.unload import unload


@pytest.fixture
def load() -> Load:
    return Load(
        flow="orders",
        design=read_design("mart.orders"),
        run_id="0a-1b",
        run_date=date(2025, 1, 2),
        window=Window.of_day(date(2025, 1, 2)),
        bucket="lake",
        iam_role="arn:aws:iam::123456789012:role/Loader",
    )


def squeezed(statement: str) -> str:
    return " ".join(statement.split())


def test_create_table_target_has_keys_and_load_time(load):
    assert squeezed(render(create_table(target_table(load.design), if_not_exists=True))) == (
        "CREATE TABLE IF NOT EXISTS mart.orders ( order_id BIGINT NOT NULL, customer_id BIGINT, "
        "order_ts TIMESTAMP NOT NULL, status VARCHAR(20), amount DECIMAL(18,2), "
        "ingested_at TIMESTAMP WITHOUT TIME ZONE DEFAULT getdate() "
        ") DISTSTYLE KEY DISTKEY (order_id) SORTKEY (order_ts)"
    )


def test_create_table_staging_takes_null_keys(load):
    assert squeezed(render(create_table(staging_table(load)))) == (
        "CREATE TABLE staging.mart$orders$0a1b ( order_id BIGINT, customer_id BIGINT, order_ts TIMESTAMP, "
        "status VARCHAR(20), amount DECIMAL(18,2) ) DISTSTYLE KEY DISTKEY (order_id) SORTKEY (order_ts)"
    )


def test_tagged_names_flow_table_and_date(load):
    assert tagged(load, copy_into_staging(load, load.manifest_key)) == (
        "/* orders:mart.orders:2025-01-02 */ "
        "COPY staging.mart$orders$0a1b (order_id, customer_id, order_ts, status, amount) "
        "FROM 's3://lake/extracted/mart.orders/2025-01-02/0a-1b/manifest.json' "
        "IAM_ROLE 'arn:aws:iam::123456789012:role/Loader' MANIFEST FORMAT AS PARQUET"
    )


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ({"files": "in/{run_date}/", "format": "parquet"}, "FORMAT AS PARQUET"),
        (
            {"files": "in/{run_date}/", "format": "csv", "compression": "gzip"},
            "FORMAT AS CSV IGNOREHEADER 1 DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF GZIP",
        ),
        (
            {"files": "in/{run_date}/", "format": "json"},
            "FORMAT AS JSON 'auto ignorecase' DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF",
        ),
    ],
)
def test_copy_into_staging_of_delivered_files_reads_their_format(load, source, options):
    design = type(load.design).model_validate(dict(load.design) | {"source": source})
    statement = render(copy_into_staging(load.model_copy(update={"design": design}), "in/m.json"))
    assert statement.endswith(f" MANIFEST {options}")


def test_merge_has_both_branches_and_no_target_alias(load):
    assert render(arrival(load)) == (
        "MERGE INTO mart.orders USING staging.mart$orders$0a1b AS staged ON mart.orders.order_id = staged.order_id\n"
        "WHEN MATCHED THEN UPDATE SET customer_id = staged.customer_id, order_ts = staged.order_ts, "
        "status = staged.status, amount = staged.amount, ingested_at = getdate()\n"
        "WHEN NOT MATCHED THEN INSERT (order_id, customer_id, order_ts, status, amount, ingested_at) "
        "VALUES (staged.order_id, staged.customer_id, staged.order_ts, staged.status, staged.amount, getdate())"
    )


def test_delete_unchanged_tells_null_and_trailing_blanks_apart(load):
    statement = render(delete_unchanged(load))
    assert statement.startswith(
        "DELETE FROM staging.mart$orders$0a1b USING mart.orders "
        "WHERE mart.orders.order_ts >= '2025-01-01 00:00:00' AND mart.orders.order_ts < '2025-01-03 00:00:00' "
        "AND staging.mart$orders$0a1b.order_id = mart.orders.order_id AND "
    )
    assert (
        "(staging.mart$orders$0a1b.status = mart.orders.status AND "
        "octet_length(staging.mart$orders$0a1b.status) = octet_length(mart.orders.status) OR "
        "staging.mart$orders$0a1b.status IS NULL AND mart.orders.status IS NULL)"
    ) in statement


def test_delete_unchanged_without_a_window_looks_at_the_whole_target(load):
    statement = render(delete_unchanged(load.model_copy(update={"window": None})))
    assert statement.startswith(
        "DELETE FROM staging.mart$orders$0a1b USING mart.orders "
        "WHERE staging.mart$orders$0a1b.order_id = mart.orders.order_id AND "
    )


def test_delete_unchanged_of_a_load_that_reads_null_cursors_looks_at_them_too(load):
    design = load.design.model_copy(update={"null_cursor": "load"})
    statement = render(delete_unchanged(load.model_copy(update={"design": design})))
    assert "< '2025-01-03 00:00:00' OR mart.orders.order_ts IS NULL) AND staging" in statement


def test_count_arriving_tells_rows_that_meet_one_of_the_target(load):
    assert squeezed(render(count_arriving(load))) == (
        "SELECT (SELECT count(*) AS count_1 FROM staging.mart$orders$0a1b) AS staged_row_count, "
        "(SELECT count(*) AS count_1 FROM staging.mart$orders$0a1b WHERE EXISTS (SELECT * FROM mart.orders "
        "WHERE staging.mart$orders$0a1b.order_id = mart.orders.order_id)) AS met_row_count"
    )


def test_deduplicate_keeps_the_newest_by_declared_columns_first(load):
    create, fill, empty, refill, drop = (squeezed(render(statement)) for statement in deduplicate(load))
    assert create.startswith("CREATE TEMPORARY TABLE kept (")
    assert (
        "row_number() OVER (PARTITION BY staging.mart$orders$0a1b.order_id "
        "ORDER BY staging.mart$orders$0a1b.order_ts DESC NULLS LAST, "
        "staging.mart$orders$0a1b.customer_id DESC NULLS LAST"
    ) in fill
    assert fill.endswith("WHERE ranked.position = 1")
    assert empty == "DELETE FROM staging.mart$orders$0a1b"
    assert refill.startswith("INSERT INTO staging.mart$orders$0a1b (order_id, ")
    assert drop == "DROP TABLE IF EXISTS kept"


def test_measures_looks_back_as_declared(load):
    statement = render(measures(load))
    assert "order_ts >= '2025-01-01 00:00:00'" in statement
    assert "order_ts < '2025-01-03 00:00:00'" in statement


def test_unload_doubles_inner_quotes_and_cleans_the_path(load):
    assert squeezed(render(unload(load, load.unload_prefix))) == (
        "UNLOAD ('SELECT mart.orders.order_id, mart.orders.customer_id, mart.orders.order_ts, mart.orders.status, "
        "mart.orders.amount, mart.orders.ingested_at FROM mart.orders "
        "WHERE mart.orders.order_ts >= ''2025-01-02 00:00:00'' AND mart.orders.order_ts < ''2025-01-03 00:00:00''') "
        "TO 's3://lake/orders_snapshot/dt=2025-01-02/' IAM_ROLE 'arn:aws:iam::123456789012:role/Loader' "
        "FORMAT AS PARQUET CLEANPATH MANIFEST VERBOSE"
    )


def test_take_lease_only_adds_a_row(load):
    assert render(take_lease(load)) == (
        "INSERT INTO etl.leases (table_name, run_id, flow, event, at) "
        "VALUES ('mart.orders', '0a-1b', 'orders', 'taken', SYSDATE)"
    )


def test_insert_ledger_row_writes_null_for_what_is_unknown(load):
    statement = render(insert_ledger_row(load, {"manifest": None, "copied_row_count": 3}))
    assert statement == (
        "INSERT INTO etl.loads (table_name, run_id, flow, method, run_date, since, until, read_since, read_until, "
        "source_bound, manifest, copied_row_count, state, started_at, finished_at) "
        "VALUES ('mart.orders', '0a-1b', 'orders', 'merge', "
        "'2025-01-02', '2025-01-02 00:00:00', '2025-01-03 00:00:00', '2025-01-01 00:00:00', '2025-01-03 00:00:00', "
        "NULL, NULL, 3, 'loaded', NULL, getdate())"
    )


@pytest.mark.parametrize(("kind", "name"), [("mysql", "`key`"), ("postgresql", '"key"')])
def test_select_window_quotes_as_the_source_does(load, kind, name):
    column = load.design.columns[0].model_copy(update={"name": "key"})
    design = load.design.model_copy(update={"columns": (column, *load.design.columns[1:])})
    statement = select_window(load.model_copy(update={"design": design}), kind)
    assert name in statement or kind == "postgresql"
    assert "order_ts >= '2025-01-01 00:00:00' AND order_ts < '2025-01-03 00:00:00'" in statement


@pytest.mark.parametrize(
    ("method", "key", "removes", "brings"),
    [
        ("merge", ("order_id",), None, "MERGE INTO mart.orders"),
        (
            "append",
            (),
            "DELETE FROM mart.orders WHERE mart.orders.order_ts >= '2025-01-01 00:00:00' "
            "AND mart.orders.order_ts < '2025-01-03 00:00:00'",
            "INSERT INTO mart.orders",
        ),
        ("replace", (), "DELETE FROM mart.orders", "INSERT INTO mart.orders"),
        (
            "replace",
            ("order_id",),
            "DELETE FROM mart.orders WHERE NOT EXISTS (SELECT 1 FROM staging.mart$orders$0a1b "
            "WHERE staging.mart$orders$0a1b.order_id = mart.orders.order_id)",
            "MERGE INTO mart.orders",
        ),
    ],
)
def test_publish_by_method_removes_what_it_replaces(load, method, key, removes, brings):
    design = load.design.model_copy(update={"load": method, "key": key})
    window = None if method == "replace" else load.window
    load = load.model_copy(update={"design": design, "window": window})
    removal = removal_of_replaced(load)
    assert (None if removal is None else squeezed(render(removal))) == removes
    assert render(arrival(load)).startswith(brings)


def test_read_window_ends_at_the_bound_in_the_zone_of_the_cursor(load):
    source = load.design.source.model_copy(update={"time_zone": "Europe/Berlin"})
    design = load.design.model_copy(update={"source": source})
    bounded = load.model_copy(update={"design": design, "source_bound": datetime(2025, 1, 2, 10)})
    assert str(bounded.read_window) == "[2025-01-01 00:00:00, 2025-01-02 11:00:00)"


def test_read_window_takes_what_the_window_before_left(load):
    left = load.model_copy(update={"read_since": datetime(2024, 12, 31, 20)})
    assert str(left.read_window) == "[2024-12-31 20:00:00, 2025-01-03 00:00:00)"


def test_load_checks_have_room_in_the_ledger(load):
    checks = tuple(NotNull(check="not_null", columns=("amount",)) for _ in range(100))
    many = load.model_copy(update={"design": load.design.model_copy(update={"checks": checks})})
    assert many.checks.startswith("row_count, ") and len(many.checks) == loads.c.checks.type.length


def test_key_counts_looks_at_text_keys_only(load):
    assert "CASE WHEN false THEN 1" in render(key_counts(load))
    design = load.design.model_copy(update={"key": ("order_id", "status")})
    statement = render(key_counts(load.model_copy(update={"design": design})))
    assert (
        "octet_length(staging.mart$orders$0a1b.status) != octet_length(rtrim(staging.mart$orders$0a1b.status))"
    ) in statement
