"""Statements that were handed to the Data API: their states, and the thread that runs each one on the warehouse."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from sandbox.aws.sql_text import bind, has_several_statements

FINAL = {"FINISHED", "FAILED", "ABORTED"}


@dataclass
class SqlState:
    """The state of one SQL text: of a statement with one, or of each sub-statement of a batch."""

    id: str
    sql: str
    status: str = "SUBMITTED"
    error: str = ""
    columns: list[Any] | None = None
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    row_count: int = -1
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    started_at: float = 0.0
    duration_ns: int = -1

    def become(self, status: str) -> None:
        self.status = status
        self.updated_at = time.time()
        if status == "STARTED":
            self.started_at = time.perf_counter()
        elif status in FINAL and self.started_at:
            self.duration_ns = int((time.perf_counter() - self.started_at) * 1e9)

    @property
    def size_bytes(self) -> int:
        return sum(len(text.encode()) for row in self.rows for text in row if text is not None)


@dataclass
class Session:
    """A connection that outlives its statements for `keep_alive_seconds`; it runs one at a time."""

    id: str
    target: dict[str, Any]
    keep_alive_seconds: int
    connection: Any = None
    is_busy: bool = False
    ends_at: float = float("inf")


@dataclass
class Statement(SqlState):
    """What one ExecuteStatement or BatchExecuteStatement began."""

    target: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    parameters: list[dict[str, str]] = field(default_factory=list)
    parts: list[SqlState] = field(default_factory=list)
    is_batch: bool = False
    is_one_transaction: bool = True
    session: Session | None = None
    pid: int = 0
    connection: Any = None
    is_cancelled: bool = False


class Runner:
    """Runs each statement in a thread of its own; `changed` is notified at every change of a state.

    `session_lock` is held by whoever looks at a session's state and changes it.
    """

    def __init__(self, connect: Callable[[dict[str, Any]], Any], session_lock: threading.Lock) -> None:
        self.connect = connect
        self.session_lock = session_lock
        self.changed = threading.Condition()

    def submit(self, statement: Statement) -> None:
        threading.Thread(target=self.run, args=(statement,), daemon=True).start()

    def wait(self, statement: Statement, seconds: float) -> None:
        """Return when the statement has ended, or the time is over."""
        with self.changed:
            self.changed.wait_for(lambda: statement.status in FINAL, seconds)

    def run(self, statement: Statement) -> None:
        self.set(statement, "PICKED")
        session = statement.session
        try:
            statement.connection = session.connection if session and session.connection else None
            if statement.connection is None:
                statement.connection = self.connect(statement.target)
            statement.pid = statement.connection.get_backend_pid()
            self.set(statement, "STARTED")
            self.run_parts(statement)
        except psycopg2.Error as error:
            statement.error = statement.error or error_text(error)
        finally:
            self.release(statement)
            with self.changed:
                finish(statement)
                self.changed.notify_all()

    def run_parts(self, statement: Statement) -> None:
        """Run the SQL texts in order. The first failure ends a transaction, not a batch in AUTO_COMMIT mode."""
        is_transaction = statement.is_batch and statement.is_one_transaction
        cursor = statement.connection.cursor()
        if is_transaction:
            cursor.execute("BEGIN")
        for number, part in enumerate(statement.parts, 1):
            if statement.is_cancelled:
                break
            self.run_part(statement, part)
            if part.status == "FAILED":
                place = f"Query #{number} failed with " if statement.is_batch else ""
                statement.error = statement.error or place + part.error
                if is_transaction or not statement.is_batch:
                    break
        if is_transaction:
            cursor.execute("ROLLBACK" if statement.error or statement.is_cancelled else "COMMIT")

    def run_part(self, statement: Statement, part: SqlState) -> None:
        self.set(part, "STARTED")
        values = {each["name"]: each["value"] for each in statement.parameters}
        try:
            if has_several_statements(part.sql):
                raise psycopg2.ProgrammingError("cannot insert multiple commands into a prepared statement")
            execute(statement.connection, part, bind(part.sql, values))
        except psycopg2.Error as error:
            part.error = error_text(error)
            self.set(part, "ABORTED" if statement.is_cancelled else "FAILED")
        else:
            self.set(part, "FINISHED")

    def set(self, state: SqlState, status: str) -> None:
        with self.changed:
            state.become(status)
            self.changed.notify_all()

    def release(self, statement: Statement) -> None:
        """Close the connection, or leave it to the session; a session with a lost connection is over."""
        session, connection = statement.session, statement.connection
        if session is None:
            if connection is not None:
                connection.close()
            return
        lost = connection is None or connection.closed
        with self.session_lock:
            session.connection = None if lost else connection
            session.is_busy = False
            session.ends_at = time.monotonic() + session.keep_alive_seconds
        timer = threading.Timer(session.keep_alive_seconds, self.end, [session])
        timer.daemon = True
        timer.start()

    def end(self, session: Session) -> None:
        """Close a session's connection, unless it has been used again."""
        with self.session_lock:
            if session.connection and not session.is_busy and time.monotonic() >= session.ends_at:
                session.connection.close()
                session.connection = None

    def cancel(self, statement: Statement) -> None:
        """Ask the warehouse to stop a running statement, and wait until it has."""
        statement.is_cancelled = True
        if statement.connection is not None:
            statement.connection.cancel()
        self.wait(statement, 10)


def execute(connection: Any, part: SqlState, sql: str) -> None:
    """Run one SQL text and keep its result."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        part.row_count = cursor.rowcount
        if cursor.description is None:
            return
        part.columns = list(cursor.description)
        part.rows = cursor.fetchall()


def finish(statement: Statement) -> None:
    """Give the statement its final state from those of its parts; what did not run is ABORTED."""
    for part in statement.parts:
        if part.status not in FINAL:
            part.become("ABORTED")
    if not statement.is_batch:
        only = statement.parts[0]
        statement.columns, statement.rows, statement.row_count = only.columns, only.rows, only.row_count
    if not statement.error and any(part.status != "FINISHED" for part in statement.parts):
        statement.error = "Query was cancelled" if statement.is_cancelled else "ERROR: internal error, see the log"
    if statement.is_cancelled and statement.error:
        statement.become("ABORTED")
    else:
        statement.become("FAILED" if statement.error else "FINISHED")


def error_text(error: psycopg2.Error) -> str:
    """
    >>> error_text(psycopg2.ProgrammingError("no such thing"))
    'ERROR: no such thing'
    """
    message = (error.diag.message_primary if error.diag else None) or str(error).strip()
    detail = f"\n  Detail: {error.diag.message_detail}" if error.diag and error.diag.message_detail else ""
    return f"{'' if message.startswith(('ERROR', 'FATAL')) else 'ERROR: '}{message}{detail}"


def new_id() -> str:
    return str(uuid.uuid4())
