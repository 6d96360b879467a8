"""System tables and views: which exist, and which of them the schema `rs` of the engine provides."""

from __future__ import annotations

from sqlglot import exp

from sandbox.backend import RedshiftError
from sandbox.redshift.lexer import words

OWN = words(
    """
    pg_class pg_index pg_attribute pg_attrdef pg_constraint pg_namespace pg_user pg_group pg_user_info
    pg_default_acl pg_table_def pg_database pg_tables pg_views svv_table_info svv_tables svv_columns
    svv_redshift_columns svv_redshift_tables svv_all_columns svv_all_tables svv_external_schemas
    svv_external_tables svv_external_columns svv_redshift_schemas svv_all_schemas svv_redshift_databases
    svv_relation_privileges svv_schema_privileges svv_database_privileges svv_default_privileges
    stv_recents stv_db_isolation_level stv_inflight stv_sessions stv_locks stl_query stl_querytext
    stl_load_errors stl_load_commits stl_tr_conflict stl_utilitytext stl_ddltext svl_statementtext
    svl_qlog sys_query_history sys_query_text sys_load_error_detail sys_load_history sys_load_detail
    sys_unload_history
    """
)
ENGINE = words(
    """
    pg_type pg_description pg_proc pg_depend pg_settings pg_am pg_operator pg_language
    pg_aggregate pg_cast pg_opclass pg_inherits pg_rewrite
    """
)
PREFIXES = ("pg_", "stl_", "stv_", "svl_", "svv_", "svcs_", "sys_")
INFORMATION_SCHEMA = words(
    """
    tables columns schemata views table_constraints key_column_usage referential_constraints
    table_privileges
    """
)


def is_system(schema: str, name: str) -> bool:
    """Whether a table name means a system table or view (a temporary table never does).

    >>> is_system("", "svv_tables"), is_system("mart", "pg_orders"), is_system("", "orders")
    (True, False, False)
    """
    if schema in ("pg_catalog", "information_schema"):
        return True
    return not schema and name.startswith(PREFIXES) and (name in OWN or name in ENGINE)


def redirect(table: exp.Table) -> None:
    """Point a system table at its own view in `rs`. Raises: RedshiftError for one that Redshift lacks."""
    schema, name = table.db.lower(), table.name.lower()
    if schema == "rs" or (schema.startswith("pg_toast") or schema == "pg_temp"):
        raise RedshiftError("3F000", f'schema "{schema}" does not exist')
    if table.catalog:
        table.set("catalog", None)
    if not is_system(schema, name):
        return
    if schema == "information_schema":
        if name not in INFORMATION_SCHEMA:
            raise RedshiftError("42P01", f'relation "information_schema.{name}" does not exist')
        rename(table, f"information_{name}")
        return
    if name not in OWN and name not in ENGINE:
        raise RedshiftError("42P01", f'relation "{name}" does not exist')
    table.set("db", exp.to_identifier("rs" if name in OWN else "pg_catalog"))


def rename(table: exp.Table, name: str) -> None:
    """Point a table of INFORMATION_SCHEMA at its view in `rs`; its columns keep their qualifier."""
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(name))
    table.set("db", exp.to_identifier("rs"))
