"""The ledger of loads, and the lease that says which run may publish a table.

A run that begins to load a table takes its lease, at once: the run that held it can no longer publish. So a killed
run blocks nobody. A run that ends gives the lease back. Only a backfill waits for a lease that another flow holds
(tasks/wait_for_lease): it has time, and the schedule has not.
"""

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
    "checks",
)
_RECENT = 12
LOADED, FAILED = "loaded", "failed"
# They put the rows of a table aside, and others in their place.
REBUILD, RESTORE = SWITCHING_FLOWS = ("rebuild", "restore")

_metadata = sa.MetaData(schema=LEDGER_SCHEMA)

# One row per publish, which commits with the rows it speaks of (state loaded), or per failed load (state failed).
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
    # All of these are NULL where the load failed.
    sa.Column("manifest", sa.VARCHAR(1024)),
    sa.Column("extracted_row_count", sa.BIGINT),
    sa.Column("extracted_size_bytes", sa.BIGINT),
    sa.Column("copied_row_count", sa.BIGINT),
    sa.Column("inserted_row_count", sa.BIGINT),
    sa.Column("updated_row_count", sa.BIGINT),
    sa.Column("unchanged_row_count", sa.BIGINT),
    sa.Column("deleted_row_count", sa.BIGINT),
    sa.Column("target_row_count", sa.BIGINT),
    sa.Column("checks", sa.VARCHAR(1024)),
    sa.Column("state", sa.VARCHAR(16), nullable=False),
    sa.Column("cause", sa.VARCHAR(4096)),
    # UTC; the first by the clock of the run, the second by that of the warehouse.
    sa.Column("started_at", sa.TIMESTAMP),
    sa.Column("finished_at", sa.TIMESTAMP, nullable=False),
    redshift_diststyle="ALL",
    redshift_sortkey=["table_name", "run_date"],
)

# The last row of a table with event `taken` names the run that may publish it. Rows are only added: statements on
# different tables then never conflict, and no run waits for another's publish.
leases = sa.Table(
    "leases",
    _metadata,
    sa.Column("table_name", sa.VARCHAR(255), nullable=False),
    sa.Column("run_id", sa.VARCHAR(64), nullable=False),
    sa.Column("flow", sa.VARCHAR(127), nullable=False),
    sa.Column("event", sa.VARCHAR(8), nullable=False),
    sa.Column("at", sa.TIMESTAMP, nullable=False),
    redshift_diststyle="ALL",
    redshift_sortkey=["table_name", "at"],
)
TAKEN, RELEASED = "taken", "released"


def take_lease(load: Load) -> sa.Insert:
    return _lease_event(load, TAKEN)


def release_lease(load: Load) -> sa.Insert:
    return _lease_event(load, RELEASED)


def lease_holder(load: Load) -> sa.Select:
    """The run that took the lease last; empty where none ever did."""
    return (
        sa.select(leases.c.run_id)
        .where(leases.c.table_name == load.table, leases.c.event == TAKEN)
        .order_by(leases.c.at.desc())
        .limit(1)
    )


def lease(load: Load) -> sa.Select:
    """The last event of the table's lease: run_id, flow, age_seconds, is_released; no row where there is none.

    A run that has lost its lease gives back nothing, so a release is always of the run that holds it.
    """
    age = sa.func.datediff(sa.text("second"), leases.c.at, sa.func.getdate())
    return (
        sa.select(
            leases.c.run_id, leases.c.flow, age.label("age_seconds"), (leases.c.event == RELEASED).label("is_released")
        )
        .where(leases.c.table_name == load.table)
        .order_by(leases.c.at.desc())
        .limit(1)
    )


def held_leases() -> sa.Select:
    """The leases that nobody has given back, a row a table: table_name, run_id, flow, age_seconds."""
    newest_first = sa.func.row_number().over(partition_by=leases.c.table_name, order_by=leases.c.at.desc())
    events = sa.select(*leases.c, newest_first.label("position")).subquery("events")
    age = sa.func.datediff(sa.text("second"), events.c.at, sa.func.getdate())
    return sa.select(events.c.table_name, events.c.run_id, events.c.flow, age.label("age_seconds")).where(
        events.c.position == 1, events.c.event == TAKEN
    )


def runs_with_leases() -> sa.Select:
    """The runs that ever took a lease: run_id, and age_seconds since the last time."""
    age = sa.func.datediff(sa.text("second"), sa.func.max(leases.c.at), sa.func.getdate())
    return sa.select(leases.c.run_id, age.label("age_seconds")).where(leases.c.event == TAKEN).group_by(leases.c.run_id)


def taken_at(load: Load) -> sa.Select:
    """When this run took the lease last, by the warehouse's clock: one row, NULL where it never did."""
    return sa.select(sa.func.max(leases.c.at)).where(
        leases.c.table_name == load.table, leases.c.run_id == load.run_id, leases.c.event == TAKEN
    )


def give_back(table: str, run_id: str, flow: str) -> sa.Insert:
    """The release of a lease in the name of a run that cannot do so itself."""
    now: sa.ColumnElement = sa.literal_column("SYSDATE")
    return sa.insert(leases).values(table_name=table, run_id=run_id, flow=flow, event=RELEASED, at=now)


def _lease_event(load: Load, event: str) -> sa.Insert:
    # SYSDATE counts microseconds, GETDATE whole seconds.
    return sa.insert(leases).values(
        table_name=load.table, run_id=load.run_id, flow=load.flow, event=event, at=sa.literal_column("SYSDATE")
    )


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
        loads.c.state == LOADED,
    )


