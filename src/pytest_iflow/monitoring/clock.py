"""How far the tenant's clock is from ours, measured from the ``Date`` headers of its answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from pytest_iflow.transport.exchange import Exchange

RESOLUTION = 1.0
"""Seconds: a ``Date`` header tells no fractions; hosts of one tenant are not surer than that (assumed)."""

UNMEASURED = 5.0
"""Seconds by which clocks are taken to differ while no answer has told the time (assumed)."""


@lru_cache(maxsize=8)
def _moment(date: str) -> float | None:
    """Read a ``Date`` header, in seconds since the epoch; many answers of a second have the same."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


class ClockDifference:
    """The tenant's clock less ours, in ``seconds``, give or take ``uncertainty``; begins unmeasured.

    An answer was written between the moment when its request began and the moment when it had arrived.
    Each narrows the range, and one that contradicts it begins a new one: a clock was set.
    """

    def __init__(self) -> None:
        self._range: tuple[float, float] | None = None

    def observe(self, exchange: Exchange) -> None:
        """Measure at an exchange whose answer tells the time; others are passed over."""
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
        """Middle of what is possible; positive when the tenant's clock is ahead."""
        return sum(self._range) / 2 if self._range else 0.0

    @property
    def uncertainty(self) -> float:
        """Seconds that ``seconds`` may be wrong, either way."""
        return max(RESOLUTION, (self._range[1] - self._range[0]) / 2) if self._range else UNMEASURED

    def to_tenant(self, moment: datetime) -> datetime:
        """Return what the tenant's clock showed at a ``moment`` of ours."""
        return moment + timedelta(seconds=self.seconds)
