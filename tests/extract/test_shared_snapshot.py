"""Sessions of a real PostgreSQL that see one snapshot."""

from collections.abc import Iterator
from typing import Any

import pytest

from extract.connect_postgres import connect
from extract.extraction import ExtractColumn, Extraction
from extract.read_source import read_source
from extract.shared_snapshot import shared_snapshot
from model.column_type import parse_column_type
from model.errors import SourceError
from model.source_address import SourceAddress


@pytest.fixture
def address(sandbox) -> SourceAddress:
    facts = {name: sandbox.environment[f"POSTGRES_{name.upper()}"] for name in ("host", "port", "user", "password")}
    database = sandbox.environment["POSTGRES_DATABASE"]
    return SourceAddress(drivername="postgresql", database=database, tls="off", **facts)


@pytest.fixture
def snapped(address) -> Iterator[Any]:
    connection = connect(address)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS snapped; CREATE TABLE snapped (id int); INSERT INTO snapped VALUES (1)")
        yield cursor
    connection.close()


def read(address, snapshot):
    extraction = Extraction("snapped", (ExtractColumn("id", parse_column_type("INTEGER")),), snapshot=snapshot)
    return [value for batch in read_source(address, extraction) for value in batch.column(0).to_pylist()]


def test_shared_snapshot_hides_what_is_committed_later(address, snapped):
    with shared_snapshot(address, "snapped") as name:
        snapped.execute("INSERT INTO snapped VALUES (2)")
        assert read(address, name) == read(address, name) == [1]
        assert read(address, None) == [1, 2]


def test_read_source_with_a_snapshot_that_is_gone_is_refused(address, snapped):
    with shared_snapshot(address, "snapped") as name:
        pass
    with pytest.raises(SourceError, match="Cannot extract 'snapped': the source refused the read"):
        read(address, name)
