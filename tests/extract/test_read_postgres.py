"""A real PostgreSQL, whose clock runs in another zone, behind TLS."""

import contextlib
import datetime
import doctest
import select
import shutil
import socket
import socketserver
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from psycopg2 import sql
from pydantic import SecretStr

from extract import read_postgres, watched_pipe
from extract.extraction import ExtractColumn, Extraction
from extract.kept_sessions import KeptSessions
from extract.read_source import read_source
from model.column_type import parse_column_type
from model.errors import ConfigError, DataError, SourceError, TransientError
from model.source_address import SourceAddress
from sandbox.servers.certificate import write_certificate
from sandbox.servers.postgres import Postgres, start_postgres

PASSWORD = "canary-3f'\"%@:/"
COLUMNS = {
    "flag": ("boolean", "BOOLEAN", ["true", "false"], [True, False]),
    "flag_as_number": ("boolean", "SMALLINT", ["true", "false"], [1, 0]),
    "flag_as_text": ("boolean", "VARCHAR(5)", ["true", "false"], ["true", "false"]),
    "small": ("smallint", "SMALLINT", ["-32768", "32767"], [-32768, 32767]),
    "int_": ("integer", "INTEGER", ["-2147483648", "2147483647"], [-(2**31), 2**31 - 1]),
    "big": ("bigint", "BIGINT", ["-9223372036854775808", "9223372036854775807"], [-(2**63), 2**63 - 1]),
    "one": ("integer", "BOOLEAN", ["0", "1"], [False, True]),
    "exact": ("numeric(38,10)", "DECIMAL(38,10)", ["9" * 28 + "." + "9" * 10, "-0.0000000001"], None),
    "free": ("numeric", "DECIMAL(38,20)", ["1.5", "-" + "9" * 18 + "." + "9" * 20], None),
    "free_as_text": ("numeric", "VARCHAR(400)", ["NaN", "1" + "0" * 200 + ".10"], ["NaN", "1" + "0" * 200 + ".10"]),
    "real_": ("real", "REAL", ["0.1", "Infinity"], [0.10000000149011612, float("inf")]),
    "real_as_double": ("real", "DOUBLE PRECISION", ["0.1", "-Infinity"], [0.10000000149011612, float("-inf")]),
    "double_": (
        "double precision",
        "DOUBLE PRECISION",
        ["0.1", "1.7976931348623157e308"],
        [0.1, 1.7976931348623157e308],
    ),
    "text_": ("text", "VARCHAR(65535)", ["", "a,\"b\"\r\n'c'\\.\\N é💶"], ["", "a,\"b\"\r\n'c'\\.\\N é💶"]),
    "null_words": ("text", "VARCHAR(10)", ["NULL", " "], ["NULL", " "]),
    "padded": ("char(4)", "CHAR(4)", ["ab", "abcd"], ["ab  ", "abcd"]),
    "mood_": ("mood", "VARCHAR(5)", ["sad", "ok"], ["sad", "ok"]),
    "date_": ("date", "DATE", ["0001-01-01", "9999-12-31"], [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
    "stamp": (
        "timestamp",
        "TIMESTAMP",
        ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"],
        [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)],
    ),
    "instant": (
        "timestamptz",
        "TIMESTAMPTZ",
        ["2024-07-01 05:30:00.000001+05:30", "1900-01-01 00:00:00+00"],
        [datetime.datetime(2024, 7, 1, 0, 0, 0, 1, datetime.UTC), datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)],
    ),
    "instant_as_utc": (
        "timestamptz",
        "TIMESTAMP",
        ["2024-07-01 05:30:00.000001+05:30", "1900-01-01 00:00:00+00"],
        [datetime.datetime(2024, 7, 1, 0, 0, 0, 1), datetime.datetime(1900, 1, 1)],
    ),
    "time_": ("time", "TIME", ["00:00:00", "24:00:00"], ["00:00:00", "24:00:00"]),
    "timetz_": ("timetz", "VARCHAR(30)", ["10:00:00+05:30", "10:00:00.5-03"], ["10:00:00+05:30", "10:00:00.5-03"]),
    "interval_": ("interval", "VARCHAR(50)", ["1 year 2 days 3.5 seconds", "-1 day"], ["P1Y2DT3.5S", "P-1D"]),
    "bytes_": ("bytea", "VARBYTE(10)", ["\\x00ff", ""], [b"\x00\xff", b""]),
    "json_": ("jsonb", "SUPER", ['{"a": 18446744073709551615.10}', "null"], ['{"a": 18446744073709551615.10}', "null"]),
    "array_": ("int[]", "SUPER", ["{1,NULL,3}", "{}"], ["[1, null, 3]", "[]"]),
    "texts": ("text[]", "VARCHAR(50)", ['{a,"b,c"}', "{NULL}"], ['{a,"b,c"}', "{NULL}"]),
    "uuid_": (
        "uuid",
        "VARCHAR(36)",
        ["123E4567-e89b-12d3-a456-426655440000"] * 2,
        ["123e4567-e89b-12d3-a456-426655440000"] * 2,
    ),
    "inet_": ("inet", "VARCHAR(43)", ["::1", "10.0.0.0/8"], ["::1", "10.0.0.0/8"]),
    'Quoted "name': ("integer", "INTEGER", ["1", "2"], [1, 2]),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "sockets").mkdir(mode=0o777)
    (folder / "sockets").chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with start_postgres(folder / "data", port, folder / "sockets", settings={"timezone": "Asia/Kolkata"}) as started:
        execute(started, "postgres", sql.SQL("CREATE USER reader PASSWORD {}").format(sql.Literal(PASSWORD)))
        execute(started, "postgres", "CREATE DATABASE shop")
        execute(started, "shop", "CREATE TYPE mood AS ENUM ('sad', 'ok')")
        execute(started, "shop", "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader")
        yield started
    shutil.rmtree(folder)


