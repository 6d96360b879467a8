"""Writes the design that a source's table suggests; whoever owns the table reads it over and commits it."""

from __future__ import annotations

import json
import re

from model.column_type import ColumnType
from model.source_table import MeasuredColumn, SourceTable
from model.type_contract import MAX_VARBYTE_BYTES, MAX_VARCHAR_BYTES, proposed, rule_of

_SMALL_BYTES = 256
_LEAST_BYTES = 16
_MAX_NAME_BYTES = 127
_ROWS_WORTH_A_KEY = 100_000
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.$-]*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_NO_COUNTERPART = {"mysql": ("zero_date",), "postgresql": ("infinity", "minus_infinity")}
# Names of columns that tell when a row last changed; then, when it came.
_CHANGED = re.compile(r"(^|_)(updated|modified|changed|last_?(update|change|modification)d?|upd|mod)(_|$|at|on)")
_CREATED = re.compile(r"(^|_)(created|inserted|added|registered)(_|$|at|on)")


def propose_design(table: SourceTable, database: str, schema: str) -> str:
    """The text of `warehouse/<schema>/<table>.yaml`, complete enough to be committed as it is.

    `database` is the name of the source's block.
    """
    columns, left_out = _columns(table)
    names = {measured.column.name: name for name, (measured, _, _) in columns.items()}
    key = next((tuple(names[one] for one in key) for key in table.keys if all(one in names for one in key)), ())
    cursor, why = _cursor(table, columns)
    is_merge = bool(key and cursor)
    lines = [
        f"# warehouse/{schema}/{target_name(table.name)}.yaml",
        f"# Proposed from {table.name}: {_measured(table)}.",
        f"description: Rows of {table.name} in {database}, in their latest state that was loaded.",
        "source:",
        f"  database: {_scalar(database)}",
        f"  table: {_scalar(table.name)}",
        *(["  lookback_days: 1   # each window reaches back a day, for what came late"] if is_merge else []),
        "columns:",
        *(_column_line(table.kind, name, *column) for name, column in columns.items()),
        *([f"key: [{', '.join(map(_scalar, key))}]"] if key else ["# no key: neither a primary key nor a unique one"]),
        *([f"cursor: {_scalar(cursor)}{why}"] if cursor else ["# no cursor: no column tells when a row changed"]),
        *([f"newest_first: [{_scalar(cursor)}]"] if is_merge and cursor else []),
        *_left_out(left_out),
        f"load: {'merge' if is_merge else 'replace   # the whole table each time'}",
        _distribution(table, key, columns, is_merge),
        *([f"sort: [{_scalar(first)}]"] if (first := cursor or _sortable(key, columns)) else []),
    ]
    return "\n".join(lines) + "\n"


def column_lines(table: SourceTable) -> dict[str, str]:
    """The line of each column, by its name in the warehouse."""
    columns, _ = _columns(table)
    return {name: _column_line(table.kind, name, *column) for name, column in columns.items()}


def target_name(table: str) -> str:
    """The name that a source's table gets in the warehouse.

    >>> target_name("public.Order-Items")
    'order_items'
    """
    return re.sub(r"[^a-z0-9_]", "_", table.rpartition(".")[2].lower())


Columns = dict[str, tuple[MeasuredColumn, ColumnType, str]]


def _columns(table: SourceTable) -> tuple[Columns, dict[str, str]]:
    """The target's columns by name, with type and remark; and the columns that cannot be loaded, with the reason."""
    columns: Columns = {}
    left_out: dict[str, str] = {}
    for measured in table.columns:
        column, name = measured.column, measured.column.name.lower()
        rule = rule_of(column, table.kind)
        if rule is None:
            left_out[column.name] = f"{column.full_type} cannot be read"
        elif not re.fullmatch(r"[a-z_][a-z0-9_$]*", name) or len(name) > _MAX_NAME_BYTES:
            left_out[column.name] = "the warehouse takes letters, digits, _ and $ in names"
        elif name in columns:
            left_out[column.name] = "differs from another column only in case"
        else:
            most = MAX_VARBYTE_BYTES if rule.target.startswith("VARBYTE") else MAX_VARCHAR_BYTES
            width = _width(measured, most, bool(table.measured_row_count))
            has_misfits = measured.measures.misfit_count > 0
            column_type = proposed(column, rule, has_misfits, width, measured.measures.decimals)
            is_otherwise = has_misfits and rule.otherwise
            remark = f"{rule.target.split('(')[0]} would not hold all values" if is_otherwise else ""
            columns[name] = (measured, column_type, remark)
    return columns, left_out


def _left_out(reasons: dict[str, str]) -> list[str]:
    lines = [f"  - {_scalar(name)}   # {reason}" for name, reason in reasons.items()]
    return ["columns_not_loaded:", *lines] if lines else []


