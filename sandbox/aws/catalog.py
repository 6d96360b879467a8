"""What the Data API's catalog operations read, with SQL, from the warehouse."""

from __future__ import annotations

from typing import Any

TABLES = """
SELECT table_schema, table_name, table_type FROM svv_tables
WHERE table_schema LIKE %s AND table_name LIKE %s ORDER BY table_schema, table_name
"""
COLUMNS = """
SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable,
       column_default, table_schema, table_name
FROM svv_columns
WHERE table_schema LIKE %s AND table_name LIKE %s ORDER BY table_schema, table_name, ordinal_position
"""
TABLE_KINDS = {"BASE TABLE": "TABLE", "EXTERNAL TABLE": "EXTERNAL TABLE", "VIEW": "VIEW"}


def list_databases(connection: Any, request: dict[str, Any]) -> list[str]:
    """Names of all databases but the templates."""
    rows = query(connection, "SELECT datname FROM pg_database ORDER BY datname")
    return [name for (name,) in rows if not name.startswith("template")]


def list_schemas(connection: Any, request: dict[str, Any]) -> list[str]:
    """Names of the schemas that match SchemaPattern."""
    pattern = request.get("SchemaPattern", "%")
    rows = query(connection, "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s ORDER BY nspname", pattern)
    return [name for (name,) in rows]


def list_tables(connection: Any, request: dict[str, Any]) -> list[dict[str, str]]:
    """Tables and views that match both patterns, by schema and name."""
    rows = query(connection, TABLES, request.get("SchemaPattern", "%"), request.get("TablePattern", "%"))
    return [{"schema": schema, "name": name, "type": TABLE_KINDS.get(kind, kind)} for schema, name, kind in rows]


def describe_table(connection: Any, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Columns of the table, in order; no table, no columns."""
    rows = query(connection, COLUMNS, request.get("Schema", "%"), request.get("Table", "%"))
    return [column(*row) for row in rows]


def column(
    name: str,
    data_type: str,
    length: str | None,
    precision: str | None,
    scale: str | None,
    is_nullable: str,
    default: str | None,
    schema: str,
    table: str,
) -> dict[str, Any]:
    found = {
        "name": name,
        "label": name,
        "typeName": data_type,
        "length": int(length or 0),
        "precision": int(precision or length or 0),
        "scale": int(scale or 0),
        "nullable": int(is_nullable.upper().startswith("Y")),
        "schemaName": schema,
        "tableName": table,
        "isCaseSensitive": length is not None,
        "isCurrency": False,
        "isSigned": precision is not None,
    }
    return found if default is None else {**found, "columnDefault": default}


def query(connection: Any, sql: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
