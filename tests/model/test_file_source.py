"""Keys of delivered files, by day and hour."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pydantic import ValidationError

from model.file_source import FileSource, matches
from model.window import Window

DAY = Window.of_day(date(2018, 11, 2))
HOUR = Window(since=datetime(2018, 11, 2, 7), until=datetime(2018, 11, 2, 8))
THREE_DAYS = Window(since=datetime(2018, 11, 29), until=datetime(2018, 12, 2))


def patterns(files, period):
    return FileSource(files=files, format="json").patterns(period)


@pytest.mark.parametrize(
    ("files", "period", "expected"),
    [
        ("in/{run_date}/", DAY, ["in/2018-11-02/"]),
        (
            "log_data/{run_date:%Y}/{run_date:%m}/{run_date:%Y-%m-%d}-events.json",
            THREE_DAYS,
            [f"log_data/2018/{day[:2]}/2018-{day}-events.json" for day in ("11-29", "11-30", "12-01")],
        ),
        ("in/{run_date:%Y/%j}/{hour}/", HOUR, ["in/2018/306/07/"]),
        ("in/{run_date}/", HOUR, ["in/2018-11-02/"]),
        ("song_data/", THREE_DAYS, ["song_data/"]),
    ],
)
def test_patterns_are_those_of_the_period(files, period, expected):
    assert [one for found in patterns(files, period).values() for one in found] == expected


def test_patterns_of_a_day_have_each_hour_once():
    found = patterns("in/{run_date}/{hour}.json", THREE_DAYS)
    assert [len(set(of_day)) for of_day in found.values()] == [24, 24, 24]
    assert found[date(2018, 12, 1)][-1] == "in/2018-12-01/23.json"


@pytest.mark.parametrize(
    ("key", "pattern", "is_match"),
    [
        ("in/a.json", "in/a.json", True),
        ("in/a.json.bak", "in/a.json", False),
        ("in/axjson", "in/a.json", False),
        ("in/b/a.json", "in/", True),
        ("in/07-a.json", "in/07-*.json", True),
        ("in/07-a/b.json", "in/07-*.json", False),
    ],
)
def test_matches_is_exact_but_for_stars_and_folders(key, pattern, is_match):
    assert matches(key, pattern) is is_match


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"files": "in/{date}/"}, "nothing in braces but"),
        ({"files": "in/{run_date!r}/"}, "nothing in braces but"),
        ({"files": "in/{run_date:%Q}/"}, "nothing in braces but"),
        ({"files": "in/{hour:02}{run_date}/"}, "nothing in braces but"),
        ({"files": "in/{run_date/"}, "in braces"),
        ({"files": "in/{hour}/"}, "beside {hour}"),
        ({"files": "/in/{run_date}"}, "does not begin with '/'"),
        ({"files": "in/ä/{run_date}"}, "no part of a key"),
        ({"files": "extracted/{run_date}/"}, "outside extracted/"),
        ({"fields_by": "Auto"}, "expected auto, auto ignorecase"),
        ({"fields_by": "a'b.json"}, "expected auto, auto ignorecase"),
        ({"fields_by": "in/paths.json"}, "lies under in/, where the data is"),
        ({"fields_by": "auto", "format": "csv"}, "only where format is json"),
        ({"time_format": "it's"}, "expected auto, epochsecs"),
    ],
)
def test_file_source_bad_field_is_refused(fields, finding):
    with pytest.raises(ValidationError, match=finding):
        FileSource.model_validate({"files": "in/{run_date}/", "format": "json"} | fields)
