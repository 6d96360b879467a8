"""Files that somebody else puts into the lake: where those of a day or an hour lie, and how COPY reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from string import Formatter
from typing import Literal

from pydantic import Field, field_validator, model_validator

from model.declared import Declared
from model.window import Window

_KEY = r"[A-Za-z0-9!_.*'()=/-]*"
_DATE_FORMAT = r"(%[YymdjbHGVu]|[A-Za-z0-9_=./-])*"
_HOUR = timedelta(hours=1)


class FileSource(Declared):
    """Files that somebody else puts into the lake."""

    files: str = Field(
        description="Their keys: a folder ending with '/', or a key, in which {run_date}, {run_date:%Y}, {hour} and * "
        "stand for the day as 2025-01-31, parts of it, the hour as 07, and any name."
    )
    format: Literal["parquet", "csv", "json"] = Field(description="CSV files have a header line.")
    compression: Literal["none", "gzip", "bzip2", "zstd"] = Field(
        default="none", description="Of CSV and JSON files; Parquet knows its own."
    )
    fields_by: str = Field(
        default="auto ignorecase",
        description="How fields of JSON find their column: by name with 'auto', in any case with 'auto ignorecase', or "
        "by a jsonpaths file: its key, outside the folder of the data.",
    )
    time_format: str = Field(
        default="auto", description="Of CSV and JSON: auto, epochsecs, epochmillisecs, or a pattern as COPY knows it."
    )
    missing: Literal["wait", "skip", "fail"] = Field(
        default="wait", description="What to do while there are no files: wait for them, load nothing, or fail."
    )

    @field_validator("files")
    @classmethod
    def _is_a_template(cls, files: str) -> str:
        for literal, name, spec, conversion in _parsed(files):
            if not re.fullmatch(_KEY, literal):
                raise ValueError(f"'{literal}' is no part of a key (expected letters, digits and !_.*'()=/-)")
            is_known = name in (None, "hour", "run_date") and not conversion
            if not is_known or (name == "hour" and spec) or not re.fullmatch(_DATE_FORMAT, spec or ""):
                raise ValueError("expected nothing in braces but {run_date}, {run_date:%Y-%m-%d} and {hour}")
        if not files or files.startswith("/") or "//" in files:
            raise ValueError("expected a key that does not begin with '/', and no '//'")
        if files.startswith("extracted/"):
            raise ValueError("expected a prefix outside extracted/, whose files are deleted after each run")
        if _names(files) == {"hour"}:
            raise ValueError("expected {run_date} beside {hour}")
        return files

    @field_validator("fields_by")
    @classmethod
    def _is_a_way(cls, fields_by: str) -> str:
        is_key = re.fullmatch(r"[A-Za-z0-9!_.()=-]+(/[A-Za-z0-9!_.()=-]+)*\.json", fields_by)
        if fields_by not in ("auto", "auto ignorecase") and not is_key:
            raise ValueError("expected auto, auto ignorecase, or the key of a jsonpaths file that ends with .json")
        return fields_by

    @field_validator("time_format")
    @classmethod
    def _is_a_format(cls, time_format: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9 :./_-]+", time_format):
            raise ValueError("expected auto, epochsecs, epochmillisecs, or a pattern such as YYYY-MM-DD HH:MI:SS")
        return time_format

    @model_validator(mode="after")
    def _fits_its_format(self) -> FileSource:
        if self.fields_by != "auto ignorecase" and self.format != "json":
            raise ValueError(f"fields_by: found '{self.fields_by}' (expected it only where format is json)")
        if self.jsonpaths and self.prefix and self.jsonpaths.startswith(self.prefix):
            raise ValueError(
                f"fields_by: '{self.jsonpaths}' lies under {self.prefix}, where the data is "
                "(expected another folder: who loads that one would load the file as data)"
            )
        return self

    @property
    def prefix(self) -> str:
        """What all keys begin with; '' where already that depends on the date."""
        return re.split(r"[{*]", self.files, maxsplit=1)[0]

    @property
    def jsonpaths(self) -> str | None:
        return self.fields_by if self.fields_by.endswith(".json") else None

    @property
    def is_dated(self) -> bool:
        return "run_date" in _names(self.files)

    @property
    def is_hourly(self) -> bool:
        return "hour" in _names(self.files)

    def patterns(self, period: Window) -> dict[date, tuple[str, ...]]:
        """By each day of the period, the patterns of its keys: one, or one for each hour of it.

        Files whose keys have no date are of the first day.

        >>> source = FileSource(files="log/{run_date:%Y/%m}/{hour}-*.json", format="json")
        >>> source.patterns(Window(since=datetime(2025, 1, 2, 8), until=datetime(2025, 1, 2, 10)))
        {datetime.date(2025, 1, 2): ('log/2025/01/08-*.json', 'log/2025/01/09-*.json')}
        """
        by_day: dict[date, list[str]] = {}
        for moment in self._moments(period):
            by_day.setdefault(moment.date(), []).append(
                self.files.format(run_date=_Day.of(moment), hour=f"{moment.hour:02}")
            )
        return {day: tuple(found) for day, found in by_day.items()}

    def _moments(self, period: Window) -> Iterator[datetime]:
        """One of each day or hour that the period touches."""
        yield period.since
        step = _HOUR if self.is_hourly else 24 * _HOUR
        start = period.since.replace(minute=0, second=0, microsecond=0)
        moment = (start if self.is_hourly else start.replace(hour=0)) + step
        while self.is_dated and moment < period.until:
            yield moment
            moment += step


def matches(key: str, pattern: str) -> bool:
    """Whether a key is one that the pattern stands for; * is any name in one folder.

    >>> matches("log/a.json", "log/*.json"), matches("log/a/b.json", "log/*.json"), matches("log/a/b.json", "log/")
    (True, False, True)
    """
    expression = re.escape(pattern).replace(r"\*", "[^/]*") + (".*" if pattern.endswith("/") else "")
    return re.fullmatch(expression, key, re.DOTALL) is not None


class _Day(date):
    """A date that is written as ISO where no format is given."""

    @classmethod
    def of(cls, moment: datetime) -> _Day:
        return cls(moment.year, moment.month, moment.day)


def _parsed(files: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(files))
    except ValueError as error:
        raise ValueError(f"{error} (expected {{run_date}} or {{hour}} in braces)") from error


def _names(files: str) -> set[str]:
    return {name for _, name, _, _ in _parsed(files) if name}
