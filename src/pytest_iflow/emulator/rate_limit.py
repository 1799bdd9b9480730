"""A limit of requests a second, as a window that slides."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

WINDOW = 1.0


class RateLimit:
    """Lets ``limit`` requests in within any one second; ``clock`` tells seconds and never goes back."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._admitted: deque[float] = deque(maxlen=limit)

    def retry_after(self) -> int | None:
        """Let one request in (None), or say in how many whole seconds it may come again."""
        now = self._clock()
        full = len(self._admitted) == self._admitted.maxlen
        if full and (wait := self._admitted[0] + WINDOW - now) > 0:
            return math.ceil(wait)
        self._admitted.append(now)
        return None
