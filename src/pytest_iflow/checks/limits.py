"""Relations of numbers and points in time to limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from pytest_iflow.checks.instants import Instant, instant_in
from pytest_iflow.checks.json_number import WIDE, plain
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import as_text, cut, shown
from pytest_iflow.checks.relations import Literal, Relation, UnfitError, literal, number_of
from pytest_iflow.errors import CheckError

_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "greater than": lambda one, other: one > other,
    "less than": lambda one, other: one < other,
    "at least": lambda one, other: one >= other,
    "at most": lambda one, other: one <= other,
}
COMPARISONS = tuple(_COMPARISONS)
"""The words that compare a value with a number."""


_COUNTED = {"more than": "greater than", "fewer than": "less than"}
"""The words for numbers of things, and those for any number."""


def compared(words: str, limit: Decimal) -> Relation:
    """Greater or less than a number; ``words`` are one of ``COMPARISONS``."""
    compare = _COMPARISONS[words]
    return Relation(f"{words} {cut(plain(limit))}", lambda found: compare(number_of(found), limit))


def count_of(words: str) -> Relation:
    """So many values: ``3``, ``exactly 3``, ``no``, ``at least 3``, ``more than 3`` and their contraries."""
    comparison, _, number = words.rpartition(" ")
    limit = Decimal(0 if words == "no" else number)
    if comparison in ("", "exactly"):
        return literal(Literal(limit))
    return compared(
        {"more than": "greater than", "fewer than": "less than"}.get(comparison, comparison), limit
    )


def between(low: Decimal, high: Decimal) -> Relation:
    """A number between two others, which count as well; raises ValueError where the first is the larger."""
    if low > high:
        raise ValueError(f"nothing is between {plain(low)} and {plain(high)}: the first is the larger one")
    return Relation(
        f"between {cut(plain(low))} and {cut(plain(high))}", lambda found: low <= number_of(found) <= high
    )


def near(wanted: Decimal, tolerance: Decimal) -> Relation:
    """A number that differs from another one by so much at most; raises ValueError for less than nothing."""
    if tolerance < 0:
        raise ValueError("give or take less than nothing")
    low, high = (WIDE.subtract(wanted, tolerance), WIDE.add(wanted, tolerance))
    return Relation(
        f"{cut(plain(wanted))} give or take {cut(plain(tolerance))}",
        lambda found: low <= number_of(found) <= high,
    )


def moment(words: str, instant: Instant) -> Relation:
    """Before or after a point in time."""
    if words == "before":
        return Relation(f"before {instant.written}", lambda found: moment_of(found) < instant.at())
    return Relation(f"after {instant.written}", lambda found: moment_of(found) > instant.at())


def compared_to(words: str, other: Found, name: str) -> Relation:
    """Compare with another value, whose ``name`` is shown.

    ``words`` are one of ``COMPARISONS``, ``before`` or ``after``. Raises CheckError where the other value is
    no number, or no point in time.
    """
    try:
        if words in _COMPARISONS:
            relation = compared(words, number_of(other))
        else:
            at = moment_of(other)
            compare = datetime.__lt__ if words == "before" else datetime.__gt__
            relation = Relation(
                f"{words} {as_text(other.value)}", lambda found: compare(moment_of(found), at)
            )
    except UnfitError as error:
        raise CheckError(f"{name[0].upper()}{name[1:]} is {shown(other.value)}, {error}") from None
    return replace(relation, wanted=f"{relation.wanted} ({name})")


def within(written: str, duration: timedelta, instant: Instant) -> Relation:
    """So close to a point in time, before or after it."""
    return Relation(
        f"within {written} of {instant.written}",
        lambda found: abs(moment_of(found) - instant.at()) <= duration,
    )


def moment_of(found: Found) -> datetime:
    """Return a value as a point in time; raises ``UnfitError`` for what is none."""
    value = instant_in(found.value) if isinstance(found.value, str) else None
    if value is None:
        raise UnfitError("no point in time such as 2026-01-31T12:00:00Z")
    return value
