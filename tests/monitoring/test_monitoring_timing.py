"""The tenant's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pytest_iflow.monitoring.timing import RESOLUTION, UNMEASURED, ClockDifference
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange, Request, Response

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def exchange(ahead: float, *, after: float = 0.0, seconds: float = 0.1) -> Exchange:
    """Return one that began ``after`` noon and whose answer was written at once, by a clock ``ahead``."""
    started = NOON + timedelta(seconds=after)
    written = (started + timedelta(seconds=seconds / 2 + ahead)).replace(microsecond=0)
    headers = {"date": format_datetime(written, usegmt=True)}
    return Exchange(Request("GET", "/", {}), Response(200, "OK", headers), started, seconds)


def test_before_the_first_answer_nothing_is_known() -> None:
    """Moments stay what they are, and a wide margin is left."""
    clock = ClockDifference()
    assert (clock.seconds, clock.uncertainty) == (0.0, UNMEASURED)
    assert clock.to_tenant(NOON) == NOON


@pytest.mark.parametrize("ahead", [0.0, 37.3, -3600.5])
def test_the_difference_is_within_the_uncertainty(ahead: float) -> None:
    """One answer is enough for about a second, either way."""
    clock = ClockDifference()
    clock.observe(exchange(ahead))
    assert abs(clock.seconds - ahead) <= clock.uncertainty == RESOLUTION
    assert clock.to_tenant(NOON) == NOON + timedelta(seconds=clock.seconds)


def test_a_slow_answer_leaves_more_in_doubt() -> None:
    """It may have been written at any moment in between."""
    clock = ClockDifference()
    clock.observe(exchange(5.0, seconds=20.0))
    assert clock.uncertainty > 10.0
    assert abs(clock.seconds - 5.0) <= clock.uncertainty


def test_many_answers_narrow_the_difference() -> None:
    """Those right before and after a full second tell the most."""
    clock = ClockDifference()
    for tenths in range(10):
        clock.observe(exchange(2.0, after=tenths / 10))
    assert abs(clock.seconds - 2.0) < 0.15
    assert clock.uncertainty == RESOLUTION


def test_a_clock_that_was_set_is_measured_anew() -> None:
    """What was known before contradicts it."""
    clock = ClockDifference()
    clock.observe(exchange(0.0))
    clock.observe(exchange(600.0))
    assert abs(clock.seconds - 600.0) <= clock.uncertainty


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "tomorrow"}])
def test_an_answer_that_tells_no_time_is_passed_over(headers: dict[str, str]) -> None:
    """A gateway may leave the header out."""
    clock = ClockDifference()
    clock.observe(Exchange(Request("GET", "/", {}), Response(200, "OK", headers), NOON, 0.1))
    assert clock.uncertainty == UNMEASURED


def test_every_answer_of_a_run_is_looked_at(local_run: Run) -> None:
    """The token request already tells the time; the emulator has this machine's clock."""
    local_run.tokens.token("default")
    assert abs(local_run.clock.seconds) <= local_run.clock.uncertainty < UNMEASURED
