"""How many requests a second the API serves (wire-facts 5.5)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from pytest_iflow.emulator.api.areas import Area
from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.rate_limit import RateLimit

TOO_MANY_REQUESTS = 429


class RateLimits:
    """The limits of each area, for the tenant as a whole and for each user; ``clock`` as in RateLimit.

    ``refused`` tallies requests that were one too many, by area.

    Assumed: that a request which is one too many for its user does not count for the tenant, and that
    the answer does not say when to come again.
    """

    def __init__(self, refused: Counter[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._refused = refused
        self._clock = clock
        self._limits: dict[tuple[str, str | None], RateLimit] = {}

    def admit(self, area: Area, client_id: str) -> None:
        """Let a request of a client in; raises ODataError (429) if it is one too many."""
        for user, limit in ((client_id, area.per_user), (None, area.per_tenant)):
            limits = self._limits.setdefault((area.name, user), RateLimit(limit, self._clock))
            if limits.retry_after() is not None:
                self._refused[area.name] += 1
                raise ODataError(TOO_MANY_REQUESTS, "Too many requests. Server's rate limit exceeded.")
