"""Times of calls: how far the tenant's clock is from ours, and how far apart calls of one iFlow have to be.

Calls keep a distance only where a log can be found by nothing but iFlow and time: the tenant's answers name
none, and the call sends no application id of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from threading import Lock
from urllib.parse import urlsplit

from pytest_iflow.monitoring.discovery import described_artifact
from pytest_iflow.places import pause
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX, is_refused, runtime_path
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import APPLICATION_ID, LOG_ID, Exchange

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


ROUNDING = 0.05
"""Seconds that are added, since the times of logs and of filters are rounded."""


class Pacing:
    """Knows when each iFlow was called last, and how long the next call of it has to wait.

    ``clock`` says how surely a time of the tenant is known, ``path_of`` gives the path of the runtime for the
    name of an iFlow, ``workers`` is in how many processes the run goes on, ``pause`` waits some seconds.
    ``advice`` is what would make the run faster, empty while nothing would.
    """

    def __init__(
        self,
        environment: Environment,
        clock: ClockDifference,
        path_of: Callable[[str], str],
        workers: int = 1,
        pause: Callable[[float], None] = pause,
    ) -> None:
        self.advice = ""
        self._environment = environment
        self._clock = clock
        self._path_of = path_of
        self._workers = workers
        self._pause = pause
        self._ended: dict[tuple[str, str | None], float] = {}
        self._apart: dict[tuple[str, str | None], bool] = {}
        self._names_logs: dict[str, bool] = {}
        self._asked: set[str] = set()
        self._artifacts: dict[tuple[str | None, str], str] = {}

    def observe(self, exchange: Exchange) -> None:
        """Note that a call of an iFlow has ended, and whether its answer names the message log.

        One that was turned away leaves no log: it is sent again at once.
        """
        if is_refused(exchange) or (exchange.is_from_gateway and "retry-after" in exchange.response.headers):
            return
        iflow, sent = self._iflow_of(exchange), exchange.application_id
        now = time.monotonic()
        for key in {(iflow, None), (iflow, None if sent and sent.startswith(ONE_CALL_PREFIX) else sent)}:
            before = self._ended.get(key)
            self._apart[key] = before is None or now - exchange.seconds - before >= self.distance
            self._ended[key] = now
        if 0 < exchange.response.status < HTTPStatus.MULTIPLE_CHOICES:
            self._names_logs[iflow] = LOG_ID in exchange.response.headers

    def ask(self, exchange: Exchange) -> None:
        """Note that a step asked about the message of a call, though no phrase had announced it."""
        self._asked.add(self._iflow_of(exchange))

    def is_apart(self, exchange: Exchange) -> bool:
        """Tell whether the last call of this iFlow with this application id kept its distance.

        Where several processes call, nobody knows.
        """
        key = (self._iflow_of(exchange), exchange.application_id)
        return self._workers == 1 and self._apart.get(key, False)

    def wait(self, iflow: str, headers: Mapping[str, str], *, is_judged: bool) -> float:
        """Wait until the next call's log cannot be mistaken for the last one's; return the seconds.

        ``iflow`` and ``headers`` are those of the feature. No call waits whose message nobody asks about:
        ``is_judged`` says that a step ahead does; where it is false, what was asked before counts.

        The log of a call starts while the call lasts. Either log may seem so much earlier or later as the
        tenant's clock is not known.
        """
        if not (self._ended and (is_judged or self._asked)):
            return 0.0
        given = next((text for name, text in headers.items() if name.lower() == APPLICATION_ID.lower()), None)
        described = self._environment.iflows.get(iflow)
        if given is None and described is not None and described.application_id:
            return 0.0
        is_address = iflow.startswith("/")
        path = runtime_path(iflow).partition("?")[0] if is_address else self._path_of(iflow)
        key = self._iflow(iflow, path)
        ended = self._ended.get((key, given or None))
        if ended is None or self._names_logs.get(key) or not (is_judged or key in self._asked):
            return 0.0
        seconds = max(0.0, ended + self.distance - time.monotonic())
        if seconds:
            self._pause(seconds)
        return seconds

    def advise(self, exchange: Exchange) -> None:
        """Set ``advice``: what makes the run faster where a log is found by the time."""
        if self.advice or exchange.mpl_id is not None or exchange.application_id is not None:
            return
        self.advice = (
            f"the answers of {self._environment} name no message log, so it is found by the time, and calls "
            f"of one iFlow keep {self.distance:.0f} s apart. Set application-id = true for the iFlow "
            f'"{exchange.iflow}" in the tenant file: then nothing waits'
        )

    @property
    def distance(self) -> float:
        """Seconds between the end of a call and the begin of the next one."""
        return 2 * self._clock.uncertainty + ROUNDING

    def _iflow_of(self, exchange: Exchange) -> str:
        return self._iflow(exchange.iflow, urlsplit(exchange.request.url).path)

    def _iflow(self, name: str | None, path: str) -> str:
        if (name, path) not in self._artifacts:
            self._artifacts[name, path] = described_artifact(name, path, self._environment) or path
        return self._artifacts[name, path]
