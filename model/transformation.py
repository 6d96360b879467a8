"""A table that the warehouse makes itself: `warehouse/<schema>/<table>.sql`, with its design beside it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from model.table_design import QuerySource, TableDesign

# What such a design may declare; the other fields speak of rows that come from elsewhere.
TRANSFORMATION_FIELDS = (
    *("description", "columns", "load", "key", "cursor", "distribution", "sort", "unload", "allow_empty", "checks"),
    *("flow", "view"),
)
_VIEW_FIELDS = ("description", "columns", "view")


class Transformation(TableDesign):
    """One SELECT, and the table that holds its rows: the columns' types as declared, their names as in the SELECT."""

    source: QuerySource
    load: Literal["replace", "merge", "append"] = Field(
        default="replace",
        description="replace: all rows of the SELECT; merge: its rows by their key; append: those of the window.",
    )

    @model_validator(mode="before")
    @classmethod
    def _speaks_of_no_load(cls, declared: Any) -> Any:
        for name in declared.keys() - {*TRANSFORMATION_FIELDS, "schema_name", "table_name", "source"}:
            allowed = ", ".join(TRANSFORMATION_FIELDS)
            raise ValueError(f"{name}: is no field of a transformation (expected one of {allowed})")
        if str(declared.get("view", "")).lower() != "true":
            return declared
        for name in declared.keys() & (set(TRANSFORMATION_FIELDS) - set(_VIEW_FIELDS)):
            raise ValueError(f"{name}: is no field of a view (expected one of {', '.join(_VIEW_FIELDS)})")
        return declared | {"distribution": "auto"}

    @model_validator(mode="after")
    def _names_are_those_of_the_select(self) -> Transformation:
        declared, selected = set(self.column_names), set(self.source.column_names)
        if missing := sorted(declared - selected):
            raise ValueError(f"columns: '{missing[0]}' is not in the SELECT (expected {', '.join(sorted(selected))})")
        if surplus := sorted(selected - declared):
            raise ValueError(f"columns: the SELECT's '{surplus[0]}' is not among them (expected it to be declared)")
        return self
