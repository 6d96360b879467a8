"""Which hours a run is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from prefect.runtime import flow_run

from model.errors import ConfigError
from model.window import Window
from pipelines.run_dates import run_dates

_HOUR = timedelta(hours=1)


def run_window(run_date: date | None, hour: int | None, since: date | None, until: date | None, by: str) -> Window:
    """One hour or day of `run_date`, or all days of `[since, until)` at once; in UTC.

    Left out, it is the last complete hour before the scheduled time; `by` day, the day that this hour belongs to, as
    far as it has come.
    Raises: ConfigError where the parameters contradict each other.
    """
    if hour is not None and (by != "hour" or run_date is None):
        needed = "files by the hour, {hour} in their keys" if by != "hour" else "run_date beside it"
        raise ConfigError(f"Cannot choose the hours: hour is {hour} (expected {needed}). Leave it out, or add that.")
    if run_date is None and since is None and until is None:
        scheduled: datetime = flow_run.scheduled_start_time or datetime.now(UTC)
        last = scheduled.astimezone(UTC).replace(tzinfo=None) - _HOUR
        run_date, hour = last.date(), last.hour if by == "hour" else None
    days = run_dates(run_date, since, until, "UTC")
    if hour is not None:
        begin = datetime.combine(days[0], time(hour))
        return Window(since=begin, until=begin + _HOUR)
    return Window(since=Window.of_day(days[0]).since, until=Window.of_day(days[-1]).until)
