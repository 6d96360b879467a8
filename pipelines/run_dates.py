"""Which days a run is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from prefect.runtime import flow_run

from model.errors import ConfigError
from model.window import last_complete_day

_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)


def run_dates(run_date: date | None, since: date | None, until: date | None, time_zone: str) -> list[date]:
    """The days, oldest first: `run_date`, or those of `[since, until)`, or the last complete day.

    The last complete day is that before the scheduled time, not before now: late and retried runs keep their date.
    Raises: ConfigError where the parameters contradict each other.
    """
    for day in (run_date, since, until):
        if day and not _FIRST <= day <= _LAST:
            raise ConfigError(f"Cannot choose the days: {day} is out of range (expected {_FIRST} to {_LAST}).")
    if since is None and until is None:
        if run_date:
            return [run_date]
        scheduled: datetime | None = flow_run.scheduled_start_time
        return [last_complete_day(scheduled or datetime.now(UTC), time_zone)]
    if run_date or since is None or until is None:
        raise ConfigError(
            f"Cannot choose the days: run_date is {run_date}, since is {since}, until is {until} "
            "(expected run_date alone, or since and until together). Leave out what is too much."
        )
    if since >= until:
        raise ConfigError(
            f"Cannot choose the days: since {since} is not before until {until} "
            "(expected an earlier date: until itself is not loaded). Correct one of them."
        )
    return [since + timedelta(days=day) for day in range((until - since).days)]


def run_name() -> str:
    """The name of a flow run: its flow and its days."""
    parameters = flow_run.parameters
    chosen = [parameters.get(name) for name in ("run_date", "since", "until", "time_zone")]
    try:
        days = run_dates(*chosen)
    except ConfigError:
        return str(flow_run.flow_name)
    return f"{flow_run.flow_name} {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "")
