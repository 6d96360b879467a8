"""The generator of the music service's files."""

from __future__ import annotations

import json
import re
from datetime import date

import boto3
import pytest

from sandbox.__main__ import main
from sandbox.music import seed_songplays
from sandbox.music.catalogue import song
from sandbox.music.listening import events
from sandbox.servers import ServerError

DAY = date(2018, 11, 1)


def test_events_of_a_day_are_always_the_same_and_of_that_day():
    songs = [song(number) for number in range(50)]
    made = list(events(DAY, 3000, songs))
    assert made == list(events(DAY, 3000, songs)) != list(events(date(2018, 11, 2), 3000, songs))
    assert all(1541030400000 <= one["ts"] < 1541116800000 for one in made)
    assert len({(one["sessionId"], one["itemInSession"]) for one in made}) == len(made)
    assert {one["userId"] == "" for one in made} == {one["song"] is None for one in made} == {True, False}
    titles = {(one["title"], one["artist_name"]) for one in songs}
    plays = [one for one in made if one["page"] == "NextSong"]
    found = sum((one["song"], one["artist"]) in titles for one in plays)
    assert 0.6 < found / len(plays) < 0.8
    assert any('"Mozilla' in (one["userAgent"] or "") for one in made)
    assert {len(one) for one in made} == {18}


def test_seed_songplays_command_puts_every_event_into_the_file_of_its_day(sandbox_environment, capsys):
    bucket = sandbox_environment["LAKE_BUCKET"]
    assert main(["seed-songplays", "--events", "1000", "--songs", "1001", "--days", "3"]) == 0
    assert re.search(r"1001 songs.\n1000 events of 3 days", capsys.readouterr().out)
    s3 = boto3.client("s3")
    found = {}
    for prefix in ("log_data/", "song_data/"):
        for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
            body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            found[item["Key"]] = [json.loads(line) for line in body.splitlines()]
            assert body.isascii() and (prefix == "song_data/" or rb"\/" in body)
            s3.delete_object(Bucket=bucket, Key=item["Key"])
    days = [f"log_data/2018/11/2018-11-{day:02}-events.json" for day in (1, 2, 3)]
    assert sorted(found) == [*days, "song_data/00/songs-0000.json", "song_data/00/songs-0001.json"]
    assert sum(len(found[day]) for day in days) == 1000


def test_seed_songplays_fewer_events_than_days_is_refused(sandbox_environment):
    with pytest.raises(ServerError, match="expected one a day"):
        list(seed_songplays(sandbox_environment, 2, 1, DAY, 3))
