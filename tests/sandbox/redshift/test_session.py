"""The session over a bare socket and real drivers: extended protocol, cancel, large results."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
import redshift_connector

from sandbox.redshift import wire
from sandbox.redshift.engine import Engine
from sandbox.redshift.server import Server
from sandbox.redshift.settings import Settings
from sandbox.redshift.users import md5_answer, md5_hash
from tests.sandbox.redshift.conftest import PASSWORD


class Client:
    """Sends messages as they are; reads types and bodies."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        # An unknown parameter such as redshift_connector sends must not matter.
        parameters = {"user": "awsuser", "database": "dev", "client_protocol_version": "2", "driver_version": "x"}
        self.send(wire.startup_message(parameters))
        salt = self.read()[1][4:]
        answer = md5_answer(md5_hash(PASSWORD, "awsuser"), salt)
        self.send(wire.message(b"p", wire.zero_terminated(answer)))
        self.key = next(struct.unpack("!iI", body) for kind, body in self.until_ready() if kind == b"K")

    def send(self, *messages: bytes) -> None:
        self.socket.sendall(b"".join(messages))

    def read(self) -> tuple[bytes, bytes]:
        kind, size = wire.HEADER.unpack(self.file.read(5))
        return kind, self.file.read(size - 4)

    def until_ready(self) -> list[tuple[bytes, bytes]]:
        messages = [self.read()]
        while messages[-1][0] != b"Z":
            messages.append(self.read())
        return messages

    def kinds(self, *messages: bytes) -> bytes:
        """Send; return the types of all answers up to ReadyForQuery."""
        self.send(*messages)
        return b"".join(kind for kind, _ in self.until_ready())


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    client = Client(server.port)
    yield client
    client.file.close()
    client.socket.close()


def test_describe_insert_executes_nothing(client: Client) -> None:
    client.kinds(wire.query("drop table if exists described"), wire.query("select 1"))
    client.until_ready()
    client.kinds(wire.query("create table described (a int)"))
    insert = wire.parse("i", "insert into described values ($1)", (23,))
    assert client.kinds(insert, wire.describe("S", "i"), wire.SYNC) == b"1tnZ"
    assert client.kinds(wire.parse("", "select * from described"), wire.SYNC) == b"1Z"
    assert client.kinds(wire.bind("", ""), wire.execute(""), wire.SYNC) == b"2CZ"
    values = b"\0\0\0\1\0\0\0\0017\0\0"
    assert client.kinds(wire.bind("", "i", values), wire.execute(""), wire.SYNC) == b"2CZ"
    assert client.kinds(wire.query("select * from described")) == b"TDCZ"


def test_describe_select_gives_row_description_without_rows(client: Client) -> None:
    answers = client.kinds(wire.parse("", "select 1 as a"), wire.describe("S", ""), wire.SYNC)
    assert answers == b"1tTZ"


def test_execute_after_error_is_skipped_until_sync(client: Client) -> None:
    wrong = wire.parse("", "selec 1")
    assert client.kinds(wrong, wire.bind("", ""), wire.execute(""), wire.SYNC) == b"EZ"
    assert client.kinds(wire.query("select 1")) == b"TDCZ"


def test_execute_pipeline_of_two_statements_answers_in_order(client: Client) -> None:
    step = [wire.bind("", ""), wire.describe("P", ""), wire.execute("")]
    answers = client.kinds(
        wire.parse("", "select 1"), *step, wire.parse("", "set query_group to 'x'"), *step, wire.SYNC
    )
    assert answers == b"12TDC12nCZ"


def test_execute_varbyte_comes_as_bare_hex_and_binary_as_it_is(client: Client) -> None:
    bind_binary = wire.bind("", "", b"\0\0\0\0\0\1\0\1")
    for bind, value in ((wire.bind("", ""), b"5c7821"), (bind_binary, b"\\x!")):
        client.send(wire.parse("", "select from_hex('5c7821'), 1"), bind, wire.execute(""), wire.SYNC)
        (row,) = [body for kind, body in client.until_ready() if kind == b"D"]
        assert row[6 : 6 + len(value)] == value


def test_execute_with_row_limit_suspends_portal(client: Client) -> None:
    select = wire.parse("", "select 1 union all select 2")
    assert client.kinds(select, wire.bind("", ""), wire.execute("", 1), wire.execute("", 0), wire.SYNC) == b"12DsDCZ"


def test_parse_two_statements_is_refused(client: Client) -> None:
    client.send(wire.parse("", "select 1; select 2"), wire.SYNC)
    fields = wire.decode_report(client.until_ready()[0][1])
    assert (fields["C"], fields["M"]) == ("42601", "cannot insert multiple commands into a prepared statement")


def test_ready_for_query_status_follows_the_transaction(client: Client) -> None:
    statuses = []
    for text in ("select 1", "begin", "select 1", "select nothing", "select 1", "rollback"):
        client.send(wire.query(text))
        statuses.append(client.until_ready()[-1][1])
    assert statuses == [b"I", b"T", b"T", b"E", b"E", b"I"]


def test_query_empty_text_gives_empty_query_response(client: Client) -> None:
    assert client.kinds(wire.query(" ; /* nothing */ ")) == b"IZ"


def test_close_forgets_statement(client: Client) -> None:
    assert client.kinds(wire.parse("s", "select 1"), wire.close("S", "s"), wire.SYNC) == b"13Z"
    assert client.kinds(wire.bind("", "s"), wire.SYNC) == b"EZ"


