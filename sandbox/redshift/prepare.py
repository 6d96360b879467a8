"""Prepares the engine: the schema `rs` in a template database, the warehouse's database, the admin. Repeatable."""

from __future__ import annotations

import hashlib
from contextlib import closing
from importlib.resources import files

from sandbox.redshift.engine import Engine
from sandbox.redshift.lexer import literal, quote
from sandbox.redshift.settings import Settings
from sandbox.redshift.users import md5_hash

TEMPLATE = "redshift_template"
SCRIPTS = ("tables.sql", "functions.sql", "catalog.sql", "explain.sql")
ISOLATION = {"snapshot": "repeatable read", "serializable": "serializable"}


def prepare(settings: Settings) -> None:
    """Bring the engine to what the endpoint needs. Raises: RedshiftError as the engine words it."""
    script = "\n".join((files("sandbox.redshift") / "engine_sql" / name).read_text() for name in SCRIPTS)
    version = hashlib.sha256(script.encode()).hexdigest()[:16]
    with closing(open_engine(settings, "postgres")) as engine:
        if not exists(engine, TEMPLATE):
            engine.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        install(settings, TEMPLATE, script, version)
        if exists(engine, settings.database):
            install(settings, settings.database, script, version)
        else:
            create_admin(engine, settings)
            owner = quote(settings.admin_user)
            engine.run(f"CREATE DATABASE {quote(settings.database)} TEMPLATE {TEMPLATE} OWNER {owner}")
        level = ISOLATION[settings.isolation]
        engine.run(f"ALTER DATABASE {quote(settings.database)} SET default_transaction_isolation = '{level}'")
        create_admin(engine, settings)


def open_engine(settings: Settings, database: str) -> Engine:
    return Engine(settings.engine_host, settings.engine_port, settings.engine_superuser, database, {})


def exists(engine: Engine, database: str) -> bool:
    return bool(engine.run(f"SELECT 1 FROM pg_database WHERE datname = {literal(database)}"))


def install(settings: Settings, database: str, script: str, version: str) -> None:
    """Run the scripts unless this version of them is there already."""
    with closing(open_engine(settings, database)) as engine:
        found = engine.run("SELECT obj_description(to_regnamespace('rs'), 'pg_namespace')")[0][0]
        if found != version:
            engine.run(
                "BEGIN; CREATE SCHEMA IF NOT EXISTS rs; GRANT USAGE ON SCHEMA rs TO public;"
                " GRANT CREATE ON SCHEMA public TO public;"
                f" SET LOCAL client_min_messages = warning; {script}; COMMENT ON SCHEMA rs IS '{version}'; COMMIT"
            )


def create_admin(engine: Engine, settings: Settings) -> None:
    """The admin is a superuser in Redshift and in the engine; every statement of his passes the dialect."""
    name, password = quote(settings.admin_user), literal(md5_hash(settings.admin_password, settings.admin_user))
    verb = "ALTER" if engine.run(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(settings.admin_user)}") else "CREATE"
    engine.run(f"SET md5_password_warnings = off; {verb} ROLE {name} SUPERUSER LOGIN PASSWORD {password}")
