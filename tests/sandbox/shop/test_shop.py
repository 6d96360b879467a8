"""The shop's orders, in databases of their own on the session's servers."""

from datetime import date, datetime

import pymysql
import pytest

from sandbox.servers import ServerError
from sandbox.shop import seed, trade
from sandbox.shop.connections import connect_mysql, connect_postgres
from sandbox.shop.seeding import BATCH_ROWS, fill_mysql, mariadb_numbers, recursive_numbers

START = date(2025, 1, 1)
ROWS, DAYS = 30_000, 3
FINGERPRINT = (
    "SELECT count(*), sum(crc32(concat_ws('|', order_id, coalesce(customer_id, '-'), order_ts, coalesce(status, '-'),"
    " coalesce(amount, '-'), coalesce(note, '-'), is_gift, updated_at))) FROM orders"
)


@pytest.fixture(scope="module")
def shop(sandbox):
    """The environment of two empty databases."""
    outer = sandbox.environment
    environment = {**outer, "MYSQL_DATABASE": "shop_of_tests", "POSTGRES_DATABASE": "shop_of_tests"}
    with connect_mysql(outer) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop_of_tests")
    postgres = connect_postgres(outer)
    postgres.autocommit = True
    postgres.cursor().execute("CREATE DATABASE shop_of_tests")
    yield environment
    with connect_mysql(outer) as connection, connection.cursor() as cursor:
        cursor.execute("DROP DATABASE shop_of_tests")
    postgres.cursor().execute("DROP DATABASE shop_of_tests WITH (FORCE)")
    postgres.close()


@pytest.fixture
def seeded(shop):
    assert len(list(seed(shop, ROWS, START, DAYS))) == 3
    return shop


def query(environment, sql):
    with connect_mysql(environment) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def query_postgres(environment, sql):
    connection = connect_postgres(environment)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET timezone = 'UTC'")
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        connection.close()


def test_seed_twice_gives_the_same_orders(seeded):
    first = query(seeded, FINGERPRINT)
    list(seed(seeded, ROWS, START, DAYS))
    assert query(seeded, FINGERPRINT) == first
    assert first[0][0] == ROWS


def test_seed_recursive_numbers_give_the_same_as_the_sequence_engine(shop):
    first, last = 7, 900
    with connect_mysql(shop) as connection, connection.cursor() as cursor:
        numbers = []
        for source in (mariadb_numbers(first, last), recursive_numbers(first, last)):
            cursor.execute(f"SELECT order_id FROM {source} ORDER BY 1")
            numbers.append(cursor.fetchall())
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) == last - first + 1


def test_seed_several_batches_have_no_gap(shop):
    row_count = 2 * BATCH_ROWS + 1
    fill_mysql(shop, row_count, START, DAYS)
    assert query(shop, "SELECT count(*), min(order_id), max(order_id) FROM orders") == [(row_count, 1, row_count)]


