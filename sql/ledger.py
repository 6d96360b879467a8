"""The ledger of loads, and the lease that says which run may publish a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from model.load import Load
from model.window import Window

LEDGER_SCHEMA = "etl"
# What only the run knows of its row in the ledger.
LEDGER_FACTS = (
    "manifest",
    "extracted_row_count",
    "extracted_size_bytes",
    "copied_row_count",
    "inserted_row_count",
    "updated_row_count",
    "unchanged_row_count",
    "deleted_row_count",
    "target_row_count",
)

_metadata = sa.MetaData(schema=LEDGER_SCHEMA)

# One row per publish; it commits with the rows it speaks of.
loads = sa.Table(
    "loads",
    _metadata,
    sa.Column("table_name", sa.VARCHAR(255), nullable=False),
    sa.Column("run_id", sa.VARCHAR(64), nullable=False),
    sa.Column("flow", sa.VARCHAR(127), nullable=False),
    sa.Column("method", sa.VARCHAR(16), nullable=False),
    sa.Column("run_date", sa.DATE, nullable=False),
    # The window that the load is about, and what of the source was read for it; NULL: the whole table.
    sa.Column("since", sa.TIMESTAMP),
    sa.Column("until", sa.TIMESTAMP),
    sa.Column("read_since", sa.TIMESTAMP),
    sa.Column("read_until", sa.TIMESTAMP),
    sa.Column("source_bound", sa.TIMESTAMP),
    sa.Column("manifest", sa.VARCHAR(1024)),
    sa.Column("extracted_row_count", sa.BIGINT),
    sa.Column("extracted_size_bytes", sa.BIGINT, nullable=False),
    sa.Column("copied_row_count", sa.BIGINT, nullable=False),
    sa.Column("inserted_row_count", sa.BIGINT, nullable=False),
    sa.Column("updated_row_count", sa.BIGINT, nullable=False),
    sa.Column("unchanged_row_count", sa.BIGINT, nullable=False),
    sa.Column("deleted_row_count", sa.BIGINT, nullable=False),
    sa.Column("target_row_count", sa.BIGINT, nullable=False),
    sa.Column("published_at", sa.TIMESTAMP, nullable=False),
    redshift_diststyle="ALL",
    redshift_sortkey=["table_name", "run_date"],
)

# One row per table: the run that may publish it. A later run takes it; the earlier one then cannot publish.
leases = sa.Table(
    "leases",
    _metadata,
    sa.Column("table_name", sa.VARCHAR(255), nullable=False),
    sa.Column("run_id", sa.VARCHAR(64), nullable=False),
    sa.Column("taken_at", sa.TIMESTAMP, nullable=False),
    redshift_diststyle="ALL",
)


def take_lease(load: Load) -> list[sa.ClauseElement]:
    """To be run in one transaction. LOCK comes first: two runs that take leases at once then queue."""
    return [
        sa.text(f"LOCK {LEDGER_SCHEMA}.leases"),
        sa.delete(leases).where(leases.c.table_name == load.table),
        sa.insert(leases).values(table_name=load.table, run_id=load.run_id, taken_at=sa.func.getdate()),
    ]


def lease_holder(load: Load) -> sa.Select:
    return sa.select(leases.c.run_id).where(leases.c.table_name == load.table)


def published_by_run(load: Load) -> sa.Select:
    """The ledger's row of this run; empty where it has not published."""
    return sa.select(
        loads.c.inserted_row_count,
        loads.c.updated_row_count,
        loads.c.unchanged_row_count,
        loads.c.deleted_row_count,
        loads.c.target_row_count,
    ).where(
        loads.c.table_name == load.table,
        loads.c.run_id == load.run_id,
        loads.c.run_date == load.run_date,
    )


def end_of_window_before(load: Load) -> sa.Select:
    """Up to where the source was read for the window that ends where this one begins; NULL where there is none."""
    assert load.window
    return sa.select(sa.func.max(loads.c.read_until).label("read_until")).where(
        loads.c.table_name == load.table, loads.c.until == sa.literal(load.window.since, sa.DateTime())
    )


def insert_ledger_row(load: Load, facts: Mapping[str, object]) -> sa.Insert:
    """The row that commits with the publish; `facts` are the LEDGER_FACTS."""
    return sa.insert(loads).values(
        table_name=load.table,
        run_id=load.run_id,
        flow=load.flow,
        method=load.method,
        run_date=load.run_date,
        **_edges("", load.window),
        **_edges("read_", load.read_window),
        source_bound=load.source_bound,
        published_at=sa.func.getdate(),
        **facts,
    )


def _edges(prefix: str, window: Window | None) -> dict[str, datetime | None]:
    since, until = (window.since, window.until) if window else (None, None)
    return {f"{prefix}since": since, f"{prefix}until": until}
