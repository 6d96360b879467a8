"""COPY and UNLOAD: what the session makes of the results of sandbox.bulk (here: a stand-in for it)."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

import sandbox.bulk
from sandbox.backend import Backend, BulkResult, LakeAccess, LoadedFile, LoadError, RedshiftError
from sandbox.redshift.server import Server
from sandbox.redshift.settings import Settings
from tests.sandbox.redshift.conftest import PASSWORD

FAILED = "Load into table 'c' failed.  Check 'stl_load_errors' system table for details."
REJECTED = LoadError("c", "s3://lake/x.csv", 2, "id", "int4", "0", 0, "x,1", "x", 1207, "Invalid digit")


def copy(sql: str, backend: Backend, lake: LakeAccess) -> BulkResult:
    """Load two rows; fail when the statement names a bad file."""
    count = backend.copy_in("COPY c FROM STDIN WITH (FORMAT csv)", [b"1,a\n", b"2,b\n"])
    if "bad" in sql:
        raise RedshiftError("XX000", FAILED, load_errors=(REJECTED,))
    notice = f"Load into table 'c' completed, {count} record(s) loaded successfully."
    return BulkResult("COPY", count, (notice,), "c", (LoadedFile("s3://lake/x.csv", 8, 2),))


def unload(sql: str, backend: Backend, lake: LakeAccess) -> BulkResult:
    rows = b"".join(backend.copy_out(f"COPY ({backend.translate('select top 1 id from c order by id')}) TO STDOUT"))
    return BulkResult("UNLOAD", len(rows.split()), ("UNLOAD completed",))


@pytest.fixture
def cursor(server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sandbox.bulk, "copy_from_s3", copy)
    monkeypatch.setattr(sandbox.bulk, "unload_to_s3", unload)
    other = Server(dataclasses.replace(settings, lake=LakeAccess(None, "us-east-1", ())))
    threading.Thread(target=other.serve, daemon=True).start()
    connection = psycopg2.connect(host="127.0.0.1", port=other.port, user="awsuser", password=PASSWORD, dbname="dev")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop table if exists c")
    cursor.execute("create table c (id int, v varchar(9))")
    yield cursor
    connection.close()
    other.stop()


def rows(cursor: Any, statement: str) -> list[tuple[Any, ...]]:
    cursor.execute(statement)
    return list(cursor.fetchall())


def test_copy_success_shows_notice_counts_and_files(cursor: Any) -> None:
    cursor.execute("/* tag */ copy c from 's3://lake/x' iam_role default csv")
    assert cursor.statusmessage == "COPY"
    assert "completed, 2 record(s) loaded successfully" in cursor.connection.notices[-1]
    assert rows(cursor, "select pg_last_copy_count()") == [(2,)]
    found = "select trim(filename), lines_scanned, trim(file_format) from stl_load_commits order by query desc limit 1"
    assert rows(cursor, found) == [("s3://lake/x.csv", 2, "Csv")]
    history = "select status, loaded_rows, data_source from sys_load_history where query_id = pg_last_copy_id()"
    assert rows(cursor, history) == [("completed", 2, "s3://lake/x")]


def test_copy_failure_undoes_and_keeps_the_load_errors(cursor: Any) -> None:
    with pytest.raises(psycopg2.Error) as failure:
        cursor.execute("copy c from 's3://lake/bad' iam_role default csv")
    assert (failure.value.pgcode, failure.value.diag.message_primary) == ("XX000", FAILED)
    assert rows(cursor, "select count(*) from c") == [(0,)]
    assert rows(cursor, "select pg_last_copy_count()") == [(0,)]
    latest = "select trim(colname), err_code, trim(err_reason) from stl_load_errors order by query desc limit 1"
    assert rows(cursor, latest) == [("id", 1207, "Invalid digit")]
    assert rows(cursor, "select count(*) > 0 from sys_load_error_detail") == [(True,)]


def test_copy_failure_in_transaction_fails_the_transaction(cursor: Any) -> None:
    cursor.execute("begin")
    with pytest.raises(psycopg2.Error):
        cursor.execute("copy c from 's3://lake/bad' iam_role default csv")
    with pytest.raises(psycopg2.Error) as failure:
        cursor.execute("select 1")
    assert failure.value.pgcode == "25P02"
    cursor.execute("rollback")
    assert rows(cursor, "select count(*) from stl_load_errors")[0][0] > 0


def test_copy_in_transaction_rolls_back(cursor: Any) -> None:
    cursor.execute("begin")
    cursor.execute("copy c from 's3://lake/x' iam_role default csv")
    cursor.execute("rollback")
    assert rows(cursor, "select count(*) from c") == [(0,)]


def test_unload_counts_rows(cursor: Any) -> None:
    cursor.execute("insert into c values (1, 'a'), (2, 'b')")
    cursor.execute("unload ('select top 1 id from c order by id') to 's3://lake/u' iam_role default")
    assert cursor.statusmessage == "UNLOAD"
    assert rows(cursor, "select pg_last_unload_count()") == [(1,)]


def test_copy_without_lake_is_refused(connect: Callable[..., Any]) -> None:
    with pytest.raises(psycopg2.Error, match="--s3-endpoint"):
        connect().cursor().execute("copy c from 's3://lake/x' iam_role default csv")
