"""Points in time: those that a message has, and those that a feature names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Self

from msgspec import Struct

from pytest_iflow.lazy_pattern import lazy_pattern

_ODATA = lazy_pattern(r"/Date\((-?\d{1,15})([+-]\d{1,4})?\)/", re.ASCII)
"""A date of OData V2 in JSON: milliseconds since 1970 (OData V2, JSON format, 4: primitive types)."""
_DATE = lazy_pattern(r"\d{4}-\d\d-\d\d", re.ASCII)
_HOUR = r"(?:[01]\d|2[0-3])"  # Python 3.14 reads 24:00, too
_TIME_OF_DAY = lazy_pattern(rf"{_HOUR}:[0-5]\d(:[0-5]\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_DATE_AND_TIME = lazy_pattern(
    rf"(\d{{4}}-\d\d-\d\d[T ]{_HOUR}:\d\d(?::\d\d)?)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}

DURATION = r"\d+(?:\.\d+)? (?:seconds?|minutes?|hours?|days?|weeks?)"
"""How a feature writes a span of time, as a regular expression."""

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


def instant_in(text: str) -> datetime | None:
    """Return the point in time that a text of a message is, in UTC; None for any other text.

    Dates are the beginning of their day. A time without an offset is taken for UTC: assumed.
    """
    if found := _ODATA.fullmatch(text):
        milliseconds = int(found[1])
        return _or_none(lambda: _BEGIN + timedelta(milliseconds=milliseconds))
    if is_date(text):
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    found = _DATE_AND_TIME.fullmatch(text)
    if found is None:
        return None
    clock, fraction, offset = found.groups()
    digits = f".{fraction[:6]:0<6}" if fraction else ""
    return _or_none(lambda: datetime.fromisoformat(f"{clock}{digits}{offset or 'Z'}").astimezone(UTC))


def is_date(text: str) -> bool:
    """Tell whether a text is a day of the calendar, written 2026-01-31."""
    return bool(_DATE.fullmatch(text)) and _or_none(lambda: date.fromisoformat(text)) is not None


def is_time(text: str) -> bool:
    """Tell whether a text is a time of a day, or a day with a time."""
    return bool(_TIME_OF_DAY.fullmatch(text)) or (not is_date(text) and instant_in(text) is not None)


def read_duration(text: str) -> timedelta:
    """Read a span of time that fits ``DURATION``; raises ValueError for one beyond all calendars."""
    number, unit = text.split(" ")
    try:
        return timedelta(seconds=float(number) * _UNITS[unit.removesuffix("s")])
    except OverflowError:
        raise ValueError(f"{text} is longer than any calendar") from None


class Instant(Struct, frozen=True):
    """A point in time that a feature names, such as ``now`` or ``"2026-01-31T12:00:00Z"``."""

    written: str
    _fixed: datetime | None = None

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Read what stands in quotes; raises ValueError for what is no point in time."""
        fixed = instant_in(text)
        if fixed is None:
            raise ValueError(
                f'"{text}" is no point in time: write it as "2026-01-31" or "2026-01-31T12:00:00Z"'
            )
        return cls(f'"{text}"', fixed)

    def at(self) -> datetime:
        """Return the point in time, which may depend on the moment at which it is asked for."""
        if self._fixed is not None:
            return self._fixed
        now = datetime.now(UTC)
        if self.written == "now":
            return now
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=_DAYS[self.written])


NAMED_INSTANTS = ("now", *_DAYS)
"""Points in time that have a name."""


def _or_none(read: Callable[[], datetime | date]) -> datetime | None:
    try:
        value = read()
    except (ValueError, OverflowError):
        return None
    return value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time(), UTC)
