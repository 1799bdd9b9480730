"""Requests to the API stay below what the tenant allows a user, over all workers of a run.

Each worker has its share for itself. It sends one request after the other, so that however long requests
are under way, the tenant receives one more than the share within a second, at most. There is room for it as
long as the share is one a second or more, which takes no more workers than half of a limit.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrate_limiter import Limiter

MARGIN = 0.8
"""Part of a limit that is used."""

SECOND = 1000
"""In milliseconds."""

MESSAGE_LOGS = 100
"""Requests a second for each user (wire-facts 5.5)."""

_OTHER_LIMITS = {
    # That endpoints count as runtime artifacts is assumed.
    "IntegrationRuntimeArtifacts": 50,
    "ServiceEndpoints": 50,
    "IntegrationPackages": 10,
    "IntegrationDesigntimeArtifacts": 10,
}


class Throttle:
    """Lets requests of one of ``workers`` processes pass, as many a second as its share is."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._limiters: dict[int, Limiter] = {}

    def wait(self, path: str) -> None:
        """Block until a request for ``path``, which begins with an entity set, may be sent."""
        limit = _OTHER_LIMITS.get(re.split(r"\W", path, maxsplit=1)[0], MESSAGE_LOGS)
        if limit not in self._limiters:
            self._limiters[limit] = _limiter(limit, self._workers)
        self._limiters[limit].try_acquire()


def _limiter(limit: int, workers: int) -> Limiter:
    """A window that slides, for a share of ``limit``; of less than one a second they are further apart."""
    from pyrate_limiter import (
        InMemoryBucket,
        Limiter,
        Rate,
    )
    from pyrate_limiter.limiter import SingleBucketFactory

    share = min(limit * MARGIN / workers, limit / workers - 1)
    apart = math.ceil(SECOND * workers / (limit * MARGIN))
    rate = Rate(math.floor(share), SECOND) if share >= 1 else Rate(1, max(SECOND, apart))
    # Without the library's thread that clears the bucket: a run does not ask so often that it would matter.
    return Limiter(SingleBucketFactory(InMemoryBucket([rate]), schedule_leak=False))
