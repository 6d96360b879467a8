"""The statement by which a table would be read, for those who only want to see it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from extract import read_mysql, read_postgres
from extract.connect_mysql import connect as connect_mysql
from extract.connect_postgres import connect as connect_postgres
from extract.extraction import Extraction
from model.source_address import SourceAddress


def planned_statement(address: SourceAddress, extraction: Extraction) -> str:
    """What read_source sends; it looks at the columns of the table, and reads no row.

    Raises: as read_source does.
    """
    is_mysql = address.drivername == "mysql"
    opened: Any = connect_mysql(address) if is_mysql else connect_postgres(address)
    with closing(opened) as connection:
        if is_mysql:
            return read_mysql.build_select(extraction, read_mysql.reflect(connection, extraction)[0])
        return read_postgres.build_copy(extraction, read_postgres.reflect(connection, extraction))
