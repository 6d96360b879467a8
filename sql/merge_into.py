"""MERGE as Redshift has it: no alias on the target, both branches, no conditions, a table as source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler


class MergeInto(Executable, sa.ClauseElement):
    """Rows of `source` update the target's rows of equal key, or are inserted.

    `values` are the target's columns and what each gets, the same in both branches; `key` names some of them.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html

    >>> from sql.render import render
    >>> source = sa.Table("s", sa.MetaData(), sa.Column("id"), sa.Column("name")).alias("staged")
    >>> target = sa.Table("t", sa.MetaData(), sa.Column("id"), sa.Column("name"), schema="mart")
    >>> print(render(MergeInto(target, source, ["id"], {"id": source.c.id, "name": source.c.name})))
    MERGE INTO mart.t USING s AS staged ON mart.t.id = staged.id
    WHEN MATCHED THEN UPDATE SET name = staged.name
    WHEN NOT MATCHED THEN INSERT (id, name) VALUES (staged.id, staged.name)
    """

    inherit_cache = False

    def __init__(
        self, target: sa.Table, source: sa.FromClause, key: Sequence[str], values: Mapping[str, sa.ColumnElement]
    ) -> None:
        self.target = target
        self.source = source
        self.key = key
        self.values = values


@compiles(MergeInto)
def _compile(merge: MergeInto, compiler: SQLCompiler, **_: object) -> str:
    quote, values = compiler.preparer.quote, merge.values
    # A table of nothing but its key still needs a MATCHED branch: it then sets a key column to itself.
    updated = [name for name in values if name not in merge.key] or list(merge.key[:1])
    assignments = ", ".join(f"{quote(name)} = {compiler.process(values[name])}" for name in updated)
    inserted = ", ".join(quote(name) for name in values)
    expressions = ", ".join(compiler.process(value) for value in values.values())
    condition = compiler.process(sa.and_(*(merge.target.c[name] == values[name] for name in merge.key)))
    return (
        f"MERGE INTO {compiler.preparer.format_table(merge.target)} "
        f"USING {compiler.process(merge.source, asfrom=True)} ON {condition}\n"
        f"WHEN MATCHED THEN UPDATE SET {assignments}\n"
        f"WHEN NOT MATCHED THEN INSERT ({inserted}) VALUES ({expressions})"
    )
