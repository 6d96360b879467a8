"""A real MariaDB, whose clock runs in another zone, behind TLS."""

import datetime
import doctest
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from pydantic import SecretStr

import sandbox.servers.mariadb as mariadb
from extract import mysql_relay, read_mysql, statement_reader
from extract.extraction import ExtractColumn, Extraction
from extract.kept_sessions import KeptSessions
from extract.read_source import read_source
from extract.statement_reader import ReaderFailedError, StatementReaders
from model.column_type import parse_column_type
from model.errors import ConfigError, DataError, SourceError, TransientError
from model.source_address import SourceAddress
from sandbox.servers.certificate import write_certificate
from sandbox.servers.mariadb import MySQL, start_mysql

PASSWORD = "canary-3f'\"%@:/"
COLUMNS = {
    "tiny": ("TINYINT", "SMALLINT", [-128, 127, 0]),
    "flag": ("TINYINT(1)", "BOOLEAN", [0, 1, 1]),
    "flag_small": ("TINYINT(1)", "SMALLINT", [-128, 5, 1]),
    "tiny_u": ("TINYINT UNSIGNED", "SMALLINT", [0, 255, 1]),
    "small_u": ("SMALLINT UNSIGNED", "INTEGER", [0, 65535, 1]),
    "medium": ("MEDIUMINT", "INTEGER", [-8388608, 8388607, 1]),
    "medium_u": ("MEDIUMINT UNSIGNED", "INTEGER", [0, 16777215, 1]),
    "int_": ("INT", "INTEGER", [-(2**31), 2**31 - 1, 0]),
    "int_u": ("INT UNSIGNED", "BIGINT", [0, 2**32 - 1, 7]),
    "big": ("BIGINT", "BIGINT", [-(2**63), 2**63 - 1, 0]),
    "big_u": ("BIGINT UNSIGNED", "DECIMAL(20,0)", [Decimal(0), Decimal(2**64 - 1), Decimal(2**53 + 1)]),
    "big_u_in_bigint": ("BIGINT UNSIGNED", "BIGINT", [0, 2**63 - 1, 2**53 + 1]),
    "year_": ("YEAR", "SMALLINT", [1901, 2155, 0]),
    "int_as_text": ("INT", "VARCHAR(11)", ["-2147483648", "2147483647", "0"]),
    "int_as_decimal": ("BIGINT", "DECIMAL(38,10)", [Decimal(-(2**63)), Decimal(2**63 - 1), Decimal(0)]),
    "dec_18_2": ("DECIMAL(18,2)", "DECIMAL(18,2)", [Decimal("-9999999999999999.99"), Decimal("0.01"), Decimal(0)]),
    "dec_28_10": ("DECIMAL(28,10)", "DECIMAL(28,10)", [Decimal("999999999999999999.9999999999"), Decimal("-1e-10"), 0]),
    "dec_38_10": ("DECIMAL(38,10)", "DECIMAL(38,10)", [Decimal("9" * 28 + "." + "9" * 10), Decimal("-1e-10"), 0]),
    "dec_30_0": ("DECIMAL(30,0)", "DECIMAL(30,0)", [Decimal("9" * 30), Decimal("-" + "9" * 30), 0]),
    "dec_65_30": ("DECIMAL(65,30)", "DECIMAL(38,30)", [Decimal("12345678." + "0" * 29 + "1"), Decimal("-1.5"), 0]),
    "dec_as_text": (
        "DECIMAL(65,30)",
        "VARCHAR(70)",
        ["1." + "0" * 30, "-" + "9" * 35 + "." + "9" * 30, "0." + "0" * 30],
    ),
    "dec_as_int": ("DECIMAL(18,2)", "INTEGER", [5, -7, 0]),
    "float_": ("FLOAT", "REAL", [3.4028234663852886e38, 0.10000000149011612, 16777216.0]),
    "float_as_double": ("FLOAT", "DOUBLE PRECISION", [3.4028234663852886e38, 0.10000000149011612, 16777216.0]),
    "double_": ("DOUBLE", "DOUBLE PRECISION", [1.7976931348623157e308, 0.1, -2.2250738585072014e-308]),
    "double_as_text": ("DOUBLE", "VARCHAR(30)", ["0.1", "12345678.12345679", "0"]),
    "bit_1": ("BIT(1)", "BOOLEAN", [True, False, True]),
    "bit_33": ("BIT(33)", "BIGINT", [2**33 - 1, 0, 5]),
    "date_": ("DATE", "DATE", [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(2024, 2, 29)]),
    "date_as_timestamp": ("DATE", "TIMESTAMP", [datetime.datetime(2024, 2, 29)] * 3),
    "datetime_6": (
        "DATETIME(6)",
        "TIMESTAMP",
        [
            datetime.datetime(1, 1, 1),
            datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),
            datetime.datetime(1969, 12, 31, 23, 59, 59, 1),
        ],
    ),
    "datetime_as_date": (
        "DATETIME",
        "DATE",
        [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), datetime.date(2024, 2, 29)],
    ),
    "datetime_as_text": ("DATETIME(3)", "VARCHAR(30)", ["2024-01-01 00:00:00.001"] * 3),
    "time_": ("TIME(6)", "TIME", ["00:00:00.000000", "23:59:59.999999", "24:00:00.000000"]),
    "time_as_text": ("TIME", "VARCHAR(17)", ["-838:59:59", "838:59:59", "00:00:00"]),
    "char_": ("CHAR(5)", "CHAR(5)", ["ab", "", "ABCDE"]),
    "varchar_": ("VARCHAR(20)", "VARCHAR(80)", ["", "naïve 💶 \\ ' \" \n\t", "\x7f" * 20]),
    "binary_collation": ("VARCHAR(20) COLLATE utf8mb4_bin", "VARCHAR(80)", ["", "ß💶", "NULL"]),
    "latin1": ("VARCHAR(20) CHARACTER SET latin1", "VARCHAR(40)", ["é" * 20, "", "€"]),
    "text_": ("TEXT", "VARCHAR(65535)", ["x" * 65535, "", "ü"]),
    "longtext_": ("LONGTEXT CHARACTER SET utf8mb3", "VARCHAR(100)", ["é", "", "plain"]),
    "number_in_text": ("VARCHAR(20)", "BIGINT", [12, -5, 0]),
    "enum_": ("ENUM('a','é')", "VARCHAR(2)", ["a", "é", "a"]),
    "set_": ("SET('a','b')", "VARCHAR(3)", ["", "a,b", "b"]),
    "json_": ("JSON", "SUPER", ['{"b":1,"a":18446744073709551615.10}', "null", '["é"]']),
    "blob_": ("BLOB", "VARBYTE(10)", [b"", b"\x00\xff", b"abc"]),
    "varbinary_": ("VARBINARY(16)", "VARBYTE(16)", [b"\x00" * 16, b"", b"\xff"]),
    "inet_": ("INET6", "VARCHAR(39)", ["::1", "2001:db8::ff00:42:8329", "::"]),
    "uuid_": ("UUID", "VARCHAR(36)", ["123e4567-e89b-12d3-a456-426655440000"] * 3),
    "quoted `name": ("INT", "INTEGER", [1, 2, 3]),
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[MySQL]:
    folder = tmp_path_factory.mktemp("my")
    with pytest.MonkeyPatch.context() as patch:
        tls = [f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_name('key.pem')}"]
        patch.setattr(mariadb, "SETTINGS", [*mariadb.SETTINGS, *tls])
        started = start_mysql(folder / "data", free_port(), folder)
    with started:
        with started.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET GLOBAL time_zone = '+05:30', GLOBAL sql_mode = ''")
            cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
            cursor.execute("CREATE USER reader@'%%' IDENTIFIED BY %s", (PASSWORD,))
            cursor.execute("GRANT SELECT ON shop.* TO reader@'%'")
        yield started


