from datetime import date, datetime, timedelta

import pytest
from pydantic import ValidationError

from model.errors import ConfigError
from model.window import Window, last_complete_day


def test_window_reversed_is_refused():
    with pytest.raises(ValidationError, match="is after until"):
        Window(since=datetime(2025, 1, 2), until=datetime(2025, 1, 1))


def test_of_day_neighbours_share_one_edge():
    assert Window.of_day(date(2025, 1, 1)).until == Window.of_day(date(2025, 1, 2)).since


def test_with_lookback_moves_only_since():
    window = Window.of_day(date(2025, 3, 1)).with_lookback(timedelta(days=1))
    assert window == Window(since=datetime(2025, 2, 28), until=datetime(2025, 3, 2))


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (datetime(2025, 1, 5), "[2025-01-01 00:00:00, 2025-01-02 00:00:00)"),
        (datetime(2025, 1, 1, 12), "[2025-01-01 00:00:00, 2025-01-01 12:00:00)"),
        (datetime(2024, 12, 31), "[2024-12-31 00:00:00, 2024-12-31 00:00:00)"),
    ],
)
def test_before_ends_no_later_than_the_bound(bound, expected):
    assert str(Window.of_day(date(2025, 1, 1)).before(bound)) == expected


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2025-01-02T03:00+00:00", "UTC", date(2025, 1, 1)),
        ("2025-01-01T23:30+00:00", "Europe/Berlin", date(2025, 1, 1)),
        ("2025-01-01T22:30+00:00", "Europe/Berlin", date(2024, 12, 31)),
        ("2025-01-02T03:00+00:00", "America/New_York", date(2024, 12, 31)),
    ],
)
def test_last_complete_day_depends_on_the_zone(moment, zone, day):
    assert last_complete_day(datetime.fromisoformat(moment), zone) == day


def test_last_complete_day_unknown_zone_names_it():
    with pytest.raises(ConfigError, match="'Mars/Olympus' is no time zone"):
        last_complete_day(datetime.fromisoformat("2025-01-02T03:00+00:00"), "Mars/Olympus")
