"""Dates of OData V2."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_iflow.monitoring.wire_date import read_date


def test_milliseconds_since_1970_are_a_moment_in_utc() -> None:
    """As in the recorded message log (wire-facts 5.2)."""
    assert read_date("/Date(1522069440003)/") == datetime(2018, 3, 26, 13, 4, 0, 3000, UTC)


def test_an_offset_does_not_move_the_moment() -> None:
    """It only says where somebody's clock hung."""
    assert read_date("/Date(1522069440003+0120)/") == read_date("/Date(1522069440003)/")


def test_a_moment_before_1970_has_a_minus() -> None:
    """Unlikely in a log, but a date."""
    assert read_date("/Date(-1000)/") == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, "", "2018-03-26T13:04:00", 1522069440003, "/Date()/", f"/Date({10**17})/"]
)
def test_whatever_else_is_no_date(value: object) -> None:
    """Null is what a log has that still runs."""
    assert read_date(value) is None