@pytest.fixture
def address(server: Postgres) -> SourceAddress:
    return SourceAddress(
        drivername="postgresql",
        host="127.0.0.1",
        port=server.port,
        user="reader",
        password=SecretStr(PASSWORD),
        database="shop",
        tls="off",
    )


def execute(server: Postgres, database: str, *statements: str | sql.Composable | tuple) -> None:
    connection = server.connect(database)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(*(statement if isinstance(statement, tuple) else (statement,)))
    connection.close()


def extraction(table: str, columns: dict[str, str], where: str | None = None, key: tuple[str, ...] = ()) -> Extraction:
    return Extraction(
        table, tuple(ExtractColumn(name, parse_column_type(text)) for name, text in columns.items()), key, where
    )


def read(address: SourceAddress, wanted: Extraction) -> pa.Table:
    return pa.Table.from_batches(read_source(address, wanted))


def test_read_source_every_type_arrives_exactly(server: Postgres, address: SourceAddress) -> None:
    declared = ", ".join('"' + name.replace('"', '""') + f'" {source}' for name, (source, *_) in COLUMNS.items())
    insert = f"INSERT INTO every VALUES ({', '.join(['%s'] * len(COLUMNS))})"
    rows = [[texts[row] for _, _, texts, _ in COLUMNS.values()] for row in (0, 1)]
    execute(
        server,
        "shop",
        f"DROP TABLE IF EXISTS every; CREATE TABLE every ({declared})",
        *((insert, row) for row in [*rows, [None] * len(COLUMNS)]),
    )
    table = read(address, extraction("public.every", {name: target for name, (_, target, *_) in COLUMNS.items()}))
    for name, (_, target, texts, values) in COLUMNS.items():
        assert table.schema.field(name).type == parse_column_type(target).arrow_type, name
        assert table.column(name).to_pylist() == [*(values or map(Decimal, texts)), None], name


