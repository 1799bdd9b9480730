"""The calls of a load run: each waits for its turn, is measured, and told to who counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pytest_iflow.errors import CallError
from pytest_iflow.places import pause
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import CallRate
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.connection import Connection, Connections
from pytest_iflow.transport.exchange import Exchange

_REFUSED = 400
"""The lowest status of an answer that counts as a failed call, as it does in Locust itself."""


_LOOK = 0.02
"""Seconds between two looks whether the load has begun."""


class Throttle:
    """Lets the calls of all users through at a rate that is set when the load begins; before, all wait."""

    def __init__(self) -> None:
        self._rate: CallRate | None = None

    def set(self, rate: float | None) -> None:
        """Let ``rate`` calls a second through, all of them with None."""
        self._rate = CallRate(rate or 0.0)

    def wait(self) -> float:
        """Wait for the turn of a call; return the seconds that this took.

        Raises ``RunCutShort`` at the end of the load.
        """
        began = time.monotonic()
        while (rate := self._rate) is None:
            pause(_LOOK)
        rate.wait()
        return time.monotonic() - began


@dataclass(slots=True)
class Waits:
    """The seconds that a scenario has waited for its turns: they are none of its own."""

    seconds: float = 0.0


WAITS: ContextVar[Waits | None] = ContextVar("iflow_load_waits", default=None)
"""Those of the scenario that a user runs."""

Tell = Callable[[str, str, float, int, str | None], None]
"""Takes what was measured: kind, name, seconds, bytes of the answer, and why it failed, if it did."""


class MeasuredConnection(Connection):
    """A connection whose calls of iFlows wait for their turn and are measured; others pass as they are."""

    def __init__(self, throttle: Throttle, tell: Tell, *args: Any) -> None:
        super().__init__(*args)
        self._throttle = throttle
        self._tell = tell

    def send(self, method: str, url: str, *, iflow: str | None = None, **more: Any) -> Exchange:
        """Send as any connection does."""
        if iflow is None:
            return super().send(method, url, **more)
        waited = self._throttle.wait()
        if (waits := WAITS.get()) is not None:
            waits.seconds += waited
        began = time.perf_counter()
        try:
            exchange = super().send(method, url, iflow=iflow, **more)
        except CallError as error:
            self._tell(method, iflow, time.perf_counter() - began, 0, mask(error.what))
            raise
        failed = mask(exchange.outcome) if exchange.response.status >= _REFUSED else None
        self._tell(method, iflow, exchange.seconds, len(exchange.response.body), failed)
        return exchange


class _MeasuredConnections(Connections):
    def __init__(self, throttle: Throttle, tell: Tell, *args: Any) -> None:
        super().__init__(*args)
        self._throttle = throttle
        self._tell = tell

    def _connection(self, host: str, context: Any, see: Callable[[Exchange], None]) -> Connection:
        environment = self._environment
        return MeasuredConnection(
            *(self._throttle, self._tell, host, context),
            *(environment.timeouts, self._environ, see, environment.limits),
        )


class LoadRun(Run):
    """A run of which nothing is kept but what is measured."""

    def __init__(
        self,
        environment: Environment,
        environ: Mapping[str, str],
        root: Path,
        emulator_keys: str | None,
        workers: int,
        throttle: Throttle,
        tell: Tell,
    ) -> None:
        super().__init__(environment, environ, root, emulator_keys, workers)
        self._throttle = throttle
        self._tell = tell

    @cached_property
    def connections(self) -> Connections:
        """The connections to the tenant, whose calls are measured."""
        return _MeasuredConnections(
            *(self._throttle, self._tell),
            *(self.environment, self.credentials, self.environ, self._observe),
        )
