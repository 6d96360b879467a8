"""The query log: kept in memory, written to the engine when a statement is about to read it."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.backend import LoadedFile, LoadError
from sandbox.redshift.engine import INTERNAL, Engine
from sandbox.redshift.lexer import literal
from sandbox.redshift.settings import Settings

READERS = re.compile(r"\b(st[lv]|sys|sv[lv])_", re.IGNORECASE)
FLUSH_COUNT = 5000


@dataclass
class Statement:
    """One client statement; times are seconds since 1970."""

    query_id: int
    user: str
    database: str
    process_id: int
    text: str
    verb: str
    started: float
    ended: float | None = None
    status: str = "running"
    row_count: int = 0
    error: str = ""

    def finish(self, tag: str) -> str:
        """Take the row count from a command tag such as `INSERT 0 5`; return the tag."""
        last = tag.rsplit(" ", 1)[-1]
        self.row_count = int(last) if last.isdigit() else 0
        return tag


class QueryLog:
    """Statements of all sessions, oldest first."""

    def __init__(self, settings: Settings) -> None:
        self.engine = Engine(
            settings.engine_host, settings.engine_port, settings.engine_superuser, settings.database, INTERNAL
        )
        first = self.engine.run("SELECT coalesce(max(query_id), 100) + 1 FROM rs.query_log")[0][0]
        self.ids = itertools.count(int(first or 1))
        self.lock = threading.Lock()
        self.unwritten: dict[int, Statement] = {}

    @contextmanager
    def statement(self, user: str, database: str, process_id: int, text: str, verb: str) -> Iterator[Statement]:
        """Log a statement while it runs."""
        entry = Statement(next(self.ids), user, database, process_id, text, verb, time.time())
        with self.lock:
            self.unwritten[entry.query_id] = entry
        self.write_for(text)
        try:
            yield entry
            entry.status = "success"
        except BaseException as error:
            entry.status, entry.error = "failed", str(error)
            raise
        finally:
            entry.ended = time.time()
            if verb == "COPY":
                self.write()  # its load errors are read by transactions that are open already

    def write_for(self, text: str) -> None:
        """Write what is new, where `text` reads it or there is much of it."""
        if READERS.search(text) or len(self.unwritten) > FLUSH_COUNT:
            self.write()

    def write(self) -> None:
        """Write what is new to `rs.query_log`; running statements are written again when they have ended."""
        with self.lock:
            entries = list(self.unwritten.values())
            if not entries:
                return
            rows = ",\n".join(values(entry) for entry in entries)
            self.engine.run(
                f"INSERT INTO rs.query_log VALUES {rows} ON CONFLICT (query_id) DO UPDATE SET ended = excluded.ended,"
                " status = excluded.status, row_count = excluded.row_count, error = excluded.error"
            )
            for entry in entries:
                if entry.ended is not None:
                    del self.unwritten[entry.query_id]

    def table_oid(self, name: str) -> int:
        """The oid of a committed table; 0 for one that is not there."""
        with self.lock:
            return int(self.engine.run(f"SELECT coalesce(to_regclass({literal(name)})::oid, 0)")[0][0] or 0)

    def write_load(
        self, entry: Statement, table: str, files: tuple[LoadedFile, ...], rejected: tuple[LoadError, ...]
    ) -> None:
        """Write what a COPY read and rejected; it stays when the client rolls back."""
        statements = [
            f"INSERT INTO rs.loaded_file VALUES ({entry.query_id}, {literal(table)}, {literal(file.file_name)},"
            f" {file.size_bytes}, {file.line_count}, now(), {literal(load_format(entry.text))})"
            for file in files
        ]
        statements += [
            f"INSERT INTO rs.load_error VALUES ({entry.query_id}, {literal(error.table)}, {literal(error.file_name)},"
            f" {error.line_number}, {literal(error.column_name)}, {literal(error.column_type)},"
            f" {literal(error.column_length)}, {error.position}, {literal(error.raw_line.replace(chr(0), ''))},"
            f" {literal(error.raw_field_value.replace(chr(0), ''))}, {error.error_code},"
            f" {literal(error.error_message)}, now())"
            for error in rejected
        ]
        if statements:
            with self.lock:
                self.engine.run(";\n".join(statements))

    def close(self) -> None:
        self.write()
        self.engine.close()


def values(entry: Statement) -> str:
    """A row of `rs.query_log`."""
    ended = "NULL" if entry.ended is None else f"to_timestamp({entry.ended})"
    return (
        f"({entry.query_id}, {literal(entry.user)}, {literal(entry.database)}, {entry.process_id},"
        f" {literal(entry.text)}, {literal(entry.verb)}, to_timestamp({entry.started}), {ended},"
        f" {literal(entry.status)}, {entry.row_count}, {literal(entry.error)})"
    )


def load_format(text: str) -> str:
    """The format that a COPY names, as the load tables show it."""
    upper = text.upper()
    return next((name.title() for name in ("PARQUET", "JSON", "CSV", "ORC", "AVRO") if name in upper), "Text")
