"""Numbers and dates in patterns of Java: ``DecimalFormat``, and what ``SimpleDateFormat`` reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import groupby

from pytest_iflow.iflow_engine.expressions.java_dates import MONTH_NAMES, pattern_pieces
from pytest_iflow.iflow_engine.failures import StepError

NUMBER_PATTERN = re.compile(r"[#,]*[0,]*(?:\.0*#*)?")
"""The patterns of numbers that are understood; others are refused."""

_MOST_DIGITS = 2000
LONGEST_PATTERN = 1000

_NUMBERS = frozenset("yMdHhkKmsSDu")
_TEXTS = frozenset("aEzZX")
_MONTHS_BY_NAME = 3
"""Letters of ``M`` from which on the month is written as a name."""

_TWO_DIGITS = 2
_YEARS_AHEAD = 20
"""A year of two digits lies at most so far ahead (Java's documentation)."""

_ZONE = re.compile(r"Z|UTC|GMT|[+-]\d\d(?::?\d\d)?")


def formatted_number(value: Decimal, pattern: str, separator: str) -> str:
    """Write a number by a pattern such as ``#,##0.00``; ``separator`` is what stands for the point."""
    whole, _, fraction = pattern.partition(".")
    least, most = fraction.count("0"), len(fraction)
    with localcontext(prec=_MOST_DIGITS):
        rounded = abs(value).quantize(Decimal(1).scaleb(-most), rounding=ROUND_HALF_EVEN)
    digits, _, decimals = format(rounded, "f").partition(".")
    digits = digits.lstrip("0").rjust(whole.count("0"), "0")
    decimals = decimals[:least] + decimals[least:].rstrip("0")
    if not digits and not decimals:
        digits = "0"
    if "," in whole:
        size = len(whole) - whole.rindex(",") - 1
        first = len(digits) % size
        groups = [digits[:first]] if first else []
        groups += [digits[place : place + size] for place in range(first, len(digits), size)]
        digits = ",".join(groups)
    sign = "-" if value < 0 and rounded else ""
    return sign + digits + (separator + decimals if decimals else "")


def dates_are_understood(pattern: str) -> bool:
    """Tell whether dates of a pattern can be read."""
    letters = {one for text, quoted in pattern_pieces(pattern) if not quoted for one in text if one.isalpha()}
    return letters <= _NUMBERS | _TEXTS - {"z"}


def read_date(text: str, pattern: str) -> datetime:
    """Return what a text says by a pattern, in UTC where it has no zone; a 13th month is of the next year.

    What follows the date is not looked at, as Java's ``parse`` has it. Raises StepError.
    """
    rest, read = text.strip(), dict[str, str]()
    parts = [
        (run, quoted)
        for piece, quoted in pattern_pieces(pattern)
        for run in ([piece] if quoted else ["".join(one) for _, one in groupby(piece)])
        if run
    ]
    for number, (run, quoted) in enumerate(parts):
        letter, count = run[0], len(run)
        if quoted or not letter.isalpha():
            if not rest.startswith(run):
                raise _unreadable(text, pattern)
            rest = rest[count:]
            continue
        following, is_text = parts[number + 1] if number + 1 < len(parts) else ("", True)
        joined = not is_text and following[0] in _NUMBERS
        found = _field(letter, count, joined=joined).match(rest)
        if found is None:
            raise _unreadable(text, pattern)
        read[letter] = found[0]
        rest = rest[found.end() :]
        if letter == "y" and count == _TWO_DIGITS and len(found[0]) == _TWO_DIGITS:
            read["y"] = str(_full_year(int(found[0])))
    return _instant(read, text, pattern)


def _unreadable(text: str, pattern: str) -> StepError:
    return StepError(f'Unparseable date: "{text}" (pattern {pattern})', "java.text.ParseException")


def _field(letter: str, count: int, *, joined: bool) -> re.Pattern[str]:
    if letter == "a":
        return re.compile("[AaPp][Mm]")
    if letter in "ZX":
        return _ZONE
    if letter == "E" or (letter == "M" and count >= _MONTHS_BY_NAME):
        return re.compile("[A-Za-z]+")
    return re.compile(rf"\d{{1,{count}}}" if joined else r"\d{1,9}")


def _full_year(short: int) -> int:
    now = datetime.now(UTC).year
    year = now - now % 100 + short
    return year - 100 if year > now + _YEARS_AHEAD else year


def _instant(read: dict[str, str], text: str, pattern: str) -> datetime:
    month = read.get("M", "1")
    if not month.isdigit():
        names = [place for place, name in enumerate(MONTH_NAMES, 1) if name[:3].lower() == month[:3].lower()]
        if not names:
            raise _unreadable(text, pattern)
        month = str(names[0])
    hour = int(read.get("H", read.get("k", "0"))) % (24 if "k" in read else 1000)
    if "h" in read or "K" in read:
        hour = int(read.get("h", read.get("K", "0"))) % 12 + (12 if read.get("a", "").upper() == "PM" else 0)
    months = int(month) - 1
    try:
        begun = datetime(int(read.get("y", "1970")) + months // 12, months % 12 + 1, 1, tzinfo=UTC)
        return begun + timedelta(
            days=int(read.get("D", read.get("d", "1"))) - 1,
            hours=hour,
            minutes=int(read.get("m", "0")) - _zone_minutes(read.get("Z", read.get("X", ""))),
            seconds=int(read.get("s", "0")),
            milliseconds=int(read.get("S", "0")),
        )
    except (ValueError, OverflowError) as error:
        raise _unreadable(text, pattern) from error


def _zone_minutes(zone: str) -> int:
    digits = re.sub(r"\D", "", zone).ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    return -minutes if zone.startswith("-") else minutes
