"""Points in time as the command takes them; the rest is tested with the command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pytest_iflow.recording.from_logs import moment

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        ("2h", NOW - timedelta(hours=2)),
        ("1d", NOW - timedelta(days=1)),
        ("2026-11-29T08:00", datetime(2026, 11, 29, 8, 0, tzinfo=UTC)),
        ("2026-11-29T08:00+01:00", datetime(2026, 11, 29, 8, 0, tzinfo=timezone(timedelta(hours=1)))),
        ("2026-11-29", datetime(2026, 11, 29, tzinfo=UTC)),
    ],
)
def test_points_in_time(text: str, found: datetime) -> None:
    """So long ago, or a date, in UTC where it names no zone."""
    assert moment(text, NOW) == found


@pytest.mark.parametrize("text", ["", "h", "yesterday", "2x", "-1h", "999999999999d", "²h"])
def test_what_is_no_point_in_time(text: str) -> None:
    """Each is told by the command with what it takes."""
    with pytest.raises(ValueError):  # noqa: PT011, each says something else
        moment(text, NOW)
