"""What the listeners do on a day, as the application logs it; pure. The same day always gives the same events."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

_DAY_MILLISECONDS = 86_400_000
_PAGES = ("Home", "Home", "Login", "Logout", "Settings", "Help", "About", "Upgrade", "Downgrade", "Error")
_NAMES = ("Ólafur", "Walter", "Kaylee", "José", "Anaïs", "D'Angelo", "Zoë", "Jin")
_CITIES = ("San Francisco-Oakland-Hayward, CA", "Phoenix-Mesa-Scottsdale, AZ", "Ponce, PR", "São Paulo, SP")
_AGENTS = (
    '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/36.0 Safari/537.36"',
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:31.0) Gecko/20100101 Firefox/31.0",
)


def events(day: date, count: int, songs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The events of a day in the order of time; most are plays, of these seven in ten of a song in the catalogue.

    One in thirty is of nobody who is logged in: an empty userId and no name.

    >>> found = next(events(date(2018, 11, 1), 10, []))
    >>> found["ts"], found["userId"]
    (1541030400000, '')
    """
    draw = random.Random(day.toordinal())  # noqa: S311
    midnight = int(datetime.combine(day, time.min, UTC).timestamp() * 1000)
    user_count = max(count // 80, 3)
    for number in range(count):
        happening = {
            "itemInSession": number // user_count,
            "ts": midnight + number * _DAY_MILLISECONDS // count,
            "sessionId": day.toordinal() * 1000 + number % user_count,
            "status": 200 if draw.random() < 0.97 else 307,
        }
        yield happening | (_nobody() if number % 30 == 0 else _somebody(draw, number % user_count, day, songs))


def _nobody() -> dict[str, Any]:
    names = ("artist", "firstName", "gender", "lastName", "length", "location", "registration", "song", "userAgent")
    return dict.fromkeys(names) | {
        "auth": "Logged Out",
        "level": "free",
        "method": "PUT",
        "page": "Login",
        "userId": "",
    }


def _somebody(draw: random.Random, user: int, day: date, songs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    is_play = draw.random() < 0.85
    return {
        **(_play(draw, songs) if is_play else {"artist": None, "length": None, "song": None}),
        "auth": "Logged In",
        "firstName": _NAMES[user % len(_NAMES)],
        "gender": "FM"[user % 2],
        "lastName": f"{_NAMES[user % 7]}son",
        # A quarter of the listeners pays, each in turn for a week.
        "level": "paid" if (user + day.toordinal() // 7) % 4 == 0 else "free",
        "location": _CITIES[user % len(_CITIES)],
        "method": "PUT" if is_play else "GET",
        "page": "NextSong" if is_play else draw.choice(_PAGES),
        "registration": 1540919166796.0 + user,
        "userAgent": _AGENTS[user % len(_AGENTS)],
        "userId": str(user + 1),
    }


def _play(draw: random.Random, songs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not songs or draw.random() < 0.3:
        return {"artist": f"Nobody {draw.randrange(500)}", "length": 200.5, "song": "Unknown"}
    song = songs[draw.randrange(len(songs))]
    # One in ten is a live recording: the same song, and longer than the one in the catalogue.
    longer = 30.0 if draw.random() < 0.1 else 0.0
    return {"artist": song["artist_name"], "length": round(song["duration"] + longer, 5), "song": song["title"]}
