"""What reading one table leaves for the next one of the same source."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from extract.connect_postgres import connect
from extract.statement_reader import StatementReaders
from model.source_address import SourceAddress


class KeptSessions:
    """Programs that read MySQL, and open sessions of PostgreSQL: as many as tables were read at one time.

    Threads may share them, as a list's pop and append are one step.
    """

    def __init__(self) -> None:
        self.readers = StatementReaders()
        self._postgres: list[tuple[SourceAddress, Any]] = []

    def __enter__(self) -> KeptSessions:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.readers.close()
        while self._postgres:
            self._postgres.pop()[1].close()

    @contextmanager
    def postgres(self, address: SourceAddress) -> Iterator[Any]:
        """A session at rest, or a new one; after an error it is not used again.

        Raises: SourceError, TransientError.
        """
        connection = self._take(address) or connect(address)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self._postgres.append((address, connection))
        else:
            connection.close()

    def _take(self, address: SourceAddress) -> Any | None:
        while True:
            try:
                kept_address, connection = self._postgres.pop()
            except IndexError:
                return None
            # A server that says something to a session at rest has ended it.
            if kept_address == address and not select.select([connection], [], [], 0)[0]:
                return connection
            connection.close()
