"""MERGE as Redshift has it: no alias on the target, both branches, no conditions, a table as source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler


class MergeInto(Executable, sa.ClauseElement):
    """Rows of `source` update the target's rows of equal `key`, or are inserted.

    `values` are the columns that the source does not have: the same expression in both branches.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html

    >>> from sql.render import render
    >>> source = sa.Table("s", sa.MetaData(), sa.Column("id"), sa.Column("name"))
    >>> target = sa.Table("t", sa.MetaData(), sa.Column("id"), sa.Column("name"), schema="mart")
    >>> print(render(MergeInto(target, source, ["id"], {})))
    MERGE INTO mart.t USING s AS staged ON mart.t.id = staged.id
    WHEN MATCHED THEN UPDATE SET name = staged.name
    WHEN NOT MATCHED THEN INSERT (id, name) VALUES (staged.id, staged.name)
    """

    inherit_cache = False

    def __init__(
        self,
        target: sa.Table,
        source: sa.Table,
        key: Sequence[str],
        values: Mapping[str, sa.ColumnElement],
    ) -> None:
        self.target = target
        self.source = source
        self.key = key
        self.values = values


@compiles(MergeInto)
def _compile(merge: MergeInto, compiler: SQLCompiler, **_: object) -> str:
    quote = compiler.preparer.quote
    source, target = merge.source.alias("staged").columns, merge.target.columns
    values = {column.name: column for column in source} | dict(merge.values)
    # A table of nothing but its key still needs a MATCHED branch: it then sets a key column to itself.
    updated = [name for name in values if name not in merge.key] or list(merge.key[:1])
    assignments = ", ".join(f"{quote(name)} = {compiler.process(values[name])}" for name in updated)
    inserted = ", ".join(quote(name) for name in values)
    expressions = ", ".join(compiler.process(value) for value in values.values())
    condition = compiler.process(sa.and_(*(target[name] == source[name] for name in merge.key)))
    return (
        f"MERGE INTO {compiler.preparer.format_table(merge.target)} "
        f"USING {compiler.preparer.format_table(merge.source)} AS staged ON {condition}\n"
        f"WHEN MATCHED THEN UPDATE SET {assignments}\n"
        f"WHEN NOT MATCHED THEN INSERT ({inserted}) VALUES ({expressions})"
    )
