"""COPY from a manifest in S3.

The dialect's own CopyCommand binds location and credentials as parameters, which the extended protocol refuses,
and knows no `IAM_ROLE DEFAULT`.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler

from model.file_source import FileSource


class CopyFromS3(Executable, sa.ClauseElement):
    """COPY into all columns of `table`, in their order.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html

    >>> from sql.render import render
    >>> table = sa.Table("t", sa.MetaData(), sa.Column("id"), schema="staging")
    >>> print(render(CopyFromS3(table, "s3://lake/manifest.json", "default", "FORMAT AS PARQUET")))
    COPY staging.t (id) FROM 's3://lake/manifest.json' IAM_ROLE DEFAULT MANIFEST FORMAT AS PARQUET
    """

    inherit_cache = False

    def __init__(self, table: sa.Table, manifest_uri: str, iam_role: str, file_format: str) -> None:
        self.table = table
        self.manifest_uri = manifest_uri
        self.iam_role = iam_role
        self.file_format = file_format


def copy_options(source: FileSource | None, bucket: str) -> str:
    """How COPY reads the files: Parquet for what we extracted (None), else as the design declares it.

    >>> source = FileSource(files="log/{run_date}/", format="json", fields_by="paths/log.json", compression="gzip")
    >>> copy_options(source, "lake")
    "FORMAT AS JSON 's3://lake/paths/log.json' DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF GZIP"
    """
    if source is None or source.format == "parquet":
        return "FORMAT AS PARQUET"
    fields_by = f"s3://{bucket}/{source.jsonpaths}" if source.jsonpaths else source.fields_by
    read_as = {"csv": "CSV IGNOREHEADER 1", "json": f"JSON '{fields_by}'"}[source.format]
    options = f"FORMAT AS {read_as} DATEFORMAT 'auto' TIMEFORMAT '{source.time_format}' COMPUPDATE OFF"
    return options if source.compression == "none" else f"{options} {source.compression.upper()}"


@compiles(CopyFromS3)
def _compile(copy: CopyFromS3, compiler: SQLCompiler, **_: object) -> str:
    columns = ", ".join(compiler.preparer.quote(column.name) for column in copy.table.columns)
    return (
        f"COPY {compiler.preparer.format_table(copy.table)} ({columns}) "
        f"FROM {literal(compiler, copy.manifest_uri)} {iam_role(compiler, copy.iam_role)} MANIFEST {copy.file_format}"
    )


def iam_role(compiler: SQLCompiler, role: str) -> str:
    """Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html"""
    return "IAM_ROLE DEFAULT" if role == "default" else f"IAM_ROLE {literal(compiler, role)}"


def literal(compiler: SQLCompiler, text: str) -> str:
    """`text` quoted, through the dialect."""
    return compiler.render_literal_value(text, sa.String())