@pytest.mark.parametrize(
    ("source", "value", "target"),
    [
        ("integer", "40000", "SMALLINT"),
        ("integer", "2", "BOOLEAN"),
        ("numeric", "'NaN'", "DECIMAL(10,2)"),
        ("numeric", "'Infinity'", "DECIMAL(10,2)"),
        ("numeric", "1.005", "DECIMAL(10,2)"),
        ("numeric", "1" + "0" * 76, "DECIMAL(38,0)"),
        ("numeric", "9" * 39, "DECIMAL(38,0)"),
        ("text", "'ééé'", "VARCHAR(5)"),
        ("text", "'é'", "CHAR(2)"),
        ("date", "'infinity'", "DATE"),
        ("date", "'0044-03-15 BC'", "DATE"),
        ("timestamp", "'-infinity'", "TIMESTAMP"),
        ("timestamp", "'294276-01-01'", "TIMESTAMP"),
        ("timestamptz", "'infinity'", "TIMESTAMPTZ"),
        ("timestamptz", "'0044-03-15 BC'", "TIMESTAMP"),
        ("timestamp", "'2024-01-01 00:00:01'", "DATE"),
        ("bytea", "'abcd'", "VARBYTE(3)"),
    ],
)
def test_read_source_value_that_does_not_fit_names_table_column_and_row(
    server: Postgres, address: SourceAddress, source: str, value: str, target: str
) -> None:
    execute(
        server,
        "shop",
        f"DROP TABLE IF EXISTS misfits; CREATE TABLE misfits (id int, v {source})",
        "INSERT INTO misfits SELECT i, NULL FROM generate_series(1, 3000) i",
        f"UPDATE misfits SET v = {value} WHERE id = 1234",
    )
    with pytest.raises(DataError, match=r"'misfits\.v'.* id=1234 "):
        read(address, extraction("misfits", {"id": "BIGINT", "v": target}, key=("id",)))


def test_read_source_one_column_of_null_and_empty_keeps_every_row(server: Postgres, address: SourceAddress) -> None:
    execute(
        server,
        "shop",
        "DROP TABLE IF EXISTS one; CREATE TABLE one (v text); INSERT INTO one VALUES (NULL), (''), (NULL)",
    )
    assert read(address, extraction("one", {"v": "VARCHAR(5)"})).column(0).to_pylist() == [None, "", None]


def test_read_source_no_row_yields_no_batch(server: Postgres, address: SourceAddress) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS nothing; CREATE TABLE nothing (v text)")
    assert list(read_source(address, extraction("nothing", {"v": "VARCHAR(5)"}))) == []


def test_read_source_many_rows_with_line_breaks_arrive_whole(server: Postgres, address: SourceAddress) -> None:
    execute(
        server,
        "shop",
        "DROP TABLE IF EXISTS many; CREATE TABLE many (id int, v text)",
        "INSERT INTO many SELECT i, repeat(E'a\\n\",', 40) || i FROM generate_series(1, 200000) i",
        ("INSERT INTO many VALUES (0, %s)", ["é" * 32_000]),
    )
    table = read(
        address, extraction("many", {"id": "INTEGER", "v": "VARCHAR(65535)"}, where="id % 100 < 99 ORDER BY id")
    )
    assert table.num_rows == 198001
    assert table.column("v")[1].as_py() == 'a\n",' * 40 + "1"
    assert table.column("v")[0].as_py() == "é" * 32_000


def test_read_source_row_beyond_every_limit_is_refused(server: Postgres, address: SourceAddress) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS huge; CREATE TABLE huge (v text)")
    execute(server, "shop", ("INSERT INTO huge VALUES ('a'), (%s)", ["x" * 9_000_000]))
    with pytest.raises(DataError, match="'huge': a row soon after row number 1 has"):
        read(address, extraction("huge", {"v": "VARCHAR(10)"}))


@pytest.mark.parametrize(
    ("source", "target"),
    [("point", "INTEGER"), ("timestamp", "TIMESTAMPTZ"), ("double precision", "DECIMAL(9,2)"), ("numeric", "REAL")],
)
def test_read_source_type_without_counterpart_is_refused(
    server: Postgres, address: SourceAddress, source: str, target: str
) -> None:
    execute(server, "shop", f"DROP TABLE IF EXISTS odd; CREATE TABLE odd (v {source})")
    with pytest.raises(ConfigError, match=r"'odd\.v'.* no exact counterpart"):
        read(address, extraction("odd", {"v": target}))


