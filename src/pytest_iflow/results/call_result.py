"""How long the calls of a scenario took."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from pytest_iflow.results.json_format import Seconds
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import Exchange

SLOWEST = 10
"""Calls of one scenario that are kept, and calls of a run that its page shows."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call of an iFlow: method and URL without query, status of the answer, seconds to its last byte."""

    call: str
    status: int
    seconds: Seconds

    @classmethod
    def of(cls, exchange: Exchange) -> CallResult:
        """Return what is kept of an exchange; secrets are masked."""
        request = exchange.request
        call = mask(f"{request.method} {request.url.partition('?')[0]}")
        return cls(call, exchange.response.status, exchange.seconds)


def slowest(calls: Iterable[CallResult]) -> tuple[CallResult, ...]:
    """Return the calls that took longest, the slowest first."""
    return tuple(heapq.nlargest(SLOWEST, calls, key=attrgetter("seconds")))
