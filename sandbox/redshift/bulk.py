"""COPY and UNLOAD: the session's side of the call into sandbox.bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sandbox.backend import BulkResult, Column, RedshiftError
from sandbox.redshift import wire
from sandbox.redshift.engine import Engine
from sandbox.redshift.lexer import literal, tokenize
from sandbox.redshift.plan import Plan
from sandbox.redshift.query import translate
from sandbox.redshift.querylog import Statement

if TYPE_CHECKING:
    from sandbox.redshift.session import Session


class SessionBackend:
    """sandbox.backend.Backend over a session's connection to the engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def execute(self, sql: str) -> list[tuple[str | None, ...]]:
        return self.engine.run(sql)

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        return self.engine.copy_in(sql, chunks)

    def copy_out(self, sql: str) -> Iterator[bytes]:
        return self.engine.copy_out(sql)

    def translate(self, query: str) -> str:
        return translate(tokenize(query), self.engine.columns_of)

    def columns(self, schema: str | None, table: str) -> list[Column]:
        name = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, table) if part)
        rows = self.engine.run(f"SELECT * FROM rs.column_list({literal(name)}::regclass)")
        return [Column(r[0] or "", r[1] or "", r[2] == "t", r[3] == "t", r[4]) for r in rows]


def run_bulk(session: Session, plan: Plan, entry: Statement) -> None:
    """Run a COPY or UNLOAD inside the client's transaction, or one of its own. Raises: RedshiftError."""
    import sandbox.bulk

    lake = session.settings.lake
    if lake is None:
        raise RedshiftError("XX000", "S3ServiceException:the endpoint was started without --s3-endpoint")
    run = sandbox.bulk.copy_from_s3 if plan.verb == "COPY" else sandbox.bulk.unload_to_s3
    engine = session.engine
    is_alone = engine.status == "I"
    if is_alone:
        engine.run("BEGIN")
    try:
        for statement in plan.before:
            engine.run(statement)
        result = run(plan.bulk, SessionBackend(engine), lake)
        if is_alone:
            engine.run("COMMIT")
    except BaseException as error:
        finish_failed(session, plan, entry, error, is_alone)
        raise
    finish(session, plan, entry, result)


def finish(session: Session, plan: Plan, entry: Statement, result: BulkResult) -> None:
    """Show notices and tag; remember counts; write the load tables."""
    entry.row_count = result.row_count
    session.log.write_load(entry, result.table, result.files, result.load_errors)
    remember(session.engine, plan.verb, result.row_count, entry.query_id)
    for notice in result.notices:
        session.channel.send(wire.notice_response("INFO", notice))
    session.channel.send(wire.command_complete(result.tag))


def finish_failed(session: Session, plan: Plan, entry: Statement, error: BaseException, is_alone: bool) -> None:
    """Undo, keep the load errors, and set the session's last count to 0. Source: PG_LAST_COPY_COUNT.md"""
    if is_alone:
        session.engine.run("ROLLBACK")
        remember(session.engine, plan.verb, 0, entry.query_id)
    else:
        session.abort()
    if isinstance(error, RedshiftError) and error.load_errors:
        session.log.write_load(entry, error.load_errors[0].table, (), error.load_errors)


def remember(engine: Engine, verb: str, row_count: int, query_id: int) -> None:
    """Set what pg_last_copy_count() and its like return in this session."""
    kind = verb.lower()
    engine.run(
        f"SELECT set_config('rs.last_{kind}_count', '{row_count}', false),"
        f" set_config('rs.last_{kind}_id', '{query_id}', false)"
    )
