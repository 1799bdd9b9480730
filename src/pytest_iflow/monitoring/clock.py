"""How far the tenant's clock is from ours, measured from the ``Date`` headers of its answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from pytest_iflow.transport.exchange import Exchange

RESOLUTION = 1.0
"""Seconds: a ``Date`` header has no fractions. The clocks of one tenant's hosts agree so far (assumed)."""

UNMEASURED = 5.0
"""Seconds by which the clocks may differ before the first answer with a ``Date`` (assumed)."""


@lru_cache(maxsize=8)
def _moment(date: str) -> float | None:
    """Read a ``Date`` header, in seconds since the epoch; many answers of one second have the same."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


class ClockDifference:
    """The tenant's clock minus ours: ``seconds``, with an error of at most ``uncertainty``.

    An answer was written between the moment when its request began and the moment when it had arrived.
    Each answer narrows the range of possible differences. One that contradicts the range begins a new one:
    somebody has set a clock.
    """

    def __init__(self) -> None:
        self._range: tuple[float, float] | None = None

    def observe(self, exchange: Exchange) -> None:
        """Measure with an exchange; one whose answer has no ``Date`` is ignored."""
        date = _moment(exchange.response.headers.get("date", ""))
        if date is None:
            return
        started = exchange.started.timestamp()
        low, high = date - started - exchange.seconds, date + RESOLUTION - started
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
        return max(RESOLUTION, (self._range[1] - self._range[0]) / 2) if self._range else UNMEASURED

    def to_tenant(self, moment: datetime) -> datetime:
        """Return what the tenant's clock showed at a ``moment`` of ours."""
        return moment + timedelta(seconds=self.seconds)
