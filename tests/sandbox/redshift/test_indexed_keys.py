"""A large table into which rows are merged is found by its keys; nobody sees how."""

import itertools

import pytest

from sandbox.redshift import dml
from sandbox.redshift.statement import Context, plan_text

numbers = itertools.count()


@pytest.fixture
def cursor(connect):
    connection = connect()
    with connection.cursor() as cursor:
        for table in ("big", "few"):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
        yield cursor
    connection.close()


def fill(cursor, design="DISTKEY (id) SORTKEY (at)"):
    types = "id BIGINT, at TIMESTAMP, t VARCHAR(10000)"
    cursor.execute(f"CREATE TABLE big ({types}) {design}")
    cursor.execute(f"CREATE TABLE few ({types})")
    cursor.execute("INSERT INTO big VALUES (1, '2025-01-01', 'a'), (2, '2025-01-02', 'b'), (3, '2025-01-03', 'c')")
    cursor.execute("INSERT INTO few VALUES (2, '2025-01-02', 'new'), (4, '2025-01-04', 'd')")


def merge(cursor):
    # The number keeps the endpoint from taking its plan of another test.
    cursor.execute(
        f"/* {next(numbers)} */ MERGE INTO big USING few ON big.id = few.id WHEN MATCHED THEN UPDATE SET t = few.t"
        " WHEN NOT MATCHED THEN INSERT (id, at, t) VALUES (few.id, few.at, few.t)"
    )
    cursor.execute("SELECT id, t FROM big ORDER BY id")
    assert cursor.fetchall() == [(1, "a"), (2, "new"), (3, "c"), (4, "d")]


def indexed(superuser, table="big"):
    with superuser.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", (table,))
        return [row[0].partition(" USING ")[2] for row in cursor.fetchall()]


@pytest.fixture
def superuser(engine):
    connection = engine.connect("dev")
    yield connection
    connection.close()


def test_merge_into_a_large_table_indexes_its_keys_once(cursor, superuser, monkeypatch):
    monkeypatch.setattr(dml, "LARGE_BYTES", 1)
    fill(cursor)
    merge(cursor)
    assert indexed(superuser) == ["btree (at)", "btree (id)"]
    assert indexed(superuser, "few") == []
    merge(cursor)
    assert len(indexed(superuser)) == 2


def test_merge_into_a_small_table_indexes_nothing(cursor, superuser):
    fill(cursor)
    merge(cursor)
    assert indexed(superuser) == []


def test_index_takes_texts_of_any_length(cursor, superuser, monkeypatch):
    monkeypatch.setattr(dml, "LARGE_BYTES", 1)
    fill(cursor, "DISTKEY (t) SORTKEY (t)")
    merge(cursor)
    assert indexed(superuser) == ["hash (t)"]
    cursor.execute("INSERT INTO big SELECT 9, NULL, LISTAGG(MD5(n::varchar)) FROM (SELECT id AS n FROM big) AS s")
    cursor.execute("UPDATE big SET t = REPEAT(t, 60) WHERE id = 9")
    cursor.execute("SELECT LENGTH(t) FROM big WHERE id = 9")
    assert cursor.fetchone() == (4 * 32 * 60,)


def test_index_is_not_in_the_catalog(cursor, monkeypatch):
    monkeypatch.setattr(dml, "LARGE_BYTES", 1)
    fill(cursor)
    merge(cursor)
    cursor.execute("SELECT relname, relhasindex FROM pg_class WHERE relname LIKE 'big%'")
    assert cursor.fetchall() == [("big", False)]
    cursor.execute("SELECT COUNT(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = 'big'")
    assert cursor.fetchone() == (0,)


def test_rows_that_are_joined_and_written_loop_only_by_indexes(cursor, superuser, monkeypatch):
    def loops(is_on):
        superuser.autocommit = False
        with superuser.cursor() as asked:
            asked.execute("SELECT rs.loop_only_by_index(%s)", (is_on,))
            asked.execute("SHOW enable_nestloop")
            found = asked.fetchone()[0]
        superuser.rollback()
        return found == "on"

    monkeypatch.setattr(dml, "LARGE_BYTES", 1)
    fill(cursor)
    assert (loops(True), loops(False)) == (False, True)
    joined = "SELECT big.* FROM big JOIN few ON big.id = few.id"
    for statement in (f"INSERT INTO few {joined}", f"CREATE TABLE made AS {joined}"):
        plan = plan_text(statement, Context(), lambda tables: set())
        assert "loop_only_by_index(true)" in plan.before[-1] and "loop_only_by_index(false)" in plan.after[0]
    assert plan_text("INSERT INTO few SELECT * FROM big", Context(), lambda tables: set()).after == ()
    merge(cursor)
    assert loops(True)
