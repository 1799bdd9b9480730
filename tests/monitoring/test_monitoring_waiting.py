"""Waiting: looks at growing intervals, through troubles that pass, to the end of the time and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pytest_iflow.errors import CheckError, MonitoringError, MonitoringProblem
from pytest_iflow.monitoring.waiting import TIME_TO_LOOK, wait_until


def trouble(kind: MonitoringProblem, retry_after: float | None = None) -> MonitoringError:
    """What a look may meet."""
    return MonitoringError("the API is not well", kind=kind, retry_after=retry_after)


def looks_then(outcome: bool | Exception, *before: bool | Exception) -> Callable[[float], bool]:
    """Look and see ``before``, one after the other, then always ``outcome``."""
    left = iter(before)

    def look(_deadline: float) -> bool:
        seen = next(left, outcome)
        if isinstance(seen, Exception):
            raise seen
        return seen

    return look


def test_what_is_there_is_seen_at_once() -> None:
    """Without any wait."""
    waited = wait_until(looks_then(True), 60)
    assert (waited.seen, waited.looks, waited.trouble) == (True, 1, None)


def test_there_are_few_looks_and_the_last_is_at_the_end() -> None:
    """The intervals grow."""
    moments: list[float] = []

    def look(_deadline: float) -> bool:
        moments.append(time.monotonic())
        return False

    waited = wait_until(look, 0.9)
    assert not waited.seen
    assert waited.looks == len(moments)
    assert 1 < waited.looks <= 7
    assert moments[-1] - moments[0] >= 0.8


def test_without_time_there_is_one_look() -> None:
    """Which has some seconds to be answered all the same."""
    deadlines: list[float] = []
    began = time.monotonic()

    def look(deadline: float) -> bool:
        deadlines.append(deadline)
        return False

    assert wait_until(look, 0).looks == 1
    assert deadlines[0] >= began + TIME_TO_LOOK


@pytest.mark.parametrize("kind", ["rate-limited", "unavailable", "no-answer", "not-odata"])
def test_a_trouble_that_may_pass_is_waited_through(kind: MonitoringProblem) -> None:
    """And forgotten when it has passed."""
    waited = wait_until(looks_then(True, trouble(kind)), 5)
    assert (waited.seen, waited.looks, waited.trouble) == (True, 2, None)


def test_a_trouble_that_stays_is_told() -> None:
    """It is what the last look met."""
    lasting = trouble("unavailable")
    waited = wait_until(looks_then(lasting, False), 0.2)
    assert (waited.seen, waited.trouble) == (False, lasting)


@pytest.mark.parametrize("kind", ["refused", "forbidden", "not-found"])
def test_a_trouble_that_stays_anyway_ends_the_wait(kind: MonitoringProblem) -> None:
    """No role comes by waiting."""
    with pytest.raises(MonitoringError) as caught:
        wait_until(looks_then(trouble(kind)), 60)
    assert caught.value.kind == kind


def test_a_verdict_ends_the_wait() -> None:
    """What can only be wrong needs no second look."""
    with pytest.raises(CheckError):
        wait_until(looks_then(CheckError("ambiguous")), 60)


def test_the_tenant_says_when_to_come_again() -> None:
    """Retry-After goes before the interval."""
    waited = wait_until(looks_then(True, trouble("rate-limited", 0.4)), 5)
    assert waited.seconds >= 0.4


def test_a_later_moment_prolongs_the_wait() -> None:
    """And the time that is given does not shorten it."""
    until = time.monotonic() + 0.3
    assert wait_until(looks_then(False), 0, not_before=lambda: until).seconds >= 0.25
