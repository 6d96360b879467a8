"""UNLOAD of a query to Parquet in S3; the dialect's UnloadFromSelect lacks CLEANPATH and `IAM_ROLE DEFAULT`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from sql.copy_from_s3 import iam_role, literal


class UnloadToS3(Executable, sa.ClauseElement):
    """UNLOAD that deletes what lies under `uri` first and ends with a verbose manifest at `<uri>manifest`.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html

    >>> from sql.render import render
    >>> print(render(UnloadToS3(sa.select(sa.literal("a").label("x")), "s3://lake/t/", "default")))
    UNLOAD ('SELECT ''a'' AS x') TO 's3://lake/t/' IAM_ROLE DEFAULT FORMAT AS PARQUET CLEANPATH MANIFEST VERBOSE
    """

    inherit_cache = False

    def __init__(self, query: sa.Select, uri: str, iam_role: str) -> None:
        self.query = query
        self.uri = uri
        self.iam_role = iam_role


@compiles(UnloadToS3)
def _compile(unload: UnloadToS3, compiler: SQLCompiler, **kwargs: object) -> str:
    query = str(unload.query.compile(dialect=compiler.dialect, compile_kwargs={"literal_binds": True}))
    return (
        f"UNLOAD ({literal(compiler, query)}) TO {literal(compiler, unload.uri)} "
        f"{iam_role(compiler, unload.iam_role)} FORMAT AS PARQUET CLEANPATH MANIFEST VERBOSE"
    )
