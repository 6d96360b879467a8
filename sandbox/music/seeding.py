"""Fills the lake with the music service's files.

s3://lake/
    log_data/2018/11/2018-11-01-events.json    the events of a day, an object a line
    song_data/00/songs-0000.json …             the catalogue, a thousand songs a file
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import boto3

from sandbox.music.catalogue import song
from sandbox.music.listening import events
from sandbox.servers.process import ServerError

_SONGS_A_FILE = 1000


def seed_songplays(
    environment: Mapping[str, str], event_count: int, song_count: int, start: date, day_count: int
) -> Iterator[str]:
    """Put the files of `day_count` days and of the catalogue; yield what was done, a line each.

    Files of other days stay. Raises: ServerError for less than one event a day.
    """
    if event_count < day_count:
        raise ServerError(f"Cannot seed '{event_count}' events: too few for {day_count} days (expected one a day).")
    s3 = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    began, bucket = time.monotonic(), environment["LAKE_BUCKET"]
    songs = [song(number) for number in range(song_count)]
    for first in range(0, song_count, _SONGS_A_FILE):
        key = f"song_data/{first // 100_000:02}/songs-{first // _SONGS_A_FILE:04}.json"
        s3.put_object(Bucket=bucket, Key=key, Body=as_lines(songs[first : first + _SONGS_A_FILE]))
    yield f"{song_count} songs."
    for number in range(day_count):
        day = start + timedelta(days=number)
        count = event_count * (number + 1) // day_count - event_count * number // day_count
        key = f"log_data/{day:%Y/%m/%Y-%m-%d}-events.json"
        s3.put_object(Bucket=bucket, Key=key, Body=as_lines(list(events(day, count, songs))))
    yield f"{event_count} events of {day_count} days, in {time.monotonic() - began:.1f} s."


def as_lines(records: list[dict[str, Any]]) -> bytes:
    r"""Objects as the application writes them: a line each, characters beyond ASCII and slashes escaped.

    >>> as_lines([{"a": "é/x"}])
    b'{"a":"\\u00e9\\/x"}'
    """
    return "\n".join(json.dumps(one, separators=(",", ":")).replace("/", "\\/") for one in records).encode()
