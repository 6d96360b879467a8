"""Two sessions: writers queue, readers do not wait, conflicts have Redshift's texts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from sandbox.redshift.engine import Engine
from sandbox.redshift.settings import Settings


@pytest.fixture
def table(connect: Callable[..., Any]) -> Iterator[str]:
    cursor = connect().cursor()
    cursor.execute("drop table if exists q")
    cursor.execute("create table q (id int, n int)")
    cursor.execute("insert into q values (1, 0)")
    yield "q"
    cursor.execute("drop table q")


def open_transaction(connect: Callable[..., Any], **options: Any) -> Any:
    cursor = connect(**options).cursor()
    cursor.execute("begin")
    return cursor


def test_writer_waits_for_writer_and_then_succeeds(connect: Callable[..., Any], table: str) -> None:
    first, second = open_transaction(connect), connect().cursor()
    first.execute("update q set n = n + 1")
    thread = threading.Thread(target=second.execute, args=("update q set n = n + 1",))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    first.execute("commit")
    thread.join(5)
    first.execute("select n from q")
    assert first.fetchall() == [(2,)]


def test_reader_is_not_blocked_and_sees_the_old_rows(connect: Callable[..., Any], table: str) -> None:
    writer, reader = open_transaction(connect), connect().cursor()
    writer.execute("delete from q")
    reader.execute("set statement_timeout to 2000")
    reader.execute("select count(*) from q")
    assert reader.fetchall() == [(1,)]
    writer.execute("rollback")


def test_parameterised_writer_waits_too(
    connect: Callable[..., Any], connect_aws: Callable[..., Any], table: str
) -> None:
    first = open_transaction(connect)
    first.execute("update q set n = n + 1")
    connection = connect_aws()
    connection.autocommit = True
    thread = threading.Thread(target=connection.cursor().execute, args=("update q set n = n + %s", (5,)))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    first.execute("commit")
    thread.join(5)
    first.execute("select n from q")
    assert first.fetchall() == [(6,)]
    connection.close()


def test_snapshot_conflict_has_redshift_text(connect: Callable[..., Any], table: str) -> None:
    early, other = open_transaction(connect), connect().cursor()
    early.execute("select * from q")
    other.execute("update q set n = 5")
    with pytest.raises(psycopg2.Error) as failure:
        early.execute("update q set n = 6")
    assert failure.value.pgcode == "XX000"
    assert "could not complete because of conflict with concurrent transaction" in str(failure.value)


def test_serializable_conflict_is_1023_with_detail(settings: Settings, connect: Callable[..., Any], table: str) -> None:
    admin = Engine(settings.engine_host, settings.engine_port, "postgres", "postgres", {})
    admin.run("ALTER DATABASE dev SET default_transaction_isolation = 'serializable'")
    try:
        first, second = open_transaction(connect), open_transaction(connect)
        connect().cursor().execute("create table if not exists w (id int, n int)")
        first.execute("select sum(n) from q")
        second.execute("select count(*) from w")
        first.execute("insert into w values (1, 1)")
        second.execute("insert into q values (2, 2)")
        first.execute("commit")
        with pytest.raises(psycopg2.Error) as failure:
            second.execute("commit")
    finally:
        admin.run("ALTER DATABASE dev SET default_transaction_isolation = 'repeatable read'")
    assert failure.value.pgcode == "XX000"
    assert failure.value.diag.message_primary == "1023"
    assert "Serializable isolation violation on table - " in failure.value.diag.message_detail


def test_dml_conflict_in_autocommit_never_happens(connect: Callable[..., Any], table: str) -> None:
    failures: list[Exception] = []

    def work() -> None:
        cursor = connect().cursor()
        try:
            for _ in range(20):
                cursor.execute("update q set n = n + 1 where id = 1")
        except psycopg2.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    cursor = connect().cursor()
    cursor.execute("select n from q")
    assert (failures, cursor.fetchall()) == ([], [(80,)])
