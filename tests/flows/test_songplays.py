"""The songplays flow on JSON in S3: a real month where it is at hand, and made files for what goes wrong."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import yaml

from command_line.main import main
from flows.songplays import songplays
from model.errors import ConfigError, DataError, SourceError
from model.patience import Patience
from model.read_design import WAREHOUSE
from model.star_choices import StarChoices
from pipelines import load_table as load_tables
from pipelines import transform_table as transform_tables
from tasks.run_checks import run_checks

REAL = Path(__file__).parents[3] / "shared" / "data" / "sparkify"
NOW = Patience(retries=0, source_timeout_seconds=0)
DAY = date(2018, 11, 1)
STAR = {
    "songplays": "playid",
    "users": "userid",
    "songs": "songid",
    "artists": "artistid",
    "time": "start_time",
}
DECODER = json.JSONDecoder()
EPOCH = datetime(1970, 1, 1)


def records(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a file, whatever stands between them."""
    position = 0
    while match := re.compile(r"\s*(?=\{)").match(text, position):
        record, position = DECODER.raw_decode(text, match.end())
        yield record


def at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def put(world, key, body):
    world.s3.put_object(Bucket=world.environment["LAKE_BUCKET"], Key=key, Body=body)


def star(world):
    """All rows of the star schema, by table."""
    return {name: world.warehouse(f"SELECT * FROM mart.{name} ORDER BY {key}") for name, key in STAR.items()}


