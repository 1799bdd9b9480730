"""The sliding window of requests."""

from __future__ import annotations

from pytest_iflow.emulator.rate_limit import RateLimit


class _Clock:
    """A clock that stands until it is set, in seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_as_many_as_the_limit_are_let_in_and_no_more() -> None:
    """The fourth within one second is told to come back in a second."""
    limit = RateLimit(3, _Clock())
    assert [limit.retry_after() for _ in range(5)] == [None, None, None, 1, 1]


def test_window_slides_with_the_requests() -> None:
    """Room is made by those that are a second old, not at the turn of a second."""
    clock = _Clock()
    limit = RateLimit(2, clock)
    admitted = []
    for clock.now in (100.0, 100.6, 100.9, 101.0, 101.5, 101.6):
        admitted.append(limit.retry_after() is None)
    assert admitted == [True, True, False, True, False, True]


def test_refused_requests_take_no_room() -> None:
    """Whoever keeps asking is let in as soon as anybody else would be."""
    clock = _Clock()
    limit = RateLimit(1, clock)
    assert [limit.retry_after() for _ in range(3)] == [None, 1, 1]
    clock.now += 1
    assert limit.retry_after() is None


def test_own_clock_is_used_if_none_is_given() -> None:
    """The first request of all is let in."""
    assert RateLimit(1).retry_after() is None
