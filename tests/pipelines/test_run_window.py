"""Which hours a run is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from model.errors import ConfigError
from pipelines import run_dates, run_window

DAY = date(2018, 11, 1)


@pytest.mark.parametrize(
    ("given", "by", "shown"),
    [
        ((DAY, None, None, None), "day", "[2018-11-01 00:00:00, 2018-11-02 00:00:00)"),
        ((DAY, None, None, None), "hour", "[2018-11-01 00:00:00, 2018-11-02 00:00:00)"),
        ((DAY, 23, None, None), "hour", "[2018-11-01 23:00:00, 2018-11-02 00:00:00)"),
        ((None, None, DAY, date(2018, 12, 1)), "day", "[2018-11-01 00:00:00, 2018-12-01 00:00:00)"),
        # Left out: the last complete hour before 00:05 is of the day before.
        ((None, None, None, None), "day", "[2018-11-01 00:00:00, 2018-11-02 00:00:00)"),
        ((None, None, None, None), "hour", "[2018-11-01 23:00:00, 2018-11-02 00:00:00)"),
    ],
)
def test_run_window_is_a_day_an_hour_or_all_days(monkeypatch, given, by, shown):
    scheduled = SimpleNamespace(scheduled_start_time=datetime(2018, 11, 2, 0, 5, tzinfo=UTC))
    for module in (run_window, run_dates):
        monkeypatch.setattr(module, "flow_run", scheduled)
    assert str(run_window.run_window(*given, by)) == shown


@pytest.mark.parametrize(
    ("given", "by"),
    [((None, 7, None, None), "hour"), ((DAY, 7, None, None), "day"), ((None, 7, DAY, date(2018, 11, 3)), "hour")],
)
def test_run_window_hour_that_fits_nothing_is_refused(given, by):
    with pytest.raises(ConfigError, match="hour is 7"):
        run_window.run_window(*given, by)