def loads_by_run(load: Load) -> sa.Select:
    """How many loads of the table this run has in the ledger: one row, one column."""
    return sa.select(sa.func.count()).where(loads.c.table_name == load.table, loads.c.run_id == load.run_id)


def end_of_window_before(load: Load) -> sa.Select:
    """Up to where the source was read for the window that ends where this one begins; NULL where there is none."""
    assert load.window
    return sa.select(sa.func.max(loads.c.read_until).label("read_until")).where(
        loads.c.table_name == load.table,
        loads.c.until == sa.literal(load.window.since, sa.DateTime()),
        loads.c.state == LOADED,
    )


def recent_loads(load: Load) -> sa.Select:
    """The last loads of the table by the same method that succeeded, newest first."""
    seconds = sa.func.datediff(sa.text("second"), loads.c.started_at, loads.c.finished_at)
    return (
        sa.select(
            loads.c.run_date,
            loads.c.copied_row_count,
            loads.c.inserted_row_count,
            loads.c.updated_row_count,
            loads.c.deleted_row_count,
            loads.c.target_row_count,
            seconds.label("seconds"),
        )
        .where(loads.c.table_name == load.table, loads.c.method == load.method, loads.c.state == LOADED)
        .order_by(loads.c.finished_at.desc())
        .limit(_RECENT)
    )


def loads_between(table: str, since: datetime, until: datetime) -> sa.Select:
    """The ledger's rows of windows that overlap `[since, until)`, and of switches, oldest first.

    GETDATE counts whole seconds: within one, a load comes before what failed after it.
    """
    overlaps = sa.and_(
        loads.c.since < sa.literal(until, sa.DateTime()), loads.c.until > sa.literal(since, sa.DateTime())
    )
    is_switch = sa.and_(loads.c.flow.in_(SWITCHING_FLOWS), loads.c.state == LOADED)
    return (
        sa.select(loads.c.run_id, loads.c.flow, loads.c.since, loads.c.until, loads.c.read_until, loads.c.state)
        .where(loads.c.table_name == table, sa.or_(overlaps, is_switch))
        .order_by(loads.c.finished_at, loads.c.state.desc(), loads.c.started_at)
    )


def newest_source_bound(load: Load) -> sa.Select:
    """One row: source_bound, the newest moment of the source as of which rows were loaded; NULL where none is known."""
    return sa.select(sa.func.max(loads.c.source_bound).label("source_bound")).where(
        loads.c.table_name == load.table, loads.c.state == LOADED
    )


def last_loads(table: str | None, most: int) -> sa.Select:
    """The newest rows of the ledger, newest first; `table` None: of all tables."""
    rows = sa.select(loads) if table is None else sa.select(loads).where(loads.c.table_name == table)
    return rows.order_by(loads.c.finished_at.desc()).limit(most)


def state_before_switch(load: Load) -> sa.Select:
    """As of which moment (UTC) the rows are that the last switch has put aside; one row, or none."""
    of_table = loads.c.table_name == load.table, loads.c.state == LOADED
    is_switch = loads.c.flow.in_(SWITCHING_FLOWS)
    last = sa.select(sa.func.max(loads.c.finished_at)).where(*of_table, is_switch).scalar_subquery()
    return (
        sa.select(sa.func.coalesce(loads.c.source_bound, loads.c.finished_at).label("moment"))
        .where(*of_table, loads.c.finished_at < last)
        .order_by(loads.c.finished_at.desc())
        .limit(1)
    )


def newest_windows() -> sa.Select:
    """One row per table that was ever loaded: read_until, the end of its windows (NULL: it has none), and loaded_at,
    the moment in UTC as of which the whole table was last loaded (NULL: never as a whole)."""
    whole = sa.case((loads.c.until.is_(None), sa.func.coalesce(loads.c.source_bound, loads.c.finished_at)))
    return (
        sa.select(
            loads.c.table_name,
            sa.func.max(loads.c.read_until).label("read_until"),
            sa.func.max(whole).label("loaded_at"),
        )
        .where(loads.c.state == LOADED)
        .group_by(loads.c.table_name)
    )


def existing_ledger() -> sa.Select:
    """One row where the ledger exists, else none."""
    tables = sa.table("svv_tables", sa.column("table_schema"), sa.column("table_name"))
    return sa.select(tables.c.table_name).where(tables.c.table_schema == LEDGER_SCHEMA, tables.c.table_name == "loads")


def insert_ledger_row(load: Load, facts: Mapping[str, object]) -> sa.Insert:
    """The row that commits with the publish; `facts` are the LEDGER_FACTS."""
    return _insert(load, LOADED, facts)


def insert_failure(load: Load, cause: str) -> sa.Insert:
    """The row of a load that failed."""
    return _insert(load, FAILED, {"cause": cause})


def _insert(load: Load, state: str, facts: Mapping[str, object]) -> sa.Insert:
    return sa.insert(loads).values(
        table_name=load.table,
        run_id=load.run_id,
        flow=load.flow,
        method=load.method,
        run_date=load.run_date,
        **_edges("", load.window),
        **_edges("read_", load.read_window),
        source_bound=load.source_bound,
        state=state,
        started_at=load.started_at,
        finished_at=sa.func.getdate(),
        **facts,
    )


def _edges(prefix: str, window: Window | None) -> dict[str, datetime | None]:
    since, until = (window.since, window.until) if window else (None, None)
    return {f"{prefix}since": since, f"{prefix}until": until}
