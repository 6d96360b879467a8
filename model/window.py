"""Windows of time: half-open, `since` inclusive, `until` exclusive."""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, model_validator

from model.errors import ConfigError


class Window(BaseModel):
    """`[since, until)` on a cursor column, in the zone of that column's values (no offset attached)."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    until: datetime

    @model_validator(mode="after")
    def _is_not_reversed(self) -> Window:
        if self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until}")
        return self

    @classmethod
    def of_day(cls, day: date) -> Window:
        """The window of one calendar day.

        >>> print(Window.of_day(date(2025, 1, 1)))
        [2025-01-01 00:00:00, 2025-01-02 00:00:00)
        """
        midnight = datetime.combine(day, time.min)
        return cls(since=midnight, until=midnight + timedelta(days=1))

    def with_lookback(self, lookback: timedelta) -> Window:
        """The window begun `lookback` earlier, so that it overlaps the one before."""
        return Window(since=self.since - lookback, until=self.until)

    def before(self, bound: datetime) -> Window:
        """The part of the window that lies before `bound`; empty where the window begins at or after it."""
        return Window(since=min(self.since, bound), until=min(self.until, bound))

    def __str__(self) -> str:
        return f"[{self.since}, {self.until})"


def windows_between(since: date, until: date, step: str) -> list[Window]:
    """`[since, until)` in windows of `step`, oldest first; the last ends at `until`, and may be shorter.

    `step` is a number of days or of months: 1d, 7d, 1m. Months are counted from `since`.
    Raises: ConfigError for another step, or where `since` is not before `until`.

    >>> [str(window.since.date()) for window in windows_between(date(2025, 1, 31), date(2025, 4, 1), "1m")]
    ['2025-01-31', '2025-02-28', '2025-03-31']
    """
    match = re.fullmatch(r"([1-9]\d{0,3})([dm])", step)
    if not match:
        raise ConfigError(f"Cannot cut windows: step is '{step}' (expected whole days or months: 1d, 7d, 1m).")
    if since >= until:
        raise ConfigError(f"Cannot cut windows: since {since} is not before until {until} (expected an earlier date).")
    size = int(match[1])
    edges = [since]
    while edges[-1] < until:
        count = len(edges) * size
        edges.append(since + timedelta(days=count) if match[2] == "d" else _months_later(since, count))
    midnights = [datetime.combine(min(edge, until), time.min) for edge in edges]
    return [Window(since=begin, until=end) for begin, end in itertools.pairwise(midnights)]


def _months_later(day: date, count: int) -> date:
    """The same day of a later month, or the last day of that month."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def is_covered(window: Window, parts: Iterable[Window]) -> bool:
    """Whether `parts` together reach from the window's begin to its end.

    >>> day, next_day = Window.of_day(date(2025, 1, 1)), Window.of_day(date(2025, 1, 2))
    >>> both = Window(since=day.since, until=next_day.until)
    >>> is_covered(both, [next_day, day]), is_covered(both, [day]), is_covered(day, [both])
    (True, False, True)
    """
    reached = window.since
    for part in sorted(parts, key=lambda part: part.since):
        if part.since <= reached:
            reached = max(reached, part.until)
    return reached >= window.until


def last_complete_day(moment: datetime, time_zone: str) -> date:
    """The day before the one that `moment` (with an offset) falls into in `time_zone`.

    Raises: ConfigError for a time zone that nobody knows.

    >>> last_complete_day(datetime.fromisoformat("2025-01-02T23:30+00:00"), "Europe/Berlin")
    datetime.date(2025, 1, 2)
    """
    if time_zone not in available_timezones():
        raise ConfigError(
            f"Cannot find the run date: '{time_zone}' is no time zone (expected a name such as Europe/Berlin)."
        )
    return moment.astimezone(ZoneInfo(time_zone)).date() - timedelta(days=1)