def test_seed_days_are_even_and_have_both_edges(seeded):
    rows = query(
        seeded, "SELECT date(order_ts), count(*), min(order_ts), max(order_ts) FROM orders GROUP BY 1 ORDER BY 1"
    )
    assert rows == [
        (date(2025, 1, day), ROWS // DAYS, datetime(2025, 1, day), datetime(2025, 1, day, 23, 59, 59, 999999))
        for day in (1, 2, 3)
    ]


def test_seed_evening_is_busier_than_night(seeded):
    hours = dict(query(seeded, "SELECT hour(order_ts), count(*) FROM orders GROUP BY 1"))
    assert len(hours) == 24
    assert hours[17] > 2 * hours[3]


def test_seed_has_what_a_loader_trips_over(seeded):
    counts = {
        "no customer": "customer_id IS NULL",
        "no status": "status IS NULL",
        "empty status": "status = ''",
        "unicode status": "status IN ('retournée', 'zurückgesandt')",
        "no amount": "amount IS NULL",
        "negative": "amount < 0",
        "eighteen digits": "amount = 9999999999999999.99",
        "no note": "note IS NULL",
        "empty note": "note = ''",
        "quote": "note LIKE '%\"%'",
        "comma": "note LIKE '%,%'",
        "newline": "note LIKE '%\\n%'",
        "backslash": "instr(note, char(92)) > 0",
        "emoji": "note LIKE '%🎂%'",
        "fraction of a second": "microsecond(order_ts) NOT IN (0, 999999)",
        "updated later": "updated_at > order_ts",
        "gift": "is_gift",
    }
    sums = ", ".join(f"sum({condition})" for condition in counts.values())
    found = dict(zip(counts, query(seeded, f"SELECT {sums} FROM orders")[0], strict=True))
    assert [name for name, count in found.items() if not count] == []


def test_seed_every_order_keeps_the_rules(seeded):
    broken = (
        "updated_at < order_ts OR length(status) > 20 OR"
        " (status IN ('returned', 'retournée', 'zurückgesandt', '返品済み')) <> (amount < 0) AND amount <> 0"
    )
    assert query(seeded, f"SELECT * FROM orders WHERE {broken} LIMIT 3") == []


def test_seed_few_customers_order_most(seeded):
    counts = [count for (count,) in query(seeded, "SELECT count(*) c FROM orders GROUP BY customer_id ORDER BY c DESC")]
    assert sum(counts[: len(counts) // 100]) > 0.2 * ROWS
    assert counts[len(counts) // 2] <= 5


def test_seed_postgres_has_the_same_values(seeded):
    sql = "SELECT order_id, customer_id, order_ts, status, amount, note, is_gift, updated_at FROM orders ORDER BY 1"
    copied = [(*row[:6], int(row[6]), row[7].replace(tzinfo=None)) for row in query_postgres(seeded, sql)]
    assert 10_000 < len(copied) <= 20_000
    wanted = {row[0] for row in copied}
    assert copied == [row for row in query(seeded, sql) if row[0] in wanted]
    assert max(row[2] for row in copied) == datetime(2025, 1, 3, 23, 59, 59, 999999)


def test_seed_answers_have_every_kind_of_day_over_several_months(seeded):
    rows = query(
        seeded,
        "SELECT sum(score >= 9), sum(score <= 6), count(score) FROM nps GROUP BY date(created_at)",
    )
    kinds = {(promoters > 0, detractors > 0) for promoters, detractors, count in rows if count}
    assert kinds == {(False, False), (False, True), (True, False), (True, True)}
    [(months, answers, scores, first, last)] = query(
        seeded,
        "SELECT count(DISTINCT month(created_at)), count(*), count(score), min(created_at), max(created_at) FROM nps",
    )
    assert months == 5 and scores < answers
    assert (first, last) == (datetime(2024, 9, 3), datetime(2025, 1, 3, 23, 59, 59))


def test_seed_answers_twice_are_the_same_in_the_order_of_time(seeded):
    rows = query(seeded, "SELECT * FROM nps ORDER BY id")
    list(seed(seeded, ROWS, START, DAYS))
    assert query(seeded, "SELECT * FROM nps ORDER BY created_at, id") == rows


def test_seed_fewer_than_two_a_day_is_refused(shop):
    with pytest.raises(ServerError, match="Cannot seed '5' orders: too few for 3 days"):
        list(seed(shop, 5, START, DAYS))


def test_seed_wrong_password_names_the_variables(shop):
    with pytest.raises(ServerError, match="Cannot connect to the shop") as failure:
        list(seed({**shop, "MYSQL_PASSWORD": "canary-word"}, ROWS, START, DAYS))
    assert "canary-word" not in str(failure.value)


def test_trade_twice_changes_nothing_more(seeded):
    before = query(seeded, FINGERPRINT)
    changed = trade(seeded, date(2025, 1, 2), 0.05)
    after = query(seeded, FINGERPRINT)
    assert 0.03 * ROWS / DAYS < changed < 0.06 * ROWS / DAYS
    assert after != before
    assert trade(seeded, date(2025, 1, 2), 0.05) == 0
    assert query(seeded, FINGERPRINT) == after


def test_trade_moves_only_orders_of_the_day_before_to_that_date(seeded):
    query(seeded, "CREATE TABLE was AS SELECT * FROM orders")
    changed = trade(seeded, date(2025, 1, 2), 0.05)
    rows = query(
        seeded,
        "SELECT was.status, orders.status, was.amount = orders.amount, date(orders.order_ts), date(orders.updated_at)"
        " FROM orders JOIN was USING (order_id) WHERE orders.updated_at <> was.updated_at",
    )
    query(seeded, "DROP TABLE was")
    assert len(rows) == changed
    assert {row[3:] for row in rows} == {(date(2025, 1, 1), date(2025, 1, 2))}
    moves = {(old, new) for old, new, *_ in rows if old != new}
    assert moves == {("placed", "paid"), ("paid", "shipped")}
    assert any(old == new and not same for old, new, same, *_ in rows), "no amount was corrected"


def test_trade_postgres_changes_the_same_orders(seeded):
    trade(seeded, date(2025, 1, 2), 0.05)
    sql = "SELECT order_id, status, amount FROM orders WHERE updated_at >= '2025-01-02' AND order_ts < '2025-01-02'"
    copied = query_postgres(seeded, "SELECT order_id FROM orders")
    wanted = {order_id for (order_id,) in copied}
    assert sorted(query_postgres(seeded, sql)) == sorted(row for row in query(seeded, sql) if row[0] in wanted)


def test_trade_without_orders_says_to_seed(shop):
    with connect_mysql(shop) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders")
    with pytest.raises(ServerError, match="Run python -m sandbox seed first") as failure:
        trade(shop, date(2025, 1, 2), 0.05)
    assert isinstance(failure.value.__cause__, pymysql.Error)
