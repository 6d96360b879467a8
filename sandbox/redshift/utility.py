"""Transactions, settings, LOCK, VACUUM, ANALYZE, cursors, COPY and UNLOAD: their plans."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.backend import RedshiftError
from sandbox.redshift import errors
from sandbox.redshift.dml import lock
from sandbox.redshift.lexer import Cursor, Token, literal, quote, words
from sandbox.redshift.plan import Plan
from sandbox.redshift.query import translate

ISOLATION_LEVELS = (
    ("serializable",),
    ("read", "committed"),
    ("read", "uncommitted"),
    ("repeatable", "read"),
)


def begin(cursor: Cursor) -> Plan:
    """Isolation levels are accepted without effect. Source: r_BEGIN.md"""
    cursor.accept_any("work", "transaction")
    mode = read_modes(cursor)
    return Plan(f"BEGIN{mode}", verb="BEGIN", tag="BEGIN")


def read_modes(cursor: Cursor) -> str:
    mode = ""
    while not cursor.at_end:
        cursor.accept(",")
        if cursor.accept("isolation", "level"):
            if not any(cursor.accept(*level) for level in ISOLATION_LEVELS):
                raise cursor.unexpected()
        elif cursor.accept("read", "only"):
            mode = " READ ONLY"
        elif cursor.accept("read", "write"):
            mode = " READ WRITE"
        else:
            raise cursor.unexpected()
    return mode


def start(cursor: Cursor) -> Plan:
    plan = begin(cursor)
    return Plan(plan.sql, verb="BEGIN", tag="START TRANSACTION")


def commit(cursor: Cursor) -> Plan:
    cursor.accept_any("work", "transaction")
    return Plan("COMMIT", verb="COMMIT")


def rollback(cursor: Cursor) -> Plan:
    cursor.accept_any("work", "transaction")
    if cursor.looks_at("to"):
        raise errors.unsupported('SQL command "ROLLBACK TO SAVEPOINT" not supported.')
    return Plan("ROLLBACK", verb="ROLLBACK")


# Redshift's own settings: name -> allowed values (empty: any).
OWN_SETTINGS: dict[str, tuple[str, ...]] = {
    "query_group": (),
    "enable_result_cache_for_session": ("on", "off", "true", "false"),
    "wlm_query_slot_count": (),
    "enable_case_sensitive_identifier": ("on", "off", "true", "false"),
    "json_serialization_enable": ("on", "off", "true", "false"),
    "json_serialization_parse_nested_strings": ("on", "off", "true", "false"),
    "error_on_nondeterministic_update": ("on", "off", "true", "false"),
    "describe_field_name_in_uppercase": ("on", "off", "true", "false"),
    "analyze_threshold_percent": (),
    "max_cursor_result_set_size": (),
    "mv_enable_aqmv_for_session": ("on", "off", "true", "false"),
    "navigate_super_null_on_error": ("on", "off", "true", "false"),
    "cast_super_null_on_error": ("on", "off", "true", "false"),
    "use_fips_ssl": ("on", "off", "true", "false"),
    "autocommit": ("on", "off", "true", "false"),
}
ENGINE_SETTINGS = words(
    """
    statement_timeout datestyle timezone extra_float_digits client_encoding application_name
    intervalstyle
    """
)
SHOW_ONLY = words("transaction_isolation server_version max_identifier_length is_superuser")
DEFAULTS = {
    "query_group": "unset",
    "enable_result_cache_for_session": "on",
    "wlm_query_slot_count": "1",
    "analyze_threshold_percent": "10",
    "max_cursor_result_set_size": "0",
    "navigate_super_null_on_error": "on",
    "cast_super_null_on_error": "on",
    "mv_enable_aqmv_for_session": "on",
}


def set_parameter(cursor: Cursor) -> Plan:
    """SET [SESSION | LOCAL] name {TO | =} value. Source: r_SET.md"""
    if cursor.accept("session", "authorization"):
        return set_authorization(cursor)
    if cursor.accept("session", "characteristics", "as", "transaction"):
        read_modes(cursor)
        return no_effect("SET")
    if cursor.accept("transaction"):
        read_modes(cursor)
        return no_effect("SET")
    scope = cursor.accept_any("session", "local").upper()
    scope = f"{scope} " if scope else ""
    if cursor.accept("time", "zone"):
        name = "timezone"
    else:
        name = cursor.name()
        if not cursor.accept_any("to", "="):
            raise cursor.unexpected()
    values = read_values(cursor)
    if name == "search_path":
        return set_search_path(scope, values)
    if name in OWN_SETTINGS:
        return set_own(scope, name, values)
    if name not in ENGINE_SETTINGS:
        raise unknown_parameter(name)
    value = "DEFAULT" if values == [] else ", ".join(literal(each) for each in values)
    return Plan(f"SET {scope}{name} TO {value}", verb="SET", tag="SET")


def no_effect(verb: str) -> Plan:
    """A statement that Redshift accepts and that changes nothing here."""
    return Plan("SET rs.nothing TO ''", verb=verb, tag=verb)


def unknown_parameter(name: str) -> RedshiftError:
    return RedshiftError("42704", f'unrecognized configuration parameter "{name}"')


def read_values(cursor: Cursor) -> list[str]:
    """The values of a SET; empty for DEFAULT."""
    if cursor.accept("default"):
        return []
    values = []
    while True:
        sign = "-" if cursor.accept("-") else ""
        values.append(sign + cursor.next().value)
        if not cursor.accept(","):
            return values


def set_search_path(scope: str, values: list[str]) -> Plan:
    """The engine's path ends with the schema of Redshift's functions and the catalog."""
    schemas = [part.strip().strip('"') for value in values for part in value.split(",")] or ["$user", "public"]
    path = ", ".join(quote(schema) for schema in [*(s for s in schemas if s), "rs", "pg_catalog"])
    return Plan(f"SET {scope}search_path TO {path}", verb="SET", tag="SET")


def set_own(scope: str, name: str, values: list[str]) -> Plan:
    value = " ".join(values) if values else DEFAULTS.get(name, "off")
    allowed = OWN_SETTINGS[name]
    if allowed and value.lower() not in allowed:
        raise RedshiftError("22023", f'parameter "{name}" requires a Boolean value')
    if allowed:
        value = {"true": "on", "false": "off"}.get(value.lower(), value.lower())
    kept = {name: value} if name == "enable_case_sensitive_identifier" else {}
    return Plan(f"SET {scope}rs.{name} TO {literal(value)}", verb="SET", tag="SET", session=kept)


def set_authorization(cursor: Cursor) -> Plan:
    """SET SESSION AUTHORIZATION {user | DEFAULT}, for superusers. Source: r_SET_SESSION_AUTHORIZATION.md"""
    name = "" if cursor.accept("default") else cursor.next().value.lower()
    return Plan(f"SELECT rs.set_session_authorization({literal(name)})", verb="SET", tag="SET", session={"user": name})


def reset(cursor: Cursor) -> Plan:
    if cursor.accept("all"):
        return Plan("RESET ALL", verb="RESET", tag="RESET")
    name = cursor.name()
    if name == "search_path":
        return Plan(set_search_path("", []).sql, verb="RESET", tag="RESET")
    if name in OWN_SETTINGS:
        plan = set_own("", name, [])
        return Plan(plan.sql, verb="RESET", tag="RESET", session=plan.session)
    if name not in ENGINE_SETTINGS:
        raise unknown_parameter(name)
    return Plan(f"RESET {name}", verb="RESET", tag="RESET")


def show(cursor: Cursor) -> Plan:
    """SHOW name. Source: r_SHOW.md"""
    if cursor.accept("transaction", "isolation", "level"):
        return Plan("SELECT 'serializable' AS transaction_isolation", verb="SHOW", has_rows=True, tag="SHOW")
    name = "timezone" if cursor.accept("time", "zone") else cursor.name()
    if name == "search_path":
        sql = "SELECT rs.search_path() AS search_path"
    elif name in OWN_SETTINGS:
        value = literal(DEFAULTS.get(name, "off"))
        sql = f"SELECT coalesce(nullif(current_setting('rs.{name}', true), ''), {value}) AS {name}"
    elif name == "server_version":
        sql = "SELECT '8.0.2' AS server_version"
    elif name in ENGINE_SETTINGS or name in SHOW_ONLY:
        sql = f"SHOW {name}"
    else:
        raise unknown_parameter(name)
    return Plan(sql, verb="SHOW", has_rows=True, tag="SHOW")


def lock_table(cursor: Cursor) -> Plan:
    """LOCK [TABLE] t [, …] takes ACCESS EXCLUSIVE: readers and writers wait. Source: r_LOCK.md"""
    cursor.accept("table")
    names = [quote(*cursor.qualified())]
    while cursor.accept(","):
        names.append(quote(*cursor.qualified()))
    return Plan(
        f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE", verb="LOCK", tag="LOCK TABLE", is_inside_only=True
    )


def vacuum(cursor: Cursor) -> Plan:
    """VACUUM [FULL | SORT ONLY | DELETE ONLY | REINDEX | RECLUSTER] [table [TO n PERCENT] [BOOST]].

    Source: r_VACUUM_command.md
    """
    if not any(cursor.accept(*kind) for kind in (("full",), ("sort", "only"), ("delete", "only"), ("reindex",))):
        cursor.accept("recluster")
    sql = "SELECT 1"
    if not cursor.at_end:
        sql = f"SELECT rs.check_owner({literal(quote(*cursor.qualified()))}::regclass)"
        if cursor.accept("to"):
            cursor.integer()
            cursor.expect("percent")
        cursor.accept("boost")
    return Plan(sql, verb="VACUUM", tag="VACUUM", is_outside_only=True)


def analyze(cursor: Cursor) -> Plan:
    """ANALYZE [VERBOSE] [table [(column, …)]] [PREDICATE COLUMNS | ALL COLUMNS]. Source: r_ANALYZE.md"""
    if cursor.accept("compression"):
        raise errors.unsupported("ANALYZE COMPRESSION is not known to the sandbox")
    cursor.accept("verbose")
    target = ""
    if not cursor.at_end and not cursor.looks_at_any("predicate", "all"):
        target = quote(*cursor.qualified())
        if cursor.looks_at("("):
            target += f" ({', '.join(quote(name) for name in cursor.names())})"
    if cursor.accept_any("predicate", "all"):
        cursor.expect("columns")
    return Plan(f"ANALYZE {target}" if target else "SELECT 1", verb="ANALYZE", tag="ANALYZE")


def declare_cursor(cursor: Cursor) -> Plan:
    """DECLARE name CURSOR FOR query, in a transaction only, one at a time. Source: declare.md"""
    name = cursor.name()
    cursor.expect("cursor")
    cursor.accept("without", "hold")
    cursor.expect("for")
    return Plan(
        f"DECLARE {quote(name)} CURSOR FOR {translate(cursor.until(), cursor.lookup)}",
        before=("SELECT rs.check_no_cursor()",),
        verb="DECLARE CURSOR",
        tag="DECLARE CURSOR",
        is_inside_only=True,
    )


def fetch(cursor: Cursor) -> Plan:
    """FETCH [NEXT | ALL | FORWARD [n | ALL]] FROM name. Source: fetch.md"""
    count = "NEXT"
    if cursor.accept("all"):
        count = "ALL"
    elif cursor.accept("forward"):
        token = cursor.peek()
        count = "FORWARD"
        if cursor.accept("all"):
            count = "FORWARD ALL"
        elif token is not None and token.kind == "number":
            count = f"FORWARD {cursor.integer()}"
    else:
        cursor.accept("next")
    cursor.expect("from")
    return Plan(f"FETCH {count} FROM {quote(cursor.name())}", verb="FETCH", has_rows=True)


def close(cursor: Cursor) -> Plan:
    return Plan(f"CLOSE {quote(cursor.name())}", verb="CLOSE")


def cancel(cursor: Cursor) -> Plan:
    """CANCEL pid ['message']. Source: r_CANCEL.md"""
    process_id = cursor.integer()
    if not cursor.at_end:
        cursor.string()
    return Plan(f"SELECT rs.pg_cancel_backend({process_id})", verb="CANCEL", tag="CANCEL")


def bulk(verb: str, tokens: list[Token], text: str) -> Plan:
    """COPY and UNLOAD keep their text; COPY queues as a writer of its table."""
    if verb == "unload":
        return Plan("", verb="UNLOAD", bulk=text)
    cursor = Cursor(tokens)
    cursor.expect("copy")
    return Plan("", before=(lock(*cursor.qualified()),), verb="COPY", bulk=text)


STATEMENTS: dict[str, Callable[[Cursor], Plan]] = {
    "begin": begin,
    "start transaction": start,
    "commit": commit,
    "end": commit,
    "rollback": rollback,
    "abort": rollback,
    "set": set_parameter,
    "reset": reset,
    "show": show,
    "lock": lock_table,
    "vacuum": vacuum,
    "analyze": analyze,
    "analyse": analyze,
    "declare": declare_cursor,
    "fetch": fetch,
    "close": close,
    "cancel": cancel,
}
