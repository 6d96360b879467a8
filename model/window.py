"""Windows of time: half-open, `since` inclusive, `until` exclusive."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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


def last_complete_day(moment: datetime, time_zone: str) -> date:
    """The day before the one that `moment` (with an offset) falls into in `time_zone`.

    Raises: ConfigError for a time zone that nobody knows.

    >>> last_complete_day(datetime.fromisoformat("2025-01-02T23:30+00:00"), "Europe/Berlin")
    datetime.date(2025, 1, 2)
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"Cannot find the run date: '{time_zone}' is no time zone (expected a name such as Europe/Berlin)."
        ) from error
    return moment.astimezone(zone).date() - timedelta(days=1)
