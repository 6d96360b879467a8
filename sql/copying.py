"""COPY into the staging table of a run, and what the warehouse says of it afterwards."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from model.load import Load
from model.table_design import FileSource
from sql.copy_from_s3 import CopyFromS3, copy_options
from sql.tables import deleted_keys_table, staging_table


def copy_into_staging(load: Load, manifest_key: str) -> CopyFromS3:
    source = load.design.source
    options = copy_options(source if isinstance(source, FileSource) else None, load.bucket)
    return CopyFromS3(staging_table(load), load.uri(manifest_key), load.iam_role, options)


def copy_deleted_keys(load: Load, manifest_key: str) -> CopyFromS3:
    return CopyFromS3(deleted_keys_table(load), load.uri(manifest_key), load.iam_role, copy_options(None, load.bucket))


def last_copy_count() -> sa.Select:
    """Rows of the last COPY of this session.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/PG_LAST_COPY_COUNT.html
    """
    return sa.select(sa.func.pg_last_copy_count().label("row_count"))


def load_errors(load: Load, since: datetime) -> sa.Select:
    """The newest record of this run's files that was rejected since then, by the warehouse's clock; on Serverless too,
    where the STL tables are empty.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html
    """
    errors = sa.table(
        "sys_load_error_detail",
        *(sa.column(name) for name in ("file_name", "line_number", "column_name", "error_message", "start_time")),
    )
    prefix = load.uri(load.input_prefix)
    return (
        sa.select(errors.c.file_name, errors.c.line_number, errors.c.column_name, errors.c.error_message)
        .where(
            sa.func.left(errors.c.file_name, len(prefix)) == prefix,
            errors.c.start_time >= sa.literal(since, sa.DateTime()),
        )
        .order_by(errors.c.start_time.desc())
        .limit(1)
    )
