"""Values in filters and keys."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from pytest_iflow.monitoring.filters import instant, literal


def test_a_quote_within_a_text_is_doubled() -> None:
    """Else it would end the literal, and what follows would be a filter of somebody else's."""
    assert literal("O'Neill' or 'a' eq 'a") == "'O''Neill'' or ''a'' eq ''a'"


def test_a_moment_is_told_in_utc_without_zone() -> None:
    """Which is how the tenant reads it (wire-facts 5.1)."""
    moment = datetime(2014, 9, 1, 1, 30, 0, 123456, timezone(timedelta(hours=2)))
    assert instant(moment) == "datetime'2014-08-31T23:30:00.123'"
