"""One client's session: reads its messages, has statements translated, carries the plans out on the engine."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.backend import RedshiftError
from sandbox.redshift import errors, wire
from sandbox.redshift.bulk import run_bulk
from sandbox.redshift.channel import Channel
from sandbox.redshift.engine import Engine
from sandbox.redshift.lexer import tokenize
from sandbox.redshift.plan import Plan
from sandbox.redshift.querylog import QueryLog, Statement
from sandbox.redshift.settings import Settings
from sandbox.redshift.statement import Context, plan_text, split_text

# The engine's text and jsonb are Redshift's varchar and super.
BYTEA = 17
SHOWN_OIDS = {25: 1043, 19: 19, 3802: 4000, BYTEA: 6551}
ABORTED = RedshiftError("25P02", "current transaction is aborted, commands ignored until end of transaction block")


@dataclass
class Prepared:
    """A statement of the extended protocol. A direct one also lives on the engine, under the same name."""

    plan: Plan | None
    types: tuple[int, ...]
    text: str


@dataclass
class Portal:
    prepared: Prepared
    rest: bytes


@dataclass
class Session:
    """Serves one logged-in client until it leaves."""

    channel: Channel
    engine: Engine
    user: str
    database: str
    settings: Settings
    log: QueryLog
    context: Context = field(default_factory=Context)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    portals: dict[str, Portal] = field(default_factory=dict)
    is_skipping: bool = False  # after an error: until Sync
    last_query_id: int = -1
    is_serializable: bool = False
    is_on_engine: bool = False  # extended messages went to the engine since its last Sync

    def serve(self) -> None:
        self.engine.on_notice = lambda body: self.channel.send(wire.message(b"N", body))
        self.is_serializable = self.engine.run("SHOW default_transaction_isolation")[0][0] == "serializable"
        self.ready()
        while True:
            message = self.channel.receive()
            if isinstance(message, wire.Terminate):
                return
            if self.is_skipping and not isinstance(message, wire.Sync):
                continue
            try:
                HANDLERS[type(message)](self, message)
            except RedshiftError as error:
                self.show_error(error)
                if isinstance(message, wire.Query):
                    self.ready()
                else:
                    self.is_skipping = True

    def ready(self) -> None:
        self.channel.send(wire.ready_for_query(self.engine.status))
        self.channel.flush()

    def show_error(self, error: RedshiftError) -> None:
        self.channel.send(wire.error_response(error.sqlstate, error.message, error.detail, error.hint))

    # --- simple protocol
    def query(self, message: wire.Query) -> None:
        texts = split_text(message.text)
        if not texts:
            self.channel.send(wire.EMPTY_QUERY_RESPONSE)
        if len(texts) == 1:
            self.run_text(texts[0])
        else:
            self.run_together(texts)
        self.ready()

    def run_together(self, texts: list[str]) -> None:
        """Several statements of one Query: one transaction, unless they control transactions themselves."""
        plans = [self.plan(text) for text in texts]
        is_implicit = self.engine.status == "I" and not any(
            plan.is_transaction_control or plan.is_outside_only for plan in plans
        )
        if is_implicit:
            self.engine.run("BEGIN")
        try:
            for text, plan in zip(texts, plans, strict=True):
                self.run_plan(text, plan)
        except RedshiftError:
            if is_implicit:
                self.engine.run("ROLLBACK")
            raise
        if is_implicit:
            self.engine.run("COMMIT")

    def run_text(self, text: str) -> None:
        self.run_plan(text, self.plan(text))

    def plan(self, text: str) -> Plan:
        """Translate one statement. An error outside the engine also aborts the open transaction."""
        if LAST_QUERY_ID in text.lower() and self.engine.status != "E":
            self.settle()
            self.engine.run(f"SELECT set_config('rs.last_query_id', '{self.last_query_id}', false)")
        try:
            return plan_text(text, self.context, self.columns_of)
        except RedshiftError:
            self.abort()
            raise
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            self.abort()
            raise RedshiftError("XX000", f"internal error of the sandbox: {error!r}; its log has more") from error

    def columns_of(self, tables: list[tuple[str, ...]]) -> set[str]:
        self.settle()
        return self.engine.columns_of(tables)

    def abort(self) -> None:
        """Bring an open transaction into the failed state, as any error does."""
        if self.engine.status == "T":
            try:
                self.engine.run("SELECT 1/0")
            except RedshiftError:
                return

    def check_state(self, plan: Plan) -> None:
        """Refuse what the transaction status forbids."""
        status = self.engine.status
        if status == "E" and plan.verb not in ("ROLLBACK", "COMMIT"):
            raise ABORTED
        if plan.is_outside_only and status != "I":
            self.abort()
            raise RedshiftError("25001", f"{plan.verb} cannot run inside a transaction block")
        if plan.is_inside_only and status == "I":
            raise RedshiftError("25P01", f"{plan.verb} may only be used in a transaction block")

    def run_plan(self, text: str, plan: Plan) -> None:
        """Carry out a plan with a simple query and show its result."""
        self.settle()
        self.check_state(plan)
        for notice in plan.notices:
            self.channel.send(wire.notice_response("INFO", notice))
        with self.logged(text, plan) as entry:
            if plan.bulk:
                run_bulk(self, plan, entry)
            else:
                self.run_script(plan, entry)
        self.context.keep(plan.session)

    @contextmanager
    def logged(self, text: str, plan: Plan) -> Iterator[Statement]:
        """The statement's entry in the query log while it runs."""
        user = self.context.session.get("user") or self.user
        with self.log.statement(user, self.database, self.engine.process_id, text, plan.verb) as entry:
            yield entry
        self.last_query_id = entry.query_id

    def settle(self) -> None:
        """End what the extended protocol left open on the engine, before a simple query."""
        if self.is_on_engine:
            self.engine.send(wire.SYNC)
            for _ in self.engine.until_ready():
                pass
            self.is_on_engine = False

    def run_script(self, plan: Plan, entry: Statement) -> None:
        script = plan.sql if plan.is_outside_only else plan.script()
        if plan.is_committing and self.engine.status == "T":
            script += ";\nCOMMIT"
        self.engine.send(wire.query(script))
        failure = self.show_results(plan, entry, len(plan.before))
        if failure:
            raise self.as_conflict(failure, plan, entry)
        for statement in plan.after if plan.is_outside_only else ():
            self.engine.run(statement)

    def as_conflict(self, failure: RedshiftError, plan: Plan, entry: Statement) -> RedshiftError:
        """In a SERIALIZABLE database every conflict is error 1023 with table, transaction and process."""
        if failure.message == "1023" or (failure.message == errors.CONFLICT and self.is_serializable):
            table = self.log.table_oid(plan.target) if plan.target else 0
            return errors.isolation_violation(table, entry.query_id, self.engine.process_id)
        return failure

    def show_results(self, plan: Plan, entry: Statement, shown: int) -> RedshiftError | None:
        """Relay result number `shown` of a script; swallow the others; return the error, if there was one."""
        number = 0
        failure: RedshiftError | None = None
        tag = ""
        send = self.channel.send
        show_rows: Callable[[bytes], None] = send
        while True:
            is_shown = plan.has_rows and number == shown
            kind, body = self.engine.relay_rows(show_rows if is_shown else swallow)
            if kind == b"Z":
                self.engine.status = body.decode()
                if failure is None:
                    send(wire.command_complete(plan.tag or tag))
                return failure
            if kind == b"E":
                failure = failure or errors.from_engine(wire.decode_report(body))
            elif kind == b"C":
                if number == shown:
                    tag = entry.finish(body[:-1].decode())
                number += 1
            elif kind == b"T" and is_shown:
                send(wire.message(b"T", wire.replace_type_oids(body, SHOWN_OIDS)))
                show_rows = self.rows_of(body)
            elif kind == b"N":
                self.engine.on_notice(body)
            elif kind == b"S":
                self.show_parameter(body)

    def rows_of(self, description: bytes) -> Callable[[bytes], None]:
        """What shows the rows of a RowDescription: a VARBYTE is bare hexadecimal. Source: r_VARBYTE_type.md"""
        columns = wire.text_columns_of(description, BYTEA)
        if not columns:
            return self.channel.send
        return lambda rows: self.channel.send(wire.without_hex_prefix(rows, columns))

    def show_parameter(self, body: bytes) -> None:
        name = body.split(b"\0", 1)[0]
        if name in SHOWN_PARAMETERS:
            self.channel.send(wire.message(b"S", body))

    # --- extended protocol
    def parse(self, message: wire.Parse) -> None:
        texts = split_text(message.text)
        if len(texts) > 1:
            self.abort()
            raise RedshiftError("42601", "cannot insert multiple commands into a prepared statement")
        plan = self.plan(texts[0]) if texts else None
        if plan and self.engine.status == "E" and plan.verb not in ("ROLLBACK", "COMMIT"):
            raise ABORTED
        self.prepared[message.name] = Prepared(plan, message.types, texts[0] if texts else "")
        if plan and plan.is_direct:
            # The engine takes its snapshot when it parses: what is to be read must stand by then.
            self.log.write_for(plan.sql)
            self.to_engine(wire.parse(message.name, plan.sql, message.types), b"1")
        else:
            self.channel.send(wire.PARSE_COMPLETE)

    def bind(self, message: wire.Bind) -> None:
        prepared = self.prepared.get(message.statement)
        if prepared is None:
            raise RedshiftError("26000", f'prepared statement "{message.statement}" does not exist')
        self.portals[message.portal] = Portal(prepared, message.rest)
        if prepared.plan and prepared.plan.is_direct:
            self.check_state(prepared.plan)
            self.to_engine(wire.bind(message.portal, message.statement, message.rest), b"2")
        else:
            self.channel.send(wire.BIND_COMPLETE)

    def describe(self, message: wire.Describe) -> None:
        known: dict[str, Any] = self.prepared if message.kind == "S" else self.portals
        if message.name not in known:
            raise RedshiftError("26000" if message.kind == "S" else "34000", f'"{message.name}" does not exist')
        item = known[message.name]
        prepared = item if message.kind == "S" else item.prepared
        if prepared.plan and prepared.plan.is_direct:
            self.to_engine(wire.describe(message.kind, message.name), b"Tn")
            return
        if message.kind == "S":
            self.channel.send(wire.parameter_description(parameter_types(prepared)))
        self.channel.send(wire.NO_DATA)

    def execute(self, message: wire.Execute) -> None:
        portal = self.portals.get(message.portal)
        if portal is None:
            raise RedshiftError("34000", f'portal "{message.portal}" does not exist')
        plan, text = portal.prepared.plan, portal.prepared.text
        if plan is None:
            self.channel.send(wire.EMPTY_QUERY_RESPONSE)
        elif plan.is_direct:
            with self.logged(text, plan) as entry:
                # The engine says first, to us alone, which columns its rows have.
                steps = wire.describe("P", message.portal) + wire.execute(message.portal, message.max_rows)
                self.to_engine(steps, b"CIs", entry)
        elif parameter_types(portal.prepared):
            self.execute_bound(portal, plan, text)
        else:
            self.run_plan(text, plan)

    def execute_bound(self, portal: Portal, plan: Plan, text: str) -> None:
        """Run a plan with parameters: locks first, then the statement, in one transaction."""
        self.settle()
        self.check_state(plan)
        is_alone = self.engine.status == "I"
        with self.logged(text, plan) as entry:
            steps = [("BEGIN", b"")] * is_alone + [(sql, b"") for sql in plan.before]
            steps += [(plan.sql, portal.rest)] + [(sql, b"") for sql in plan.after]
            steps += [("COMMIT", b"")] * is_alone
            data = b""
            for sql, rest in steps:
                types = portal.prepared.types if rest else ()
                data += wire.parse("", sql, types) + wire.bind("", "", rest or NO_VALUES) + wire.execute("")
            self.engine.send(data + wire.SYNC)
            failure = self.show_results(plan, entry, is_alone + len(plan.before))
            if failure:
                if is_alone:
                    self.engine.run("ROLLBACK")
                raise self.as_conflict(failure, plan, entry)

    def close(self, message: wire.Close) -> None:
        known: dict[str, Any] = self.prepared if message.kind == "S" else self.portals
        item = known.pop(message.name, None)
        prepared = item.prepared if isinstance(item, Portal) else item
        if prepared and prepared.plan and prepared.plan.is_direct:
            self.to_engine(wire.close(message.kind, message.name), b"3")
        else:
            self.channel.send(wire.CLOSE_COMPLETE)

    def sync(self, message: wire.Sync) -> None:
        self.settle()
        self.is_skipping = False
        self.portals.clear()
        self.ready()

    def flush(self, message: wire.Flush) -> None:
        self.channel.flush()

    def to_engine(self, data: bytes, ends: bytes, entry: Statement | None = None) -> None:
        """Send one extended message to the engine and relay its answer. Raises: RedshiftError."""
        self.engine.send(data + wire.FLUSH)
        self.is_on_engine = True
        send = self.channel.send
        show_rows: Callable[[bytes], None] = send
        while True:
            kind, body = self.engine.relay_rows(show_rows)
            if kind == b"E":
                raise errors.from_engine(wire.decode_report(body))
            if kind == b"N":
                self.engine.on_notice(body)
            elif kind == b"S":
                self.show_parameter(body)
            elif kind == b"T" and entry:
                show_rows = self.rows_of(body)
            elif kind == b"T":
                send(wire.message(b"T", wire.replace_type_oids(body, SHOWN_OIDS)))
            elif kind == b"C" and entry:
                send(wire.command_complete(entry.finish(body[:-1].decode())))
            else:
                send(wire.message(kind, body))
            if kind in ends:
                return


SHOWN_PARAMETERS = (b"client_encoding", b"DateStyle", b"TimeZone", b"is_superuser", b"session_authorization")
LAST_QUERY_ID = "pg_last_query_id"
NO_VALUES = b"\0\0\0\0\0\0"


def swallow(data: bytes) -> None:
    """Take rows that nobody sees."""


def parameter_types(prepared: Prepared) -> tuple[int, ...]:
    """The oids of a statement's parameters as far as they are known without asking the engine; else 0."""
    tokens = tokenize(prepared.text) if prepared.plan and "$" in prepared.text else []
    numbers = [int(token.value[1:]) for token in tokens if token.kind == "parameter"]
    count = max([*numbers, len(prepared.types)], default=0)
    return (*prepared.types, *[0] * (count - len(prepared.types)))


HANDLERS: dict[type, Callable[[Session, Any], None]] = {
    wire.Query: Session.query,
    wire.Parse: Session.parse,
    wire.Bind: Session.bind,
    wire.Describe: Session.describe,
    wire.Execute: Session.execute,
    wire.Close: Session.close,
    wire.Sync: Session.sync,
    wire.Flush: Session.flush,
}