def forget(world):
    for schema in ("mart", "staging", "etl"):
        world.warehouse(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def lines(**parameters):
    """Runs the flow's own lines without Prefect around each of some 70 steps, for tests that look at rows."""

    def check(loads, warehouse, _):
        return [run_checks.fn(load, warehouse, "target") for load in loads], []

    with pytest.MonkeyPatch.context() as patch:
        for pipeline in (load_tables, transform_tables):
            patch.setattr(pipeline, "patiently", lambda _: lambda verb: verb.fn)
        patch.setattr("flows.songplays.side_by_side", lambda _, work, loads: [work(load) for load in loads])
        patch.setattr("flows.songplays.check_tables", check)
        patch.setattr("pipelines.new_load.flow_run", SimpleNamespace(id=uuid4().hex))
        patch.setattr("tasks.run_checks.keep_table", lambda *_, **__: None)
        for shown in ("show_in_prefect", "show_checks", "wait_first", "wait_for_delivery"):
            patch.setattr(f"flows.songplays.{shown}", lambda *_: None)
        return songplays.fn(patience=NOW, **parameters)


@pytest.mark.skipif(not REAL.exists(), reason="the sample of real events is not at hand")
def test_songplays_real_month_by_day_and_at_once_is_what_the_files_say(world):
    events, songs = {}, []
    for path in sorted(REAL.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        put(world, str(path.relative_to(REAL)), text.encode())
        found = list(records(text))
        if path.name.endswith("-events.json"):
            events[date.fromisoformat(path.name[:10])] = found
        else:
            songs += found
    assert len(events) == 30
    first, last = min(events), max(events)
    days = {"since": first, "until": last + timedelta(days=1)}
    songplays(**days, patience=NOW)
    at_once = star(world)
    check_against_files(at_once, [event for day in sorted(events) for event in events[day]], songs)
    again = {one.table: one for one in lines(**days)}
    assert star(world) == at_once
    # The window's plays took the place of the same; of the dimensions no row was touched.
    changed = {name for name, one in again.items() if one.inserted_row_count or one.updated_row_count}
    assert changed.isdisjoint({"mart.users", "mart.songs", "mart.artists", "mart.time"})
    lines(**days, choices=StarChoices(dimensions="replace"))
    assert star(world) == at_once
    forget(world)
    for key in world.keys("song_data/"):
        world.s3.delete_object(Bucket="lake", Key=key)
    # The same songs in one file: each of the thirty runs reads them.
    put_songs(world, *songs)
    songplays(run_date=first, patience=NOW)
    for day in sorted(events)[1:]:
        lines(run_date=day)
    assert star(world) == at_once
    lines(run_date=date(2018, 11, 15), choices=StarChoices(events="replace"))
    assert star(world) == at_once


def check_against_files(found, events, songs):
    """Compares the star schema with what Python makes of the files."""
    plays = [event for event in events if event["page"] == "NextSong"]
    fits = {(song["title"], song["artist_name"]): song for song in songs}

    def song_of(play):
        song = fits.get((play["song"], play["artist"]))
        is_near = song and abs(song["duration"] - play["length"]) <= 0.5
        return (song["song_id"], song["artist_id"]) if is_near else (None, None)

    facts = ("level", "sessionId", "location", "userAgent")
    expected = sorted(
        (at(play["ts"]), int(play["userId"]), *(play[name] for name in facts), *song_of(play)) for play in plays
    )
    loaded = [(row[1], row[2], row[3], row[6], row[7], row[8], row[4], row[5]) for row in found["songplays"]]
    assert sorted(loaded, key=str) == sorted(expected, key=str)
    assert any(row[4] for row in found["songplays"])
    newest = {int(event["userId"]): event for event in sorted(events, key=moment) if event["userId"]}
    names = ("firstName", "lastName", "gender", "level")
    assert found["users"] == [(user, *(newest[user][name] for name in names)) for user in sorted(newest)]
    fields = ("song_id", "title", "artist_id", "year", "duration")
    assert found["songs"] == sorted(tuple(song[name] for name in fields) for song in songs)
    artists = {song["artist_id"] for song in songs}
    fields = ("artist_id", "artist_name", "artist_location", "artist_latitude", "artist_longitude")
    assert [row[0] for row in found["artists"]] == sorted(artists)
    places = {tuple(song[name] for name in fields) for song in songs}
    assert all(row in places for row in found["artists"])
    assert found["time"] == [
        (one, one.hour, one.day, one.isocalendar().week, one.month, one.year, one.isoweekday() % 7)
        for one in sorted({at(play["ts"]) for play in plays})
    ]


def moment(event):
    return event["ts"], event["sessionId"], event["itemInSession"]


def event(second=0, **fields):
    """One play of a made day."""
    made = {
        **{"artist": "Björk", "song": "Jóga", "length": 305.0, "page": "NextSong", "level": "free", "userId": "7"},
        **{"firstName": "Ólafur", "lastName": "O'Neil", "gender": "M", "location": "Reykjavík", "method": "PUT"},
        **{"sessionId": 1, "itemInSession": second, "status": 200, "auth": "Logged In", "registration": 1.5e12},
        **{"userAgent": '"Mozilla/5.0 \\ (X11; "Linux")"'},
        "ts": int(datetime(2018, 11, 1, 9, 0, second, 5000, tzinfo=UTC).timestamp() * 1000),
    }
    return made | fields


def song(number=1, **fields):
    made = {"num_songs": 1, "artist_id": "A1", "artist_name": "Björk", "artist_location": "", "song_id": f"S{number}"}
    made |= {"artist_latitude": 64.14598, "artist_longitude": None, "title": "Jóga", "duration": 305.06785, "year": 0}
    return made | fields


def put_events(world, *events, day=DAY):
    body = "\n\n".join(json.dumps(one).replace("/", "\\/") for one in events)
    put(world, f"log_data/{day:%Y/%m/%Y-%m-%d}-events.json", body.encode())


def put_songs(world, *songs):
    put(world, "song_data/A/songs.json", "".join(map(json.dumps, songs)).encode())


def test_songplays_play_is_one_row_whatever_fits_it(world):
    """Two songs fit, one event comes twice, one song is too long, nobody is logged in."""
    put_songs(world, song(1, duration=305.4), song(2, duration=304.9), song(3, duration=305.1), song(4, duration=306))
    nobody = {"userId": "", "firstName": None, "song": None, "artist": None, "length": None, "page": "Home"}
    put_events(
        world,
        *(event(0), event(0), event(1, length=306.3), event(2, length=309.0), event(3, song="jóga")),
        *(event(4, **nobody), event(5, userId="8", level="paid", gender=None)),
    )
    songplays(run_date=DAY, patience=NOW)
    found = star(world)
    plays = {row[1].second: row for row in found["songplays"]}
    assert len(found["songplays"]) == 5
    # Of the same distance the first by its name; 304.9 and 305.1 are both 0.1 off.
    assert plays[0][4] == "S2" and plays[0][5] == "A1"
    assert [plays[second][4] for second in (1, 2, 3)] == ["S4", None, None]
    assert plays[0][2:4] == (7, "free") and plays[0][8] == '"Mozilla/5.0 \\ (X11; "Linux")"'
    assert plays[0][1] == datetime(2018, 11, 1, 9, 0, 0, 5000)
    assert found["users"] == [(7, "Ólafur", "O'Neil", "M", "free"), (8, "Ólafur", "O'Neil", None, "paid")]
    assert found["artists"] == [("A1", "Björk", "", 64.14598, None)]
    raw = "SELECT userid, song, registration, ts FROM staging.staging_events WHERE page = 'Home'"
    assert world.warehouse(raw) == [(None, None, 1.5e12, datetime(2018, 11, 1, 9, 0, 4, 5000))]
    # S1, which no play fits best, leaves the catalogue.
    put_songs(world, song(2, duration=304.9), song(3, duration=305.1), song(4, duration=306))
    for choice, kept in (("merge", ["S1", "S2", "S3", "S4"]), ("replace", ["S2", "S3", "S4"])):
        lines(run_date=DAY, choices=StarChoices(dimensions=choice))
        assert [row[0] for row in star(world)["songs"]] == kept


def test_songplays_newest_level_wins_also_when_an_older_day_comes_later(world):
    put_songs(world, song())
    later = int(timedelta(days=1).total_seconds()) * 1000
    put_events(world, event(0, level="free"), event(1, level="free", userId="9"))
    put_events(world, event(0, level="paid", ts=event(0)["ts"] + later), day=date(2018, 11, 2))
    for day in (date(2018, 11, 2), DAY):
        lines(run_date=day, choices=StarChoices(events="replace"))
        assert world.warehouse("SELECT DISTINCT TRUNC(ts) FROM staging.staging_events") == [(day,)]
    assert [(row[0], row[4]) for row in star(world)["users"]] == [(7, "paid"), (9, "free")]
    assert len(star(world)["songplays"]) == 3


def test_songplays_bad_files_fail_by_file_and_line_and_the_next_good_run_repairs(world):
    put_songs(world, song())
    put_events(world, event(0), event(1))
    songplays(run_date=DAY, patience=NOW)
    before = star(world)
    key = "log_data/2018/11/2018-11-01-events.json"
    good = "\n".join(json.dumps(event(second)) for second in range(3))
    cases = {
        "truncated": (key, good[:-20], rf"s3://lake/{key}, line 3: Invalid JSON"),
        "type": (key, good.replace('"sessionId": 1', '"sessionId": "one"'), rf"{key}, line 1, column sessionid: Inval"),
        "user": (key, json.dumps(event(0, page="Home", userId="abc")), rf"{key}, line 1, column userid: Invalid digit"),
        "nobody": (key, json.dumps(event(0, userId="")), "userid"),
        "year": (
            "song_data/B/x.json",
            json.dumps(song(9, year=3000)),
            r"range\(year\): found 1 row .*\n    song_id 'S9'",
        ),
        "a song": (key, json.dumps(song()), rf"{key}, line 1, column page: Missing data for not-null field"),
        "events": ("song_data/B/x.json", good, r"song_data/B/x.json, line 1, column artist_id: Missing data"),
        "level": (key, json.dumps(event(0, level="gold")), r"accepted_values\(level\): found 1 row"),
    }
    # The flow itself for some of them, its own lines for all others.
    whole = ("truncated", "events", "level")
    for name, (place, body, said) in cases.items():
        put(world, place, body.encode())
        with pytest.raises(DataError, match=said):
            songplays(run_date=DAY, patience=NOW) if name in whole else lines(run_date=DAY)
        assert star(world) == before, name
        world.s3.delete_object(Bucket="lake", Key="song_data/B/x.json")
    put(world, key, good.encode())
    songplays(run_date=DAY, patience=NOW)
    repaired = star(world)
    assert len(repaired["songplays"]) == 3
    state = "SELECT state FROM etl.check_results WHERE check_name = 'accepted_values(level)' AND state = 'failed'"
    assert world.warehouse(state) == [("failed",)]
    assert world.warehouse("SELECT table_name FROM svv_tables WHERE table_name LIKE '%$%'") == []
    forget(world)
    lines(run_date=DAY)
    assert star(world) == repaired


def test_songplays_missing_files_fail_or_leave_out_what_reads_them(world):
    put_songs(world, song())
    with pytest.raises(SourceError, match=r"no file under 's3://lake/log_data/2018/11/2018-11-01-events.json'"):
        songplays(run_date=DAY, choices=StarChoices(missing_files="fail"), patience=NOW)
    loaded = songplays(run_date=DAY, choices=StarChoices(missing_files="skip"), patience=NOW)
    assert [(one.table, one.is_skipped) for one in loaded] == [
        ("staging.staging_events", True),
        ("staging.staging_songs", False),
        ("mart.songs", False),
        ("mart.artists", False),
    ]


def test_songplays_orphans_fail_the_checks_and_are_shown(world, monkeypatch):
    put_songs(world, song())
    put_events(world, event(0), event(1, userId="8", length=0))
    world.warehouse("CREATE SCHEMA mart")
    world.warehouse("CREATE TABLE mart.users AS SELECT 7 AS userid")
    monkeypatch.setattr("flows.songplays.DIMENSIONS", ("mart.songs", "mart.artists", "mart.time"))
    with pytest.raises(DataError, match=r"references\(userid\): found 1 row .*\n    playid '\w{32}', userid '8'\n"):
        lines(run_date=DAY)


@pytest.fixture
def by_the_hour(tmp_path, monkeypatch):
    """The project's designs, with events that come by the hour."""
    folder = tmp_path / "warehouse"
    shutil.copytree(WAREHOUSE, folder)
    path = folder / "staging" / "staging_events.yaml"
    path.write_text(path.read_text().replace("-events.json", "/{hour}-events-*.json"))
    for function in ("read_design", "read_transformation"):
        monkeypatch.setattr(f"model.read_design.{function}.__defaults__", (folder,))


def test_songplays_by_the_hour_loads_this_hour_only(world, by_the_hour):
    put_songs(world, song())
    nine = event(0)
    ten = event(0, ts=nine["ts"] + 3_600_000)
    for hour, part, one in ((9, "a", nine), (9, "b", event(1)), (10, "a", ten)):
        put(world, f"log_data/2018/11/2018-11-01/{hour:02}-events-{part}.json", json.dumps(one).encode())
    for hour, count in ((9, 2), (10, 3), (9, 3)):
        lines(run_date=DAY, hour=hour)
        assert len(star(world)["songplays"]) == count
    whole = star(world)
    lines(run_date=DAY)
    assert star(world) == whole
    windows = "SELECT DISTINCT since, until FROM etl.loads WHERE table_name = 'mart.songplays' ORDER BY 1, 2"
    assert [until - since for since, until in world.warehouse(windows)] == [
        timedelta(days=1),
        timedelta(hours=1),
        timedelta(hours=1),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--run-date", "2018-11-01", "--hour", "7"], r"hour is 7 \(expected files by the hour"),
        (["--run-date", "2018-11-01", "--hour", "24"], "--hour is '24'"),
        (["--run-date", "2018-11-01", "--since", "2018-11-01"], "Cannot choose the days"),
        (["--events", "replace", "--dimensions", "replace"], "users of days that are no longer staged would be lost"),
    ],
)
def test_songplays_wrong_parameters_get_code_2_before_anything_runs(capsys, arguments, said):
    assert main(["songplays", *arguments]) == 2
    assert re.search(said, capsys.readouterr().err)


def test_songplays_dry_run_shows_files_and_statements_in_their_order(world, capsys):
    assert main(["songplays", "--since", "2018-11-30", "--until", "2018-12-02", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    parts = (
        "s3://lake/log_data/2018/11/2018-11-30-events.json",
        "s3://lake/log_data/2018/12/2018-12-01-events.json",
        "COPY staging.staging$staging_events$",
        "FORMAT AS JSON 'auto ignorecase' DATEFORMAT 'auto' TIMEFORMAT 'epochmillisecs' COMPUPDATE OFF",
        "s3://lake/song_data/*",
        "AS made WHERE made.start_time >= '2018-11-30 00:00:00' AND made.start_time < '2018-12-02 00:00:00'",
        "INSERT INTO mart.songplays",
        "MERGE INTO mart.users",
        "LEFT OUTER JOIN mart.time AS referred",
    )
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert world.warehouse("SELECT nspname FROM pg_namespace WHERE nspname IN ('mart', 'staging', 'etl')") == []


def test_songplays_hour_beside_a_design_by_day_is_refused():
    with pytest.raises(ConfigError, match="Leave it out, or add that"):
        songplays.fn(run_date=DAY, hour=3)


def test_songplays_deployment_is_hourly_tries_again_and_never_piles_up():
    entries = yaml.safe_load((WAREHOUSE.parent / "prefect.yaml").read_text())["deployments"]
    [entry] = [one for one in entries if one["entrypoint"] == "flows/songplays.py:songplays"]
    assert entry["schedules"] == [{"cron": "5 * * * *", "timezone": "UTC", "slug": "songplays-hourly"}]
    assert entry["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert entry["parameters"]["patience"] == {"retries": 3, "retry_delay_seconds": 300}
