"""Asking again where that can help."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pytest_iflow.errors import MonitoringError, MonitoringProblem
from pytest_iflow.monitoring.patience import FIRST_WAIT, TRIES, asked_again


class Tenant:
    """Refuses the first ``refusals`` questions, each with a copy of ``error``."""

    def __init__(self, refusals: int, error: Callable[[], Exception]) -> None:
        self.refusals = refusals
        self.error = error
        self.asked = 0

    def __call__(self) -> str:
        """Answer, or refuse."""
        self.asked += 1
        if self.asked <= self.refusals:
            raise self.error()
        return "answer"


def refusal(kind: MonitoringProblem, retry_after: float | None = 0.0) -> Callable[[], MonitoringError]:
    """Return what makes an error that says when to come again; at once, unless told otherwise."""
    return lambda: MonitoringError("not now", kind=kind, retry_after=retry_after)


@pytest.mark.parametrize("kind", ["rate-limited", "unavailable", "no-answer"])
def test_what_may_pass_is_asked_again(kind: MonitoringProblem) -> None:
    """Until the answer comes, and not once more."""
    tenant = Tenant(TRIES - 1, refusal(kind))
    assert asked_again(tenant, None) == "answer"
    assert tenant.asked == TRIES


@pytest.mark.parametrize("kind", ["refused", "forbidden", "not-odata", "not-found"])
def test_what_stays_is_not_asked_again(kind: MonitoringProblem) -> None:
    """It would only take time."""
    tenant = Tenant(1, refusal(kind))
    with pytest.raises(MonitoringError, match="not now"):
        asked_again(tenant, None)
    assert tenant.asked == 1


def test_other_errors_are_not_asked_again() -> None:
    """They are none of the tenant's."""
    tenant = Tenant(1, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        asked_again(tenant, time.monotonic() + 60)
    assert tenant.asked == 1


def test_without_a_deadline_it_is_a_few_times() -> None:
    """The last refusal is told as it came."""
    tenant = Tenant(99, refusal("unavailable"))
    with pytest.raises(MonitoringError, match="not now"):
        asked_again(tenant, None)
    assert tenant.asked == TRIES


def test_with_a_deadline_it_is_as_often_as_there_is_time() -> None:
    """More often than without."""
    tenant = Tenant(TRIES + 2, refusal("rate-limited"))
    assert asked_again(tenant, time.monotonic() + 60) == "answer"


def test_a_deadline_that_has_passed_leaves_one_try() -> None:
    """The question itself is always put."""
    tenant = Tenant(1, refusal("unavailable"))
    with pytest.raises(MonitoringError):
        asked_again(tenant, time.monotonic() - 1)
    assert tenant.asked == 1


@pytest.mark.parametrize("deadline", [None, 50.0])
def test_a_tenant_that_wants_more_time_than_there_is_is_not_waited_for(deadline: float | None) -> None:
    """Whoever waits for it anyway would only learn the same later."""
    tenant = Tenant(1, refusal("rate-limited", retry_after=3600))
    with pytest.raises(MonitoringError):
        asked_again(tenant, None if deadline is None else time.monotonic() + deadline)
    assert tenant.asked == 1


def test_between_two_tries_there_is_time() -> None:
    """What the tenant asks for, else a wait of our own."""
    began = time.monotonic()
    assert asked_again(Tenant(1, refusal("unavailable", retry_after=None)), None) == "answer"
    own = time.monotonic() - began
    assert own >= FIRST_WAIT
    assert asked_again(Tenant(1, refusal("unavailable", retry_after=0.7)), None) == "answer"
    assert time.monotonic() - began >= own + 0.7