@pytest.fixture
def address(server: MySQL) -> SourceAddress:
    return SourceAddress(
        drivername="mysql",
        host="127.0.0.1",
        port=server.port,
        user="reader",
        password=SecretStr(PASSWORD),
        database="shop",
        tls="off",
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def execute(server: MySQL, *statements: str | tuple[str, list]) -> None:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("USE shop")
        cursor.execute("SET time_zone = '+00:00', sql_mode = ''")
        for statement in statements:
            cursor.execute(*((statement,) if isinstance(statement, str) else statement))


def extraction(table: str, columns: dict[str, str], where: str | None = None, key: tuple[str, ...] = ()) -> Extraction:
    return Extraction(
        table, tuple(ExtractColumn(name, parse_column_type(text)) for name, text in columns.items()), key, where
    )


def read(address: SourceAddress, wanted: Extraction) -> pa.Table:
    return pa.Table.from_batches(read_source(address, wanted))


def test_read_source_every_type_arrives_exactly(server: MySQL, address: SourceAddress) -> None:
    quoted = {name: f"`{name.replace('`', '``')}`" for name in COLUMNS}
    declared = ", ".join(f"{quoted[name]} {source} NULL" for name, (source, _, _) in COLUMNS.items())
    rows = list(zip(*(values for _, _, values in COLUMNS.values()), strict=True))
    holes = ", ".join(["%s"] * len(COLUMNS))
    insert = f"INSERT INTO every VALUES ({holes})"
    execute(
        server,
        f"CREATE OR REPLACE TABLE every ({declared}) ROW_FORMAT=DYNAMIC",
        *((insert, list(row)) for row in rows),
        (insert, [None] * len(COLUMNS)),
    )
    # INSERT of a float goes through its text; these are exact in the server only so.
    execute(server, "UPDATE every SET float_ = 16777216, float_as_double = 16777216 WHERE tiny = 0")

    table = read(address, extraction("every", {name: target for name, (_, target, _) in COLUMNS.items()}))

    for name, (_, target, values) in COLUMNS.items():
        assert table.schema.field(name).type == parse_column_type(target).arrow_type, name
        found = table.column(name).to_pylist()
        assert found == [*values, None], name


def test_read_source_timestamp_is_utc_whatever_the_servers_zone(server: MySQL, address: SourceAddress) -> None:
    execute(
        server,
        "CREATE OR REPLACE TABLE moments (id INT, at TIMESTAMP(6) NULL)",
        "SET time_zone = '+05:30'",
        "INSERT INTO moments VALUES (1, '2024-07-01 05:30:00.000001'), (2, NULL)",
    )
    moment = datetime.datetime(2024, 7, 1, 0, 0, 0, 1)
    assert read(address, extraction("moments", {"at": "TIMESTAMP"})).column(0).to_pylist() == [moment, None]
    aware = moment.replace(tzinfo=datetime.UTC)
    assert read(address, extraction("moments", {"at": "TIMESTAMPTZ"})).column(0).to_pylist() == [aware, None]
    assert read(address, extraction("moments", {"at": "VARCHAR(30)"})).column(0)[0].as_py() == str(moment)


def test_read_source_where_and_other_source_name_select_rows(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE some (a INT, b VARCHAR(5))", "INSERT INTO some VALUES (1, '%s'), (2, 'y')")
    wanted = Extraction(
        "shop.some", (ExtractColumn("renamed", parse_column_type("VARCHAR(5)"), "B"),), where="b LIKE '%s%'"
    )
    assert read(address, wanted).to_pylist() == [{"renamed": "%s"}]


def test_read_source_no_row_yields_no_batch_with_rows(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE nothing (a INT)")
    assert sum(batch.num_rows for batch in read_source(address, extraction("nothing", {"a": "INTEGER"}))) == 0


@pytest.mark.parametrize(
    ("source", "value", "target", "reason"),
    [
        ("INT UNSIGNED", "4294967295", "INTEGER", "does not fit INTEGER exactly"),
        ("BIGINT UNSIGNED", "18446744073709551615", "BIGINT", "does not fit BIGINT exactly"),
        ("SMALLINT", "-1", "BOOLEAN", "neither 0 nor 1"),
        ("DECIMAL(18,4)", "1.2345", "DECIMAL(18,2)", "does not fit DECIMAL"),
        ("DECIMAL(18,2)", "1000", "DECIMAL(5,2)", "does not fit DECIMAL"),
        ("DECIMAL(65,0)", "9" * 65, "DECIMAL(38,0)", "does not fit DECIMAL"),
        ("DECIMAL(65,30)", "9" * 35 + ".5", "DECIMAL(38,37)", "does not fit DECIMAL"),
        ("DECIMAL(39,0)", "9" * 39, "DECIMAL(38,0)", "does not fit DECIMAL"),
        ("DECIMAL(18,2)", "1.5", "INTEGER", "does not fit INTEGER exactly"),
        ("VARCHAR(20)", "'ééé'", "VARCHAR(5)", "6 bytes long"),
        ("VARCHAR(20)", "'a\\0b'", "VARCHAR(5)", "NUL"),
        ("VARCHAR(20)", "'é'", "CHAR(5)", "several bytes"),
        ("VARCHAR(20)", "'0x10'", "BIGINT", "no whole number"),
        ("VARCHAR(20)", "''", "DECIMAL(5,2)", "does not fit DECIMAL"),
        ("VARBINARY(20)", "'abcd'", "VARBYTE(3)", "4 bytes long"),
        ("TIME", "'24:00:01'", "TIME", "outside one day"),
        ("TIME", "'-00:00:01'", "TIME", "outside one day"),
        ("DATETIME", "'2024-01-01 00:00:01'", "DATE", "time of day"),
        ("DATE", "'0000-00-00'", "DATE", "month or day 0"),
        ("DATETIME(6)", "'2024-00-10 10:00:00'", "TIMESTAMP", "month or day 0"),
        ("DATE", "'0000-01-01'", "DATE", "before the year 1"),
        ("DATE", "STR_TO_DATE('2024-01-00', '%Y-%m-%d')", "DATE", "not in the calendar"),
        ("JSON", "'\"\\\\u0000\"'", "SUPER", "NUL"),
    ],
)
def test_read_source_value_that_does_not_fit_names_table_column_and_row(
    server: MySQL, address: SourceAddress, source: str, value: str, target: str, reason: str
) -> None:
    execute(
        server,
        f"CREATE OR REPLACE TABLE misfits (id INT PRIMARY KEY, v {source} NULL)",
        "INSERT INTO misfits SELECT seq, NULL FROM seq_1_to_3000",
        f"UPDATE misfits SET v = {value} WHERE id = 1234",
    )
    wanted = extraction("misfits", {"id": "BIGINT", "v": target}, key=("id",))
    with pytest.raises(DataError, match=r"'misfits\.v'") as caught:
        read(address, wanted)
    assert "id=1234 " in str(caught.value)
    assert reason in str(caught.value)


def test_read_source_misfit_without_key_names_row_number(server: MySQL, address: SourceAddress) -> None:
    execute(
        server,
        "CREATE OR REPLACE TABLE many (id INT PRIMARY KEY, v INT)",
        "INSERT INTO many SELECT seq, 1 FROM seq_1_to_70000",
        "UPDATE many SET v = 40000 WHERE id = 69000",
    )
    with pytest.raises(DataError, match="number 69000 "):
        read(address, extraction("many", {"v": "SMALLINT"}, where="id > 0 ORDER BY id"))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        *(("POINT", "VARCHAR(100)"), ("DATETIME", "TIMESTAMPTZ"), ("INT", "TIMESTAMP"), ("FLOAT", "DECIMAL(10,2)")),
        *(("DECIMAL(5,2)", "DOUBLE PRECISION"), ("DOUBLE", "REAL"), ("BLOB", "VARCHAR(10)"), ("TIME", "TIMESTAMP")),
    ],
)
def test_read_source_type_without_counterpart_is_refused_before_reading(
    server: MySQL, address: SourceAddress, source: str, target: str
) -> None:
    execute(server, f"CREATE OR REPLACE TABLE odd (v {source})")
    with pytest.raises(ConfigError, match=r"'odd\.v'.* no exact counterpart .*expected one of"):
        read(address, extraction("odd", {"v": target}))


def test_read_source_missing_table_or_column_names_near_ones(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE orders (order_id INT)")
    with pytest.raises(SourceError, match=r"'ordres': no such table .*near: orders"):
        read(address, extraction("ordres", {"order_id": "INTEGER"}))
    with pytest.raises(SourceError, match=r"'orders\.order_ids': no such column .*order_id"):
        read(address, extraction("orders", {"order_ids": "INTEGER"}))


def test_read_source_wrong_condition_carries_the_servers_text(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE orders (order_id INT)")
    with pytest.raises(SourceError, match="Unknown column 'nowhere'"):
        read(address, extraction("orders", {"order_id": "INTEGER"}, where="nowhere = 1"))


def test_read_source_statement_timeout_fails_and_yields_no_half_table(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE slow (v INT)", "INSERT INTO slow SELECT seq FROM seq_1_to_300000")
    hasty = address.model_copy(update={"statement_timeout_seconds": 1})
    with pytest.raises(SourceError, match="max_statement_time"):
        read(hasty, extraction("slow", {"v": "INTEGER"}, where="v < 200000 OR SLEEP(0.1) = 0"))


def test_read_source_connection_killed_while_reading_is_transient(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE slow (v INT)", "INSERT INTO slow SELECT seq FROM seq_1_to_300000")
    batches = read_source(address, extraction("slow", {"v": "INTEGER"}, where="v < 200000 OR SLEEP(0.1) = 0"))
    next(batches)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user = 'reader'")
        for (number,) in cursor.fetchall():
            cursor.execute(f"KILL {number}")
    with pytest.raises(TransientError, match="'slow'"):
        for _ in batches:
            pass


def test_read_source_frozen_server_is_given_up_while_reading_and_while_connecting(
    server: MySQL, address: SourceAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen as by SIGSTOP: the machine still takes connections in its name, and nothing else comes."""
    monkeypatch.setattr(mysql_relay, "_SILENCE_SECONDS", 0.5)
    execute(server, "CREATE OR REPLACE TABLE slow (v INT)", "INSERT INTO slow SELECT seq FROM seq_1_to_300000")
    hasty = address.model_copy(update={"connect_timeout_seconds": 2})
    wanted = extraction("slow", {"v": "INTEGER"}, where="v < 200000 OR SLEEP(0.1) = 0")
    batches = read_source(hasty, wanted)
    next(batches)
    server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(TransientError, match="Cannot extract 'slow': the connection to the source broke"):
            for _ in batches:
                pass
        with pytest.raises(TransientError, match="Cannot connect to"):
            read(hasty, wanted)
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert read(address, extraction("slow", {"v": "INTEGER"}, where="v < 3")).num_rows == 2


def test_read_source_statement_that_is_silent_for_long_is_waited_for(
    server: MySQL, address: SourceAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql_relay, "_SILENCE_SECONDS", 0.2)
    execute(server, "CREATE OR REPLACE TABLE few (v INT)", "INSERT INTO few VALUES (1), (2)")
    assert read(address, extraction("few", {"v": "INTEGER"}, where="SLEEP(1.5) = 0")).num_rows == 2


def test_read_source_closed_early_leaves_no_session_and_no_process(server: MySQL, address: SourceAddress) -> None:
    execute(server, "CREATE OR REPLACE TABLE slow (v INT)", "INSERT INTO slow SELECT seq FROM seq_1_to_300000")
    batches = read_source(address, extraction("slow", {"v": "INTEGER"}))
    next(batches)
    batches.close()
    deadline = time.monotonic() + 20
    with server.connect() as connection, connection.cursor() as cursor:
        while cursor.execute("SELECT id FROM information_schema.processlist WHERE user = 'reader'"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert not programs()


def programs() -> list[psutil.Process]:
    """The running readers."""
    return [one for one in psutil.Process().children() if "stream_statement" in " ".join(one.cmdline())]


def test_read_source_kept_readers_read_one_table_after_the_other(server: MySQL, address: SourceAddress) -> None:
    """Also after reads that ended otherwise, whose program is not used again."""
    execute(
        server,
        *(
            "CREATE OR REPLACE TABLE few (v INT)",
            "INSERT INTO few VALUES (1), (2)",
            "CREATE OR REPLACE TABLE no (v INT)",
        ),
        *("CREATE OR REPLACE TABLE many (v INT)", "INSERT INTO many SELECT seq FROM seq_1_to_300000"),
        *("CREATE OR REPLACE TABLE dated (v DATE)", "INSERT INTO dated VALUES ('0000-00-00')"),
    )
    with KeptSessions() as sessions:

        def read_kept(table: str, kind: str = "INTEGER") -> list[int]:
            batches = read_source(address, extraction(table, {"v": kind}), sessions=sessions)
            return [value for batch in batches for value in batch.column(0).to_pylist()]

        assert [read_kept(table) for table in ("few", "no", "few")] == [[1, 2], [], [1, 2]]
        assert len(read_kept("many")) == 300000
        [program] = programs()
        with pytest.raises(SourceError, match="no such table"):
            read_kept("gone")
        assert programs() == [program]

        with pytest.raises(DataError, match="month or day 0"):
            read_kept("dated", "DATE")
        assert read_kept("few") == [1, 2]
        assert program not in programs()

        broken_off = read_source(address, extraction("many", {"v": "INTEGER"}), sessions=sessions)
        next(broken_off)
        broken_off.close()
        assert read_kept("few") == [1, 2]

        [idle] = programs()
        idle.kill()
        idle.wait()
        assert read_kept("few") == [1, 2]

        batches = read_source(address, extraction("many", {"v": "INTEGER"}), sessions=sessions)
        next(batches)
        [busy] = programs()
        busy.kill()
        with pytest.raises(TransientError, match=r"'many': the reader broke off, it was ended by SIGKILL"):
            list(batches)
        assert read_kept("no") == []
    assert not programs()


@pytest.mark.parametrize(("said", "is_whole"), [("2\\n", True), ("", False), ("1\\n", False), ("2", False)])
def test_statement_reader_stream_is_whole_only_by_its_row_count(
    said: str, is_whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow's own end mark also stands where a program ends by an error."""
    program = tmp_path / "stream_statement.py"
    program.write_text(
        "import sys, pyarrow as pa\n"
        "batch = pa.record_batch({'v': [1, 2]})\n"
        "with pa.ipc.new_stream(sys.stdout.buffer, batch.schema) as writer: writer.write_batch(batch)\n"
        f"sys.stdout.write('{said}')\n"
    )
    monkeypatch.setattr(statement_reader, "_PROGRAM", program)
    with closing(StatementReaders()) as readers, readers.lend() as reader:
        batches = reader.batches("", "", 1, lambda: None)
        if is_whole:
            assert [batch.to_pydict() for batch in batches] == [{"v": [1, 2]}]
        else:
            with pytest.raises(ReaderFailedError):
                list(batches)


def test_read_source_slow_reader_holds_back_the_source(server: MySQL, address: SourceAddress) -> None:
    """Else the reader would hold the rest of the table in memory."""
    execute(
        server,
        "CREATE OR REPLACE TABLE wide (v VARCHAR(1000))",
        "INSERT INTO wide SELECT REPEAT('x', 1000) FROM seq_1_to_200000",
    )
    batches = read_source(address, extraction("wide", {"v": "VARCHAR(1000)"}))
    next(batches)
    time.sleep(2)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT state FROM information_schema.processlist WHERE user = 'reader'")
        states = [row[0] for row in cursor.fetchall()]
    batches.close()
    assert states == ["Writing to net"]


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"password": SecretStr("canary-wrong")}, SourceError, "Access denied"),
        ({"database": "elsewhere"}, SourceError, "elsewhere"),
        ({"port": 1}, TransientError, "Check host and port"),
        ({"host": "no-such-host.invalid"}, TransientError, "Check host and port"),
    ],
)
def test_read_source_no_connection_tells_why_and_no_password(
    server: MySQL, address: SourceAddress, change: dict, kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text) as caught:
        read(address.model_copy(update=change), extraction("orders", {"order_id": "INTEGER"}))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("tls", "host"), [("require", "127.0.0.1"), ("verify-ca", "127.0.0.1"), ("verify-full", "localhost")]
)
def test_read_source_tls_verified_reads_encrypted(
    server: MySQL, address: SourceAddress, certificate: Path, tls: str, host: str
) -> None:
    execute(
        server, "CREATE OR REPLACE TABLE big (v VARCHAR(200))", "INSERT INTO big SELECT MD5(seq) FROM seq_1_to_200000"
    )
    execute(server, "ALTER USER reader@'%' REQUIRE SSL")
    try:
        secured = address.model_copy(
            update={"tls": tls, "host": host, "ca_file": None if tls == "require" else certificate}
        )
        assert read(secured, extraction("big", {"v": "VARCHAR(200)"})).num_rows == 200000
    finally:
        execute(server, "ALTER USER reader@'%' REQUIRE NONE")


@pytest.mark.parametrize("tls", ["verify-ca", "verify-full"])
def test_read_source_tls_unknown_authority_is_refused(server: MySQL, address: SourceAddress, tls: str) -> None:
    with pytest.raises(SourceError, match=r"by TLS: .*ca_file"):
        read(address.model_copy(update={"tls": tls}), extraction("orders", {"order_id": "INTEGER"}))


def test_read_mysql_doctests_hold() -> None:
    assert doctest.testmod(read_mysql).failed == 0
