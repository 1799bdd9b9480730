"""The front of a plane: every request passes through it before it gets to the service.

The router in front of the planes has no route to a host that is not theirs (wire-facts 4.6).
"""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pytest_iflow.emulator.authentication import claimed_client
from pytest_iflow.emulator.counters import ELSEWHERE, UNKNOWN_CLIENT
from pytest_iflow.emulator.faults.draws import ActiveFaults, RequestFaults
from pytest_iflow.emulator.faults.injection import inject
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.request_log import RequestLog
from pytest_iflow.emulator.wire_answer import WireAnswer

# The hosts that the certificate of the planes names.
ROUTED_HOSTS = frozenset({"127.0.0.1", "localhost"})


class Plane:
    """Counts, dates and logs the requests of one plane, and injects faults (ASGI).

    ``name`` is one of ``faults.settings.PLANES``; ``log`` None writes no log.
    """

    def __init__(
        self,
        name: str,
        app: ASGIApp,
        landscape: Landscape,
        active_faults: ActiveFaults,
        log: RequestLog | None = None,
    ) -> None:
        self._name = name
        self._app = HostRouter(app)
        self._landscape = landscape
        self._active_faults = active_faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        client = self._client(scope)
        self._count(scope, client)
        faults = self._active_faults.draw(self._name)
        for name in faults.names:
            self._landscape.counters.faults[f"{self._name}.{name}"] += 1
        status = 0

        async def send_dated(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [(b"date", self._date()), *message["headers"]]
            await send(message)

        try:
            await inject(faults, self._app, scope, receive, send_dated, self._landscape.stopping)
        finally:
            if self._log:
                spent = time.perf_counter() - started
                self._log.note(self._name, client, scope, _outcome(status, faults), spent)

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


def _outcome(status: int, faults: RequestFaults) -> str:
    return " ".join([str(status) if status else "-", *sorted(faults.names)])


class HostRouter:
    """Passes on the requests for a host of the landscape, and answers all others itself (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; without a ``Host`` it is for whoever listens."""
        host = Request(scope).headers.get("host", "")
        if not host or _host_name(host) in ROUTED_HOSTS:
            await self._app(scope, receive, send)
        else:
            await unknown_route(host)(scope, receive, send)


def unknown_route(host: str) -> WireAnswer:
    """Answer in the words of the router; the type of the content is assumed."""
    body = f"404 Not Found: Requested route ('{host}') does not exist.\n".encode()
    headers = (
        ("content-type", "text/plain; charset=utf-8"),
        ("x-cf-routererror", "unknown_route"),
        ("x-content-type-options", "nosniff"),
        ("content-length", str(len(body))),
    )
    return WireAnswer(HTTPStatus.NOT_FOUND, headers, body)


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
