"""Rate limits."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_iflow.emulator.api.areas import DESIGN_TIME_ARTIFACTS, RUNTIME_ARTIFACTS
from pytest_iflow.emulator.api.rate_limits import RateLimits
from pytest_iflow.emulator.odata.error import ODataError


def test_user_may_send_ten_in_a_second_and_no_more() -> None:
    """The limit of design time (wire-facts 5.5); other areas and other seconds are not concerned."""
    now = 100.0
    counted: Counter[str] = Counter()
    limits = RateLimits(counted, lambda: now)
    for _ in range(10):
        limits.admit(DESIGN_TIME_ARTIFACTS, "a")
    with pytest.raises(ODataError, match="Server's rate limit exceeded") as refused:
        limits.admit(DESIGN_TIME_ARTIFACTS, "a")
    assert refused.value.status == 429
    assert counted == {"Design time artifacts": 1}
    limits.admit(RUNTIME_ARTIFACTS, "a")
    now += 1
    limits.admit(DESIGN_TIME_ARTIFACTS, "a")


def test_users_share_the_limit_of_the_tenant() -> None:
    """Fifteen in a second for all of them."""
    limits = RateLimits(Counter(), lambda: 100.0)
    for number in range(15):
        limits.admit(DESIGN_TIME_ARTIFACTS, f"user-{number % 2}")
    with pytest.raises(ODataError):
        limits.admit(DESIGN_TIME_ARTIFACTS, "another")