def test_receive_unknown_message_ends_the_connection(client: Client) -> None:
    client.send(wire.message(b"!"))
    assert client.read()[0] == b"E"
    assert client.file.read() == b""


ENDLESS = "with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n"


def cancel(port: int, key: tuple[int, int]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as other:
        other.sendall(wire.cancel_request(*key))
        other.recv(1)


def test_cancel_running_statement_gives_57014(server: Server, client: Client) -> None:
    client.send(wire.query(ENDLESS))
    time.sleep(0.2)
    cancel(server.port, client.key)
    (error,) = [body for kind, body in client.until_ready() if kind == b"E"]
    assert wire.decode_report(error)["C"] == "57014"
    assert client.kinds(wire.query("select 1")) == b"TDCZ"


def test_cancel_wrong_key_changes_nothing(server: Server, client: Client) -> None:
    cancel(server.port, (client.key[0], client.key[1] ^ 1))
    assert client.kinds(wire.query("select 1")) == b"TDCZ"


def test_statement_timeout_cancels(connect: Callable[..., Any]) -> None:
    cursor = connect().cursor()
    cursor.execute("set statement_timeout to 200")
    with pytest.raises(psycopg2.Error) as failure:
        cursor.execute(ENDLESS)
    assert failure.value.pgcode == "57014"


def test_select_many_rows_arrive_complete(connect: Callable[..., Any]) -> None:
    cursor = connect().cursor()
    cursor.execute(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 200000)"
        " select i, 'some text to fill the row', null from n"
    )
    rows = cursor.fetchall()
    assert (len(rows), rows[-1]) == (200000, (200000, "some text to fill the row", None))


def test_named_cursor_fetches_in_pieces(connect: Callable[..., Any]) -> None:
    connection = connect()
    connection.autocommit = False
    with connection.cursor("pieces") as cursor:
        cursor.itersize = 2
        cursor.execute("select 1 as a union all select 2 union all select 3")
        assert sorted(cursor) == [(1,), (2,), (3,)]
    connection.close()


def test_redshift_connector_parameters_and_types(connect_aws: Callable[..., Any]) -> None:
    with connect_aws() as connection, connection.cursor() as cursor:
        cursor.execute("create temp table p (id bigint, v varchar(10), n decimal(18,2), t timestamp, b boolean)")
        cursor.execute("insert into p values (%s, %s, %s, '2025-01-01 00:00:00.000001', %s)", (1, "é'\\", None, True))
        cursor.execute("select * from p where id = %s", (1,))
        row = cursor.fetchone()
    assert (row[0], row[1], row[2], row[3].microsecond, row[4]) == (1, "é'\\", None, 1, True)


def test_redshift_connector_varbyte_is_read(connect_aws: Callable[..., Any]) -> None:
    with connect_aws() as connection, connection.cursor() as cursor:
        cursor.execute("select 'aé'::varbyte as a, %s as b, null::varbyte as c", (1,))
        assert list(cursor.fetchone()) == ["aé", 1, None]


def test_redshift_connector_rollback_undoes(connect_aws: Callable[..., Any]) -> None:
    connection = connect_aws()
    cursor = connection.cursor()
    cursor.execute("create table undone (a int)")
    connection.rollback()
    with pytest.raises(redshift_connector.ProgrammingError) as failure:
        cursor.execute("select * from undone")
    assert failure.value.args[0]["C"] == "42P01"
    connection.close()


def test_result_type_oids_are_redshift_ones(connect: Callable[..., Any]) -> None:
    cursor = connect().cursor()
    cursor.execute("select lower('A'), json_parse('{}')")
    assert [column.type_code for column in cursor.description] == [1043, 4000]


def test_server_version_is_8_0_2(connect: Callable[..., Any]) -> None:
    connection = connect()
    assert connection.server_version == 80002
    connection.close()


def test_session_start_and_small_statement_are_fast(connect: Callable[..., Any]) -> None:
    started = time.monotonic()
    connection = connect()
    assert time.monotonic() - started < 0.5
    cursor = connection.cursor()
    started = time.monotonic()
    for number in range(100):
        cursor.execute(f"select {number} as n")
    assert (time.monotonic() - started) / 100 < 0.05


def test_last_query_id_names_the_statement_before(connect: Callable[..., Any]) -> None:
    cursor = connect().cursor()
    cursor.execute("/* before */ select 1")
    cursor.execute("select querytxt from stl_query where query = pg_last_query_id()")
    (text,) = cursor.fetchone()
    assert text.startswith("/* before */")


def test_engine_of_other_database_is_separate(settings: Settings, connect: Callable[..., Any]) -> None:
    cursor = connect().cursor()
    cursor.execute("create database other isolation level serializable")
    try:
        other = connect(dbname="other").cursor()
        other.execute("select trim(isolation_level) from stv_db_isolation_level where db_name = 'other'")
        assert other.fetchone() == ("Serializable",)
        other.connection.close()
    finally:
        Engine(settings.engine_host, settings.engine_port, "postgres", "postgres", {}).run(
            "DROP DATABASE other WITH (FORCE)"
        )


def test_redshift_connector_name_with_a_dollar_and_digits_is_no_parameter(connect_aws: Callable[..., Any]) -> None:
    cursor = connect_aws().cursor()
    cursor.execute("CREATE TEMP TABLE a$89665180b (note VARCHAR(20))")
    cursor.execute("INSERT INTO a$89665180b VALUES (%s)", ("costs $7",))
    cursor.execute("SELECT note FROM a$89665180b WHERE note = 'costs $7'")
    assert [tuple(row) for row in cursor.fetchall()] == [("costs $7",)]
