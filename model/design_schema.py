"""The JSON Schema of design files, for editors: it completes names, shows what they mean, and marks what is wrong.

What only the reader of designs can tell (names of columns, ranges of types) is left to it.
"""

from __future__ import annotations

from typing import Any

from model.column_type import type_names
from model.table_design import TableDesign
from model.transformation import TRANSFORMATION_FIELDS
from model.value_policy import ValuePolicy

_NAMED_BY_PATH = ("schema_name", "table_name")
_OFTEN = ("BIGINT", "INTEGER", "VARCHAR(64)", "DECIMAL(18,2)", "BOOLEAN", "DATE", "TIMESTAMP")


def design_schema() -> dict[str, Any]:
    """The schema of `warehouse/<schema>/<table>.yaml`, of tables that are loaded and of transformations."""
    schema = _without_null(TableDesign.model_json_schema())
    definitions, properties = schema["$defs"], schema["properties"]
    for name in _NAMED_BY_PATH:
        del properties[name]
    for name in ("Column", "ColumnType", "QuerySource", "ValuePolicy"):
        del definitions[name]
    properties["source"] = {
        "description": "Where the rows come from; left out where a .sql file beside the design makes them.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in ("DatabaseSource", "FileSource")],
    }
    properties["columns"] = _columns()
    properties["columns_not_loaded"] = _text_or_list(properties["columns_not_loaded"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "Table of the warehouse",
        "required": ["description", "columns"],
        "allOf": [
            {
                "if": {"required": ["source"]},
                "then": {"required": ["load"]},
                "else": {"propertyNames": {"enum": list(TRANSFORMATION_FIELDS)}},
            },
            {
                "if": {"properties": {"view": {"const": True}}, "required": ["view"]},
                "else": {"required": ["distribution"]},
            },
            _needs("merge", ["key"]),
            _needs("append", ["cursor"]),
            {"if": _is("merge", ["load", "source"]), "then": {"required": ["cursor"]}},
        ],
    }


def _needs(load: str, fields: list[str]) -> dict[str, Any]:
    return {"if": _is(load, ["load"]), "then": {"required": fields}}


def _is(load: str, present: list[str]) -> dict[str, Any]:
    return {"properties": {"load": {"const": load}}, "required": present}


def _columns() -> dict[str, Any]:
    policies = _without_null(ValuePolicy.model_json_schema())["properties"]
    for name, policy in policies.items():
        # An editor reads a bare null as nothing; designs read it as the word.
        policies[name] = {"description": policy["description"], "anyOf": [{"enum": ["error", "null", None]}, _ANY]}
    return {
        "description": "The target's columns in their order: TYPE [NOT NULL], or an object with type and policies.",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z_][a-z0-9_$]*$", "maxLength": 127},
        "additionalProperties": {
            "anyOf": [
                _type(),
                {
                    "type": "object",
                    "properties": {"type": _type(), "source": _SOURCE, "sensitive": _SENSITIVE, **policies},
                    "required": ["type"],
                    "additionalProperties": False,
                },
            ]
        },
    }


_SOURCE = {"description": "Name of the column in the source; left out: the same.", "type": "string", "minLength": 1}
_SENSITIVE = {"description": "Whether reports of failed checks mask its values.", "type": "boolean"}
_ANY: dict[str, Any] = {"type": ["string", "number"]}


def _type() -> dict[str, Any]:
    plain, with_size = ("|".join(_any_case(name) for name in sorted(names)) for names in type_names())
    size = r"(\s*\(\s*\w+\s*(,\s*\d+\s*)?\))?"
    return {
        "description": "Type of the column, lengths in bytes; NOT NULL where every row has a value.",
        "type": "string",
        "anyOf": [
            {"enum": [*_OFTEN, *(f"{name} NOT NULL" for name in _OFTEN)]},
            {"pattern": rf"^\s*(({plain})|({with_size}){size})(\s+{_any_case('NOT NULL')})?\s*$"},
        ],
    }


def _any_case(words: str) -> str:
    """A pattern for the words in upper or lower case: JSON Schema knows no flags.

    >>> _any_case("BY 8")
    '[Bb][Yy]\\\\s+8'
    """
    return r"\s+".join(
        "".join(f"[{letter}{letter.lower()}]" if letter.isalpha() else letter for letter in word)
        for word in words.split()
    )


def _text_or_list(field: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": field["description"],
        "anyOf": [{"const": "*"}, {"type": "array", "items": {"type": "string"}}],
    }


def _without_null(schema: Any) -> Any:
    """A field that may be left out is never written as null."""
    if isinstance(schema, list):
        return [_without_null(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _without_null(part) for name, part in schema.items() if name != "title" or not isinstance(part, str)}
    if {"type": "null"} in kept.get("anyOf", []):
        kept |= next(part for part in kept.pop("anyOf") if part != {"type": "null"})
        kept.pop("default", None)
    return kept