def test_read_source_missing_table_column_or_grant_is_told(server: Postgres, address: SourceAddress) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS orders; CREATE TABLE orders (order_id int)")
    with pytest.raises(SourceError, match=r"'ordres': no such table .*near: orders"):
        read(address, extraction("ordres", {"order_id": "INTEGER"}))
    with pytest.raises(SourceError, match=r"'orders\.id': no such column"):
        read(address, extraction("orders", {"id": "INTEGER"}))
    execute(server, "shop", "REVOKE ALL ON orders FROM reader")
    with pytest.raises(SourceError, match=r"42501 permission denied"):
        read(address, extraction("orders", {"order_id": "INTEGER"}))


def test_read_source_statement_timeout_yields_no_half_table(server: Postgres, address: SourceAddress) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS slow; CREATE TABLE slow AS SELECT generate_series(1, 300000) v")
    hasty = address.model_copy(update={"statement_timeout_seconds": 1})
    with pytest.raises(SourceError, match="statement timeout"):
        read(hasty, extraction("slow", {"v": "INTEGER"}, where="v < 200000 OR pg_sleep(0.1) IS NOT NULL"))


def test_read_source_connection_killed_while_reading_is_transient(server: Postgres, address: SourceAddress) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS slow; CREATE TABLE slow AS SELECT generate_series(1, 3300000) v")
    wanted = extraction("slow", {"v": "INTEGER"}, where="v < 3200000 OR pg_sleep(0.1) IS NOT NULL")
    batches = read_source(address, wanted)
    next(batches)
    execute(server, "shop", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
    with pytest.raises(TransientError, match="'slow'"):
        for _ in batches:
            pass


def test_read_source_frozen_server_is_given_up_while_reading_and_while_connecting(
    server: Postgres, address: SourceAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen as by SIGSTOP: the machine still takes connections in its name, and nothing else comes."""
    monkeypatch.setattr(watched_pipe, "_SILENCE_SECONDS", 0.2)
    execute(server, "shop", "DROP TABLE IF EXISTS slow")
    execute(server, "shop", "CREATE TABLE slow AS SELECT i, repeat('x', 100) v FROM generate_series(1, 200000) i")
    hasty = address.model_copy(update={"connect_timeout_seconds": 2})
    wanted = extraction("slow", {"v": "VARCHAR(100)"}, where="i < 200000 OR pg_sleep(20) IS NOT NULL")
    batches = read_source(hasty, wanted)
    next(batches)
    processes = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children()]
    for process in processes:
        process.suspend()
    try:
        with pytest.raises(TransientError, match="Cannot extract 'slow': the connection to the source broke"):
            for _ in batches:
                pass
        with pytest.raises(TransientError, match="Cannot connect to"):
            read(hasty, wanted)
    finally:
        for process in processes:
            process.resume()
    assert read(address, extraction("slow", {"v": "VARCHAR(100)"}, where="i < 3")).num_rows == 2


def test_read_source_statement_that_is_silent_for_long_is_waited_for(
    server: Postgres, address: SourceAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_pipe, "_SILENCE_SECONDS", 0.2)
    execute(server, "shop", "DROP TABLE IF EXISTS few; CREATE TABLE few AS SELECT 1 v")
    assert read(address, extraction("few", {"v": "INTEGER"}, where="pg_sleep(1.5) IS NOT NULL")).num_rows == 1


def test_read_source_closed_early_ends_the_statement_at_the_server(server: Postgres, address: SourceAddress) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS slow")
    execute(server, "shop", "CREATE TABLE slow AS SELECT i, repeat('x', 100) v FROM generate_series(1, 200000) i")
    wanted = extraction("slow", {"v": "VARCHAR(100)"}, where="i < 200000 OR pg_sleep(20) IS NOT NULL")
    batches = read_source(address, wanted)
    next(batches)
    started = time.monotonic()
    batches.close()
    assert time.monotonic() - started < 5
    connection = server.connect("shop")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'")
        assert cursor.fetchone() == (0,)
    connection.close()


def test_read_source_kept_session_reads_one_table_after_the_other(server: Postgres, address: SourceAddress) -> None:
    """One that ended otherwise, or that the server has ended, is not used again."""
    execute(server, "shop", "DROP TABLE IF EXISTS few; CREATE TABLE few AS SELECT generate_series(1, 3) v")
    wanted = extraction("few", {"v": "INTEGER"})

    def pids() -> list[int]:
        with contextlib.closing(server.connect("shop")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'reader'")
            return [pid for (pid,) in cursor.fetchall()]

    def read_kept() -> list[int]:
        return [value for batch in read_source(address, wanted, sessions=kept) for value in batch["v"].to_pylist()]

    before = pids()
    with KeptSessions() as kept:
        assert [read_kept(), read_kept()] == [[1, 2, 3]] * 2
        [first] = set(pids()) - set(before)
        with pytest.raises(SourceError, match="no such table"):
            list(read_source(address, extraction("gone", {"v": "INTEGER"}), sessions=kept))
        assert read_kept() == [1, 2, 3]
        [second] = set(pids()) - {first, *before}
        execute(server, "shop", f"SELECT pg_terminate_backend({second}, 20000)")
        assert read_kept() == [1, 2, 3]
        [third] = set(pids()) - {first, second, *before}
    deadline = time.monotonic() + 20
    while third in pids():
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"password": SecretStr("canary-wrong")}, SourceError),
        ({"database": "elsewhere"}, SourceError),
        ({"port": 1}, TransientError),
    ],
)
def test_read_source_no_connection_tells_why_and_no_password(
    address: SourceAddress, change: dict, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match="Cannot connect") as caught:
        read(address.model_copy(update=change), extraction("orders", {"order_id": "INTEGER"}))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.fixture(scope="module")
def secured(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Port and certificate of a TLS front: the server's build has no TLS."""
    certificate = tmp_path_factory.mktemp("tls") / "cert.pem"
    write_certificate(certificate, certificate.with_name("key.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    class Front(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            assert self.request.recv(8) == bytes.fromhex("00000008 04d2162f")  # SSLRequest
            self.request.sendall(b"S")
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as client,
                socket.create_connection(("127.0.0.1", server.port)) as behind,
            ):
                while True:
                    ends = [client] if client.pending() else select.select([client, behind], [], [])[0]
                    for end in ends:
                        data = end.recv(65536)
                        if not data:
                            return
                        (behind if end is client else client).sendall(data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Front) as front:
        front.daemon_threads = True
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield front.server_address[1], certificate
        front.shutdown()


@pytest.mark.parametrize(
    ("tls", "host"), [("require", "127.0.0.1"), ("verify-ca", "127.0.0.1"), ("verify-full", "localhost")]
)
def test_read_source_tls_reads_encrypted(
    server: Postgres, address: SourceAddress, secured: tuple[int, Path], tls: str, host: str
) -> None:
    execute(server, "shop", "DROP TABLE IF EXISTS mine; CREATE TABLE mine AS SELECT generate_series(1, 5000) v")
    port, certificate = secured
    ca_file = None if tls == "require" else certificate
    through = address.model_copy(update={"tls": tls, "host": host, "port": port, "ca_file": ca_file})
    assert read(through, extraction("mine", {"v": "INTEGER"})).num_rows == 5000


def test_read_source_tls_unknown_authority_is_refused(address: SourceAddress, secured: tuple[int, Path]) -> None:
    with pytest.raises(SourceError, match="certificate verify failed"):
        read(
            address.model_copy(update={"tls": "verify-ca", "port": secured[0]}),
            extraction("mine", {"v": "INTEGER"}),
        )


def test_read_source_tls_not_offered_is_no_reason_to_go_without(address: SourceAddress) -> None:
    with pytest.raises(SourceError, match="server does not support SSL"):
        read(address.model_copy(update={"tls": "require"}), extraction("mine", {"v": "INTEGER"}))


def test_read_postgres_doctests_hold() -> None:
    assert doctest.testmod(read_postgres).failed == 0
