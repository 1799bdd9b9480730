"""The rate of all users together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_iflow.load.measured_calls import Throttle
from pytest_iflow.places import PLACES, Places, RunCutShort


def test_users_share_one_rate() -> None:
    """However many ask at once, calls come evenly; who waits knows how long."""
    throttle = Throttle()
    throttle.set(100.0)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        waited = list(pool.map(lambda _: throttle.wait(), range(24)))
    assert time.monotonic() - began >= 0.23
    assert max(waited) > 0.05


def test_without_a_rate_nobody_waits() -> None:
    """Once that is known."""
    throttle = Throttle()
    throttle.set(None)
    assert sum(throttle.wait() for _ in range(1000)) < 0.1


def test_the_end_of_the_load_ends_the_wait() -> None:
    """Neither a user with its turn in a minute holds it up, nor one whose master has not said a word."""
    slow, silent, places = Throttle(), Throttle(), Places(2)
    slow.set(1 / 60)
    slow.wait()
    places.take()
    before = PLACES.set(places)
    places.end()
    for throttle in (slow, silent):
        with pytest.raises(RunCutShort):
            throttle.wait()
    PLACES.reset(before)
