"""Views that bind to no table: their tables can be dropped, widened and filled while they stay."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from model.load import Load
from model.table_design import QuerySource
from sql.tables import target_table


class CreateLateView(Executable, sa.ClauseElement):
    """CREATE VIEW of a SELECT that people wrote: its text goes to the warehouse as it is.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html

    >>> from sql.render import render
    >>> print(render(CreateLateView(sa.Table("v", sa.MetaData(), schema="mart"), "SELECT a FROM mart.t")))
    CREATE OR REPLACE VIEW mart.v AS
    SELECT a FROM mart.t
    WITH NO SCHEMA BINDING
    """

    inherit_cache = False

    def __init__(self, view: sa.Table, query: str) -> None:
        self.view = view
        self.query = query


@compiles(CreateLateView)
def _compile(create: CreateLateView, compiler: SQLCompiler, **_: object) -> str:
    name = compiler.preparer.format_table(create.view)
    return f"CREATE OR REPLACE VIEW {name} AS\n{create.query}\nWITH NO SCHEMA BINDING"


class DropView(Executable, sa.ClauseElement):
    inherit_cache = False

    def __init__(self, view: sa.Table) -> None:
        self.view = view


@compiles(DropView)
def _compile_drop(drop: DropView, compiler: SQLCompiler, **_: object) -> str:
    return f"DROP VIEW {compiler.preparer.format_table(drop.view)}"


def make_view(load: Load, found: Collection[str]) -> list[sa.ClauseElement]:
    """Creates the view, or lets it show another SELECT; `found` are the columns that it has, in their order.

    With the same columns it stays, and so do its grants: CREATE OR REPLACE takes no others.
    """
    is_other = bool(found) and tuple(found) != _query(load).column_names
    return [*([drop_view(load)] if is_other else []), create_view(load)]


def create_view(load: Load) -> CreateLateView:
    return CreateLateView(target_table(load.design), _query(load).sql)


def _query(load: Load) -> QuerySource:
    assert isinstance(load.design.source, QuerySource)
    return load.design.source


def drop_view(load: Load) -> DropView:
    return DropView(target_table(load.design))


def view_definition(load: Load) -> sa.Select:
    """One row where there is a view of that name: its definition.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html (PG_VIEWS is one of these)
    """
    views = sa.table("pg_views", *(sa.column(name) for name in ("schemaname", "viewname", "definition")))
    of_view = views.c.schemaname == load.design.schema_name, views.c.viewname == load.design.table_name
    return sa.select(views.c.definition).where(*of_view)


def first_row(load: Load) -> sa.Select:
    """Its declared columns, of no row: a late-binding view is looked at only when it is read."""
    view = target_table(load.design)
    return sa.select(*view.c).limit(0)
