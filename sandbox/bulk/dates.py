"""Dates and times from COPY's text, by Redshift's formats; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

_EPOCH_DAY = 719_468  # days from 0000-03-01 to 1970-01-01
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(?P<month_name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# Longer parts first. Source: AWS r_DATEFORMAT_and_TIMEFORMAT_strings.
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d{2})",
    "MONTH": _MONTH,
    "MON": _MONTH,
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "HH24": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<hour>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})",
    "SS": r"(?P<second>\d{1,2})(?:\.(?P<fraction>\d{0,6})\d*)?",
    "AM": "(?P<half>am|pm)",
    "PM": "(?P<half>am|pm)",
}
_PART = re.compile("|".join(_PARTS), re.IGNORECASE)
_ZONE = r"(?P<zone>z|utc|gmt|[+-]\d{1,2}(?::?\d{2})?)"
_TIME = rf"(?:[ t]+{_PARTS['HH']}:?{_PARTS['MI']}(?::?{_PARTS['SS']})?(?:\s*{_PARTS['AM']})?)?(?:\s*{_ZONE})?"
# What 'auto' recognises. Source: AWS automatic-recognition.
_AUTO_DATES = (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
    r"(?P<year>\d{4})\.(?P<month>\d{2})\.(?P<day>\d{2})",
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    r"(?P<short_year>\d{2})(?P<month>\d{2})(?P<day>\d{2})",
    r"(?P<month>\d{1,2})[/.-](?P<day>\d{1,2})[/.-](?P<year>\d{4})",
    r"(?P<month>\d{1,2})[/-](?P<day>\d{1,2})[/-](?P<short_year>\d{2})",
    rf"{_MONTH}[ -](?P<day>\d{{1,2}}),?[ -](?P<year>\d{{4}})",
    rf"(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})[ -]{_MONTH}[ -](?P<day>\d{{1,2}})",
)

Reader = Callable[[str], "tuple[datetime, timedelta | None] | None"]


def timestamp_reader(time_format: str, has_zone: bool) -> Reader:
    """What reads one timestamp by a TIMEFORMAT ('' is the default): moment and offset, or None.

    Source: AWS copy-parameters-data-conversion, TIMEFORMAT.
    """
    if time_format in ("epochsecs", "epochmillisecs"):
        return lambda text: _epoch(text, 1 if time_format == "epochsecs" else 1000)
    if time_format == "auto":
        return _auto
    if time_format:
        return lambda text: _by_pattern(_pattern(time_format), text)
    zone = rf"(?:\s*{_ZONE})?" if has_zone else r"(?:[+-]\d{2}(?::?\d{2})?)?"
    default = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d) (?P<hour>\d\d):(?P<minute>\d\d):" + _PARTS["SS"]
    return lambda text: _by_pattern(default + zone, text)


def date_reader(date_format: str) -> Reader:
    """What reads one date by a DATEFORMAT ('' is the default); a time behind the date is ignored."""
    if date_format == "auto":
        return _auto
    if date_format:
        return lambda text: _by_pattern(_pattern(date_format) + r"(?:[ t].*)?", text)
    default = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?:[ t].*)?"
    return lambda text: _by_pattern(default, text)


def format_micros(micros: int) -> str:
    """Microseconds since 1970 as `YYYY-MM-DD HH:MM:SS.ffffff`, with years beyond 9999 too.

    >>> format_micros(1_550_000_000_000_000_000)
    '51087-07-18 19:33:20.000000'
    """
    days, rest = divmod(micros, 86_400_000_000)
    year, month, day = _civil(days)
    seconds, fraction = divmod(rest, 1_000_000)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}"
    is_before_christ = year < 1
    return f"{1 - year if is_before_christ else year:04}-{month:02}-{day:02} {time}{' BC' if is_before_christ else ''}"


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number, in the proleptic Gregorian calendar."""
    era, of_era = divmod(days + _EPOCH_DAY, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return year_of_era + era * 400 + (month >= 10), month + 3 if month < 10 else month - 9, day


@cache
def _pattern(form: str) -> str:
    """A DATEFORMAT or TIMEFORMAT as a regular expression; what is no part stands for itself."""
    pattern, position = "", 0
    for part in _PART.finditer(form):
        pattern += re.escape(form[position : part.start()]) + _PARTS[part.group().upper()]
        position = part.end()
    return pattern + re.escape(form[position:])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _by_pattern(pattern: str, text: str) -> tuple[datetime, timedelta | None] | None:
    match = _compiled(pattern).fullmatch(text.strip())
    return None if match is None else _moment(match.groupdict())


def _auto(text: str) -> tuple[datetime, timedelta | None] | None:
    for pattern in _AUTO_DATES:
        if (found := _by_pattern(pattern + _TIME, text)) is not None:
            return found
    return None


def _epoch(text: str, units_per_second: int) -> tuple[datetime, timedelta | None] | None:
    if not re.fullmatch(r"-?\d{1,15}(\.\d+)?", text.strip()):
        return None
    whole, _, fraction = text.strip().partition(".")
    sign = -1 if whole.startswith("-") else 1
    micros = int(whole) * 1_000_000 + sign * int(fraction[:6].ljust(6, "0") or 0)
    try:
        return datetime(1970, 1, 1) + timedelta(microseconds=micros // units_per_second), timedelta(0)
    except OverflowError:
        return None


def _moment(parts: dict[str, str | None]) -> tuple[datetime, timedelta | None] | None:
    year = int(parts.get("year") or 0)
    if short := parts.get("short_year"):
        year = int(short) + (2000 if int(short) < 70 else 1900)
    month_name = parts.get("month_name")
    month = _MONTHS.index(month_name.lower()) + 1 if month_name else int(parts.get("month") or 1)
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    fraction = int((parts.get("fraction") or "").ljust(6, "0"))
    try:
        moment = datetime(year, month, int(parts.get("day") or 1), hour)
        moment = moment.replace(minute=int(parts.get("minute") or 0), second=int(parts.get("second") or 0))
        return moment.replace(microsecond=fraction), _offset(parts.get("zone"))
    except ValueError:
        return None


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset
