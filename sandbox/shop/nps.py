"""How customers answer when they are asked whether they would recommend the shop, from 0 to 10; pure.

The same days always give the same answers. A week has each kind of day that a score trips over: one without a
promoter (9, 10), one without a detractor (0 to 6), and one on which nobody is either.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

CREATE_MYSQL = """
CREATE TABLE nps (
    id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    score SMALLINT NULL,
    KEY (created_at)
) ENGINE=InnoDB
"""
DAYS_BEFORE = 120
ANSWERS_A_DAY = 20

# Scores by the day of the week, from Monday; on the others every score comes, promoters most often.
SCORES = {0: range(9), 2: range(7, 11), 4: (7, 8)}
USUAL = (*range(11), *(7, 8, 9, 9, 10, 10, 10))


def answers(start: date, day_count: int) -> Iterator[tuple[datetime, int | None]]:
    """(created_at in UTC, score) in the order of time, from 120 days before `start`; one in thirty has no score.

    >>> next(answers(date(2025, 1, 1), 3))
    (datetime.datetime(2024, 9, 3, 0, 0), 6)
    """
    for number in range(-DAYS_BEFORE, day_count):
        day = start + timedelta(days=number)
        draw = random.Random(day.toordinal())  # noqa: S311
        midnight = datetime.combine(day, time.min)
        seconds = [0, 86_399, *(draw.randrange(86_400) for _ in range(draw.randrange(ANSWERS_A_DAY)))]
        for second in sorted(seconds):
            score = draw.choice(SCORES.get(day.weekday(), USUAL))
            yield midnight + timedelta(seconds=second), None if draw.randrange(30) == 0 else score
