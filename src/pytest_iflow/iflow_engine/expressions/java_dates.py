"""Dates as ``java.text.SimpleDateFormat`` writes them (patterns of its documentation), and ``now+2h``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pytest_iflow.iflow_engine.failures import StepError

_OFFSET = re.compile(r"([+-])((?:\s*\d+\s*(?:ms|[smhdwMyY]))+)")
_UNIT = re.compile(r"(\d+)\s*(ms|[smhdwMyY])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000, "Y": 31536000}
_OF_JAVA = {
    "IST": "Asia/Kolkata",
    "PST": "America/Los_Angeles",
    "CST": "America/Chicago",
    "JST": "Asia/Tokyo",
}
"""Time zones of three letters that Java knows and the tz database does not."""

_TWO_YEAR_DIGITS = 2
_NAME_LENGTH = 3
_MONTH_NAME_LENGTH = 4
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def java_date(pattern: str, instant: datetime) -> str:
    """Write an instant by a pattern such as ``yyyy-MM-dd'T'HH:mm:ss.SSSXXX``.

    Raises StepError for a letter that is no part of the patterns, as Java raises IllegalArgumentException.
    """
    written = []
    for text, quoted in pattern_pieces(pattern):
        if quoted:
            written.append(text)
            continue
        for letter, run in groupby(text):
            count = len(list(run))
            written.append(_written(letter, count, instant) if letter.isalpha() else letter * count)
    return "".join(written)


def shifted(instant: datetime, offset: str) -> datetime:
    """Return an instant with an offset such as ``+2h30m`` or ``-1d`` (Camel's Simple: ``now+2h``)."""
    for sign, amounts in _OFFSET.findall(offset):
        for number, unit in _UNIT.findall(amounts):
            try:
                seconds = int(number) * _SECONDS.get(unit, 60)
                instant += timedelta(seconds=seconds if sign == "+" else -seconds)
            except (OverflowError, ValueError) as error:
                raise StepError(f"the date has no such offset: {offset[:100]}") from error
    return instant


def time_zone(name: str) -> tzinfo:
    """Return a time zone by the name that Java has for it; GMT for an unknown one, as in Java."""
    if not name or name in {"GMT", "UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(_OF_JAVA.get(name, name))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def pattern_pieces(pattern: str) -> list[tuple[str, bool]]:
    """Split a pattern into what is a pattern and what is quoted; two apostrophes are one."""
    pieces: list[tuple[str, bool]] = []
    quoted = False
    parts = pattern.replace("''", "\0").split("'")
    for part in parts:
        if quoted:
            pieces.append((part.replace("\0", "'"), True))
        else:
            for number, piece in enumerate(part.split("\0")):
                if number:
                    pieces.append(("'", True))
                pieces.append((piece, False))
        quoted = not quoted
    if len(parts) % 2 == 0:
        raise StepError(
            f"Unterminated quote in the date pattern {pattern!r}", "java.lang.IllegalArgumentException"
        )
    return pieces


def _written(letter: str, count: int, instant: datetime) -> str:
    writer = _WRITERS.get(letter)
    if writer is None:
        raise StepError(f"Illegal pattern character '{letter}'", "java.lang.IllegalArgumentException")
    return writer(instant, count)


def _number(value: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda instant, count: str(value(instant)).zfill(count)


def _year(instant: datetime, count: int) -> str:
    return f"{instant.year % 100:02}" if count == _TWO_YEAR_DIGITS else str(instant.year).zfill(count)


def _month(instant: datetime, count: int) -> str:
    if count < _NAME_LENGTH:
        return str(instant.month).zfill(count)
    name = MONTH_NAMES[instant.month - 1]
    return name if count >= _MONTH_NAME_LENGTH else name[:_NAME_LENGTH]


def _day_name(instant: datetime, count: int) -> str:
    name = _DAY_NAMES[instant.weekday()]
    return name if count > _NAME_LENGTH else name[:_NAME_LENGTH]


def _rfc_822_zone(instant: datetime, _count: int) -> str:
    return instant.strftime("%z")[:5]


def _iso_zone(instant: datetime, count: int) -> str:
    offset = instant.strftime("%z")[:5]
    if offset in {"+0000", "-0000"}:
        return "Z"
    if count == 1:
        return offset[:3]
    return offset if count == _TWO_YEAR_DIGITS else f"{offset[:3]}:{offset[3:]}"


_WRITERS: dict[str, Callable[[datetime, int], str]] = {
    "G": lambda _instant, _count: "AD",
    "y": _year,
    "u": lambda instant, count: str(instant.isoweekday()).zfill(count),
    "Y": lambda instant, count: _year(instant.replace(year=instant.isocalendar()[0], day=1), count),
    "M": _month,
    "L": _month,
    "w": _number(lambda instant: instant.isocalendar()[1]),
    "W": _number(lambda instant: (instant.day + instant.replace(day=1).weekday() - 1) // 7 + 1),
    "D": _number(lambda instant: instant.timetuple().tm_yday),
    "d": _number(lambda instant: instant.day),
    "F": _number(lambda instant: (instant.day - 1) // 7 + 1),
    "E": _day_name,
    "a": lambda instant, _count: "AM" if instant.hour < 12 else "PM",  # noqa: PLR2004, noon
    "H": _number(lambda instant: instant.hour),
    "k": _number(lambda instant: instant.hour or 24),
    "K": _number(lambda instant: instant.hour % 12),
    "h": _number(lambda instant: instant.hour % 12 or 12),
    "m": _number(lambda instant: instant.minute),
    "s": _number(lambda instant: instant.second),
    "S": _number(lambda instant: instant.microsecond // 1000),
    "z": lambda instant, _count: instant.tzname() or "UTC",
    "Z": _rfc_822_zone,
    "X": _iso_zone,
}