def _width(measured: MeasuredColumn, most: int, is_measured: bool) -> int:
    """Bytes: what is declared where that is small, else room for twice the longest value, in powers of two."""
    declared = min(measured.declared_bytes or most, most)
    if declared <= _SMALL_BYTES or not is_measured:
        return declared
    return min(declared, max(_LEAST_BYTES, 1 << (2 * measured.measures.byte_count - 1).bit_length()))


def _column_line(kind: str, name: str, measured: MeasuredColumn, column_type: ColumnType, remark: str) -> str:
    declared = column_type.sql + ("" if measured.is_nullable else " NOT NULL")
    policies, remarks = _policies(kind, measured, column_type)
    fields = [f"source: {_scalar(measured.column.name)}"] if _is_case_kept(kind, measured.column.name) else []
    fields += [f"{policy}: error" for policy in policies]
    if fields:
        written = f'"{declared}"' if "," in declared else declared
        declared = f"{{type: {written}, {', '.join(fields)}}}"
    said = "; ".join(filter(None, [remark, *remarks]))
    return f"  {_scalar(name)}: {declared}" + (f"   # {said}" if said else "")


def _is_case_kept(kind: str, name: str) -> bool:
    """Whether the source tells the name from the one in lower case."""
    return kind == "postgresql" and name != name.lower()


def _policies(kind: str, measured: MeasuredColumn, column_type: ColumnType) -> tuple[list[str], list[str]]:
    """The policies that the values found ask for, all 'error' until somebody decides; and why."""
    policies, remarks, found = [], [], measured.measures
    longest = column_type.staged.length
    is_text = column_type.name in ("VARCHAR", "CHAR")
    if found.no_counterpart_count and not is_text:
        is_number = column_type.name == "DECIMAL"
        policies += [*(["nan"] if is_number else []), *_NO_COUNTERPART[kind]]
        remarks.append(f"no {'number' if is_number else 'date'} in the warehouse: {found.no_counterpart_count}")
    if longest and found.byte_count > longest:
        policies.append("too_long")
        remarks.append(f"the longest has {found.byte_count} bytes")
    if found.nul_count and is_text:
        policies.append("nul_character")
        remarks.append(f"with NUL characters: {found.nul_count}")
    if policies:
        remarks.append("error ends the load, docs/tables.md says what else can be chosen")
    return policies, remarks


def _cursor(table: SourceTable, columns: Columns) -> tuple[str | None, str]:
    """The column that tells best when a row changed, and a remark; None where none does, or where it is often NULL."""
    times = {
        name: measured
        for name, (measured, column_type, _) in columns.items()
        if column_type.name in ("TIMESTAMP", "TIMESTAMPTZ", "DATE") and not measured.measures.null_count
    }
    indexed = {name for name, measured in times.items() if measured.column.name in table.indexed}
    changed = [name for name, measured in times.items() if measured.is_updated_by_source or _CHANGED.search(name)]
    created = [name for name in times if _CREATED.search(name)]
    others = [name for name, measured in times.items() if name in indexed and not measured.is_nullable]
    for found, remark in (
        (changed, ""),
        (created, "tells when a row came: later changes of it are seen only within the lookback"),
        (others, "a guess: check that it tells when a row came or changed"),
    ):
        if found:
            name = min(found, key=lambda one: (not times[one].is_updated_by_source, one not in indexed))
            remarks = [remark, "" if name in indexed else "no index begins with it: each run reads the whole table"]
            said = "; ".join(filter(None, remarks))
            return name, f"   # {said}" if said else ""
    return None, ""


def _sortable(key: tuple[str, ...], columns: Columns) -> str | None:
    """The first column of the key, unless it is bytes, which are sorted and distributed by nothing."""
    return key[0] if key and columns[key[0]][1].name not in ("VARBYTE", "SUPER") else None


def _distribution(table: SourceTable, key: tuple[str, ...], columns: Columns, is_merge: bool) -> str:
    if is_merge and len(key) == 1 and _sortable(key, columns) and table.row_count >= _ROWS_WORTH_A_KEY:
        return f"distribution: {_scalar(key[0])}   # the MERGE joins on it"
    return "distribution: auto"


def _measured(table: SourceTable) -> str:
    if table.is_measured_whole:
        return f"widths and values as in all of its {table.measured_row_count:,} rows"
    order = "the last" if table.keys else "any"
    return f"widths and values as in {order} {table.measured_row_count:,} of about {table.row_count:,} rows"


def _scalar(text: str) -> str:
    """`text` as YAML writes it.

    >>> _scalar("order_id"), _scalar("on"), _scalar("Order Items")
    ('order_id', '"on"', '"Order Items"')
    """
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)
