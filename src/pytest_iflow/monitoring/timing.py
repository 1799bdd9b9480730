"""How far the tenant's clock is from ours, and how sure that is."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from threading import Lock

from pytest_iflow.transport.exchange import Exchange

RESOLUTION = 1.0
"""Seconds: a ``Date`` header has no fractions. The clocks of one tenant's hosts agree so far (assumed)."""

UNMEASURED = 5.0
"""Seconds by which the clocks may differ before the first answer with a ``Date`` (assumed)."""


@lru_cache(maxsize=8)
def _moment(date: str) -> float | None:
    """Read a ``Date`` header, in seconds since the epoch; many answers of a second have the same."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


class ClockDifference:
    """The tenant's clock minus ours: ``seconds``, with an error of at most ``uncertainty``.

    An answer was written between the moment when its request began and the moment when it had arrived.
    Each answer narrows the range of possible differences. One that contradicts the range begins a new one:
    somebody has set a clock. Threads may observe at the same time.
    """

    def __init__(self) -> None:
        self._range: tuple[float, float] | None = None
        self._lock = Lock()

    def observe(self, exchange: Exchange) -> None:
        """Measure with an exchange; one whose answer has no ``Date`` is ignored."""
        date = _moment(exchange.response.headers.get("date", ""))
        if date is None:
            return
        started = exchange.started.timestamp()
        low, high = date - started - exchange.seconds, date + RESOLUTION - started
        with self._lock:
            if self._range is not None:
                narrower = max(low, self._range[0]), min(high, self._range[1])
                if narrower[0] <= narrower[1]:
                    low, high = narrower
            self._range = low, high

    @property
    def seconds(self) -> float:
        """The middle of the range; positive when the tenant's clock is ahead."""
        return sum(self._range) / 2 if self._range else 0.0

    @property
    def uncertainty(self) -> float:
        """How far the true difference may be from ``seconds``, in either direction."""
        low, high = self._range or (-UNMEASURED, UNMEASURED)
        return max(RESOLUTION, (high - low) / 2)

    def to_tenant(self, moment: datetime) -> datetime:
        """Return what the tenant's clock showed at a ``moment`` of ours."""
        return moment + timedelta(seconds=self.seconds)
