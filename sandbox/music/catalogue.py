"""The songs of the catalogue, each from its number alone; pure."""

from __future__ import annotations

import random
from typing import Any

_ARTISTS = (
    "Björk",
    "Sigur Rós",
    "Café Tacvba",
    "久石譲",
    "Mötley Crüe",
    "AC/DC",
    'The "Quotes"',
    "Beyoncé",
    "O'Jays",
    "Кино",
)
_WORDS = ("Love", "Night", "Ræve", "Señorita", "雨", "Road", "Fire", "Don't", "Blue", "Home", 'Say "Yes"', "A/B")
_PLACES = (("Reykjavík, Iceland", 64.14598, -21.94224), ("Memphis, TN", 35.14968, -90.04892), ("", None, None))


def song(number: int) -> dict[str, Any]:
    """One song of the catalogue, from 0; an artist has about eight. The fields are those of a file of song_data/.

    >>> found = song(7)
    >>> found["song_id"], found["artist_id"], found["num_songs"]
    ('SO0000007', 'AR000000', 1)
    """
    draw = random.Random(number)  # noqa: S311
    artist = number // 8
    place, latitude, longitude = _PLACES[artist % len(_PLACES)]
    return {
        "num_songs": 1,
        "artist_id": f"AR{artist:06}",
        "artist_latitude": latitude,
        "artist_longitude": longitude,
        "artist_location": place,
        "artist_name": f"{_ARTISTS[artist % len(_ARTISTS)]} {artist}",
        "song_id": f"SO{number:07}",
        "title": f"{_WORDS[number % len(_WORDS)]} {draw.choice(_WORDS)} {number % 5}",
        "duration": round(draw.uniform(60, 600), 5),
        "year": draw.choice((0, 0, draw.randrange(1950, 2018))),
    }
