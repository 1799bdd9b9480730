"""When an iFlow may be called, so that the log of the call cannot be mistaken for that of another one.

Calls wait only where a log can be found by nothing but iFlow and time: the tenant's answers name none, and
the call sends no application id of its own. These go one at a time, and keep a distance. Where nobody knows
yet whether the answers name logs, the first call finds it out while others wait.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from threading import Condition, get_ident
from urllib.parse import urlsplit

from msgspec import Struct, field

from pytest_iflow.monitoring.discovery import described_artifact
from pytest_iflow.monitoring.timing import ClockDifference
from pytest_iflow.places import PLACES, pause, wait_for
from pytest_iflow.runtime.addresses import runtime_path
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX, is_refused
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import APPLICATION_ID, LOG_ID, Exchange

ROUNDING = 0.05
"""Seconds that are added, since the times of logs and of filters are rounded."""

REMEMBERED = 1024
"""Calls with an application id of a feature of which it is known that they kept their distance."""

Key = tuple[str, str | None]
"""An iFlow, and the application id of calls that may have it in common; None for calls of any or no id."""


class _Call(Struct, eq=False):
    """A call that waits for its turn, or has begun: it is made, or waits for nothing but its distance.

    ``given`` is the application id of the feature. ``is_exclusive`` says that its log is found by the time,
    among those of its iFlow or, with ``given``, those with this id.
    """

    iflow: str
    given: str | None
    is_exclusive: bool
    thread: int = field(default_factory=get_ident)
    has_begun: bool = False

    @property
    def key(self) -> Key:
        return self.iflow, self.given

    def disturbs(self, other: _Call) -> bool:
        """Tell whether the log of one may be taken for that of the other, made at the same time."""
        if any(each.is_exclusive and each.given is None for each in (self, other)):
            return True
        return (
            self.given is not None and self.given == other.given and (self.is_exclusive or other.is_exclusive)
        )


class Pacing:
    """Knows which calls of an iFlow go on, and when each iFlow was called last.

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
        self._changed = Condition()
        self._calls: dict[str, list[_Call]] = {}
        self._ended: dict[Key, float] = {}
        self._exclusive_ended: dict[Key, tuple[float, int]] = {}
        self._apart: deque[tuple[Key, datetime, float]] = deque(maxlen=REMEMBERED)
        self._names_logs: dict[str, bool] = {}
        self._asked: set[str] = set()
        self._artifacts: dict[str, str] = {}

    def observe(self, exchange: Exchange) -> None:
        """Note that a call of an iFlow has ended, and whether its answer names the message log.

        One that was turned away leaves no log: it is sent again at once.
        """
        if is_refused(exchange) or (exchange.is_from_gateway and "retry-after" in exchange.response.headers):
            return
        iflow, sent = self._iflow_of(exchange), exchange.application_id
        given = None if sent and sent.startswith(ONE_CALL_PREFIX) else sent
        now = time.monotonic()
        with self._changed:
            if given and self._keeps_distance((iflow, given), now - exchange.seconds):
                self._apart.append(((iflow, given), exchange.started, exchange.seconds))
            for key in {(iflow, None), (iflow, given)}:
                self._ended[key] = now
            if 0 < exchange.response.status < HTTPStatus.MULTIPLE_CHOICES:
                self._names_logs[iflow] = LOG_ID in exchange.response.headers

    def _keeps_distance(self, key: Key, began: float) -> bool:
        before, me = self._ended.get(key), get_ident()
        beside = (
            each.has_begun and each.thread != me and each.key == key for each in self._calls.get(key[0], ())
        )
        return (before is None or began - before >= self.distance) and not any(beside)

    def ask(self, exchange: Exchange) -> None:
        """Note that a step asked about the message of a call, though no phrase had announced it."""
        self._asked.add(self._iflow_of(exchange))

    def is_apart(self, exchange: Exchange) -> bool:
        """Tell whether a call kept its distance from all others of this iFlow with its application id.

        Where several processes call, nobody knows. It is false of a call without an id of the feature.
        """
        key = (self._iflow_of(exchange), exchange.application_id)
        with self._changed:
            return self._workers == 1 and (key, exchange.started, exchange.seconds) in self._apart

    @contextmanager
    def turn(self, iflow: str, headers: Mapping[str, str], *, is_judged: bool) -> Iterator[float]:
        """Wait until a call's log cannot be mistaken for another one's, and hold off others meanwhile.

        It gives the seconds that were waited; the call is made within. ``iflow`` and ``headers`` are those of
        the feature. No call waits for itself whose message nobody asks about: ``is_judged`` says that a step
        ahead does; where it is false, what was asked before counts.

        The log of a call starts while the call lasts. Either log may seem so much earlier or later as the
        tenant's clock is not known.
        """
        if PLACES.get() is None and not (self._ended and (is_judged or self._asked)):
            yield 0.0
            return
        call = self._call(iflow, headers, is_judged=is_judged)
        with self._changed:
            self._calls.setdefault(call.iflow, []).append(call)
        began = math.inf
        try:
            waited = self._wait(call)
            began = time.monotonic()
            yield waited
        finally:
            with self._changed:
                if call.is_exclusive and self._ended.get(call.key, 0.0) >= began:
                    self._exclusive_ended[call.key] = time.monotonic(), call.thread
                self._calls[call.iflow].remove(call)
                self._changed.notify_all()

    def _call(self, iflow: str, headers: Mapping[str, str], *, is_judged: bool) -> _Call:
        given = next((text for name, text in headers.items() if name.lower() == APPLICATION_ID.lower()), None)
        described = self._environment.iflows.get(iflow)
        has_own_id = given is None and described is not None and described.application_id
        is_address = iflow.startswith("/")
        path = runtime_path(iflow).partition("?")[0] if is_address else self._path_of(iflow)
        key = self._iflow(iflow, path)
        return _Call(key, given or None, not has_own_id and (is_judged or key in self._asked))

    def _wait(self, call: _Call) -> float:
        """Wait until no other call disturbs this one; return the seconds for the sake of its own log.

        Calls that are exclusive go in their order, after all that came earlier. The others go as soon as no
        exclusive one has begun: so they go together, and an exclusive one keeps its distance from few.
        """
        began, is_first_try = time.monotonic(), True
        while not self._begins(call):
            is_first_try = False
            seconds = self._seconds_left(call)
            if seconds > 0 and not call.is_exclusive:
                self._pause(seconds)
            else:
                wait_for(self._changed, lambda: self._is_free(call))
        if not call.is_exclusive:
            return 0.0
        waited = 0.0 if is_first_try else time.monotonic() - began
        seconds = self._seconds_left(call)
        if seconds > 0:
            self._pause(seconds)
            waited += seconds
        return 0.0 if self._names_logs.get(call.iflow) else waited

    def _begins(self, call: _Call) -> bool:
        """Let a call begin if it may; an exclusive one holds others off while it keeps its distance."""
        with self._changed:
            may = self._is_free(call) and (call.is_exclusive or self._seconds_left(call) <= 0)
            call.has_begun = call.has_begun or may
        return may

    def _is_free(self, call: _Call) -> bool:
        if self._names_logs.get(call.iflow):
            return True
        waits_for = call.is_exclusive  # those before it in the list; all wait for those that have begun
        with self._changed:
            for other in self._calls[call.iflow]:
                if other is call:
                    waits_for = False
                elif (other.has_begun or waits_for) and call.disturbs(other):
                    return False
        return True

    def _seconds_left(self, call: _Call) -> float:
        """Return the seconds until the distance from those before has passed; 0 or less if it has."""
        if self._names_logs.get(call.iflow):
            return 0.0
        if call.is_exclusive:
            ended = self._ended.get(call.key)
        elif PLACES.get() is None:
            return 0.0  # what was called before is judged by now
        else:
            keys = {(call.iflow, None), call.key}
            before = (self._exclusive_ended.get(key, (0.0, call.thread)) for key in keys)
            # What this thread has called is judged by now, too.
            ended = max((at for at, thread in before if thread != call.thread), default=None)
        return 0.0 if ended is None else ended + self.distance - time.monotonic()

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
        called = path if name is None or name.startswith("/") else name  # more may stand behind its path
        if called not in self._artifacts:
            self._artifacts[called] = described_artifact(name, path, self._environment) or path
        return self._artifacts[called]
