"""The front of a plane: what every request passes through before the service behind it."""

from __future__ import annotations

import time
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pytest_iflow.emulator.claimed_client import claimed_client
from pytest_iflow.emulator.counters import ELSEWHERE, UNKNOWN_CLIENT
from pytest_iflow.emulator.faults.fate import Fate
from pytest_iflow.emulator.faults.infliction import inflict
from pytest_iflow.emulator.faults.switchboard import Switchboard
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.request_log import RequestLog
from pytest_iflow.emulator.unknown_route import Routed


class Plane:
    """Counts, dates and logs the requests of one plane, and lets faults happen to them (ASGI).

    ``name`` is one of ``faults.table.PLANES``; ``log`` None writes no log.
    """

    def __init__(
        self,
        name: str,
        app: ASGIApp,
        landscape: Landscape,
        switchboard: Switchboard,
        log: RequestLog | None = None,
    ) -> None:
        self._name = name
        self._app = Routed(app)
        self._landscape = landscape
        self._switchboard = switchboard
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        client = self._client(scope)
        self._count(scope, client)
        fate = self._switchboard.fate(self._name)
        for hit in fate.hits:
            self._landscape.counters.faults[f"{self._name}.{hit}"] += 1
        status = 0

        async def send_dated(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [(b"date", self._date()), *message["headers"]]
            await send(message)

        try:
            await inflict(fate, self._app, scope, receive, send_dated, self._landscape.stopping)
        finally:
            if self._log:
                spent = time.perf_counter() - started
                self._log.note(self._name, client, scope, _outcome(status, fate), spent)

    def _client(self, scope: Scope) -> str:
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        client = claimed_client(header.decode("latin-1")) if header else UNKNOWN_CLIENT
        # Only what exists is named, so that a flood of made-up names fills no memory.
        return client if self._landscape.instance(client) else UNKNOWN_CLIENT

    def _count(self, scope: Scope, client: str) -> None:
        counters = self._landscape.counters
        counters.planes[self._name] += 1
        counters.clients[client] += 1
        if self._name == "runtime":
            destination = self._landscape.deployment.at(scope["path"])
            counters.flows[destination.flow.path if destination else ELSEWHERE] += 1

    def _date(self) -> bytes:
        return formatdate(self._landscape.now(), usegmt=True).encode("ascii")


def _outcome(status: int, fate: Fate) -> str:
    return " ".join([str(status) if status else "-", *sorted(fate.hits)])
