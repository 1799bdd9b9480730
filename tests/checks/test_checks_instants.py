"""Points in time as messages and features write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pytest_iflow.checks.instants import Instant, instant_in, is_date, is_time, read_duration

MORNING = datetime(2026, 1, 31, 10, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31T10:15:30Z", MORNING),
        ("2026-01-31T11:15:30+01:00", MORNING),
        ("2026-01-31T11:15:30+0100", MORNING),
        ("2026-01-31 10:15:30", MORNING),
        ("2026-01-31T10:15", MORNING.replace(second=0)),
        ("2026-01-31T10:15:30.25Z", MORNING + timedelta(milliseconds=250)),
        ("2026-01-31T10:15:30,1234567Z", MORNING + timedelta(microseconds=123456)),
        ("/Date(1769854530000)/", MORNING),
        ("/Date(1769854530000+0060)/", MORNING),
        ("/Date(-1000)/", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-02-30", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-01-31T25:00:00Z", None),
        ("2026-01-31T24:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("/Date(999999999999999)/", None),
        ("20260131", None),
        ("10:15:30", None),
        ("٢٠٢٦-01-31", None),
        ("2026-01-31\n", None),
        ("", None),
    ],
)
def test_a_text_is_a_point_in_time_or_none(text: str, instant: datetime | None) -> None:
    """In UTC; what no calendar has is none."""
    assert instant_in(text) == instant


@pytest.mark.parametrize(
    ("text", "date", "time"),
    [
        ("2024-02-29", True, False),
        ("2023-02-29", False, False),
        ("10:15", False, True),
        ("23:59:59.999+01:00", False, True),
        ("24:00", False, False),
        ("2026-01-31T10:15:30Z", False, True),
        ("/Date(0)/", False, True),
        ("noon", False, False),
    ],
)
def test_dates_and_times_are_told_apart(text: str, *, date: bool, time: bool) -> None:
    """A day is no time, and a time no day."""
    assert (is_date(text), is_time(text)) == (date, time)


def test_named_points_in_time_are_those_of_the_moment_at_which_they_are_asked_for() -> None:
    """Days begin at midnight, UTC."""
    now = Instant("now").at()
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)
    today = Instant("today").at()
    assert today <= now < today + timedelta(days=1, minutes=1)
    assert Instant("tomorrow").at() - Instant("yesterday").at() in (timedelta(days=2), timedelta(days=3))
    assert Instant.of_text("2026-01-31T10:15:30Z").at() == MORNING
    with pytest.raises(ValueError, match="is no point in time"):
        Instant.of_text("soon")


def test_spans_of_time() -> None:
    """In the unit that is written; one that no calendar holds is refused."""
    assert read_duration("1 minute") == timedelta(minutes=1)
    assert read_duration("1.5 days") == timedelta(hours=36)
    with pytest.raises(ValueError, match="longer than any calendar"):
        read_duration("99999999999999999999 weeks")
