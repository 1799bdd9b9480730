"""How many scenarios act at once: the option ``--parallel``, and the number that ``auto`` finds."""

from __future__ import annotations

from http import HTTPStatus
from statistics import median
from threading import Lock

import pytest

from pytest_iflow.places import Places
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import Exchange

AUTO = "auto"
FIRST = 4
MOST = 32
SLOWER = 1.5
"""``auto`` begins with ``FIRST`` and doubles up to ``MOST``, while the median answer stays below so many
times the first one."""

MOST_GIVEN = 256
"""What ``--parallel`` takes at most: each scenario in flight has a thread and a socket."""

_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def parallel_option(config: pytest.Config, environment: Environment) -> tuple[int, bool]:
    """Return how many scenarios act at once, and whether that number may grow; 1 is one after the other.

    Raises ``UsageError`` for what is no number, and together with ``-n`` of pytest-xdist.
    """
    given = config.getoption("--parallel")
    text = str(given or config.getini("iflow_parallel") or "1").strip().lower()
    if text != AUTO and not (text.isdecimal() and 1 <= int(text) <= MOST_GIVEN):
        where = "--parallel" if given else "iflow_parallel"
        raise pytest.UsageError(f'{where} is a number from 1 to {MOST_GIVEN}, or {AUTO}; it is "{text}"')
    if text == "1":
        return 1, False
    if getattr(config.option, "dist", "no") != "no":
        raise pytest.UsageError(
            "--parallel runs scenarios in threads of one process, -n in several processes: give one of them"
        )
    if text != AUTO:
        return int(text), False
    return (1, False) if environment.protected else (FIRST, True)


class GrowingLimit:
    """Doubles the places of a run while its answers stay as quick as at first; an observer of exchanges.

    An answer 429 or 503 halves them, and they grow no more.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = Lock()
        self._seconds: list[float] = []
        self._first: float | None = None
        self._grows = True

    def observe(self, exchange: Exchange) -> None:
        """Take an answer of an iFlow into account."""
        if exchange.iflow is None:
            return
        with self._lock:
            if exchange.response.status in _BUSY:
                if exchange.is_from_gateway or "retry-after" in exchange.response.headers:
                    self._grows = False
                    self._places.limit = max(1, self._places.limit // 2)
                return
            if not self._grows:
                return
            self._seconds.append(exchange.seconds)
            if len(self._seconds) >= 2 * self._places.limit:
                self._decide()

    def _decide(self) -> None:
        now, self._seconds = median(self._seconds), []
        if self._first is None:
            self._first = now
        self._grows = now < SLOWER * self._first and self._places.limit < MOST
        if self._grows:
            self._places.limit = min(2 * self._places.limit, MOST)
        elif now >= SLOWER * self._first:
            self._places.limit = max(FIRST, self._places.limit // 2)
