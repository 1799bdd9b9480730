"""The ASGI application below ``/emulator`` of the API plane."""

from __future__ import annotations

import json
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pytest_iflow.emulator.admin.status_page import PAGE_HEADERS, status_page
from pytest_iflow.emulator.faults.settings import EXPECTED, FaultSettings
from pytest_iflow.emulator.faults.switchboard import Switchboard
from pytest_iflow.emulator.faults.table import FaultError
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.ready import Ready
from pytest_iflow.emulator.wire_answer import WireAnswer

ROOT = "/emulator"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Admin:
    """Answers below ``/emulator`` itself, where no fault happens, and passes all else on (ASGI)."""

    def __init__(self, app: ASGIApp, landscape: Landscape, switchboard: Switchboard, ready: Ready) -> None:
        self._app = app
        self._landscape = landscape
        self._switchboard = switchboard
        self._ready = ready
        self._router = Router(
            [
                Route(f"{ROOT}/", self._status),
                Route(f"{ROOT}/counters", self._counters),
                Route(f"{ROOT}/faults", self._faults, methods=["GET", "PUT"]),
                Route(f"{ROOT}/reset", self._reset, methods=["POST"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        path = scope["path"]
        if path != ROOT and not path.startswith(f"{ROOT}/"):
            await self._app(scope, receive, send)
        elif not _from_this_machine(Request(scope)):
            await _text(HTTPStatus.FORBIDDEN, "Only this machine may ask for this.\n")(scope, receive, send)
        else:
            await self._router(scope, receive, send)

    async def _status(self, _request: Request) -> WireAnswer:
        page = status_page(self._landscape, self._switchboard.settings, self._ready)
        return WireAnswer(HTTPStatus.OK, PAGE_HEADERS, page.encode())

    async def _counters(self, _request: Request) -> WireAnswer:
        client_ids = tuple(instance.client_id for instance in self._landscape.instances)
        return _json(self._landscape.counters.as_json(client_ids))

    async def _faults(self, request: Request) -> WireAnswer:
        if request.method == "PUT":
            try:
                settings = FaultSettings.from_json(json.loads(await request.body()))
            except FaultError as error:
                return _text(HTTPStatus.BAD_REQUEST, f"{error}\n")
            except ValueError as error:
                return _text(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}. {EXPECTED}\n")
            self._switchboard.apply(settings)
        return _json(self._switchboard.settings.as_json())

    async def _reset(self, _request: Request) -> WireAnswer:
        self._switchboard.restore()
        self._landscape.counters.clear()
        self._landscape.message_logs.forget()
        for flow in self._landscape.deployment.flows:
            if self._landscape.deployment.get(flow.artifact) is None:
                self._landscape.deployment.deploy(flow.artifact)
        return WireAnswer(HTTPStatus.NO_CONTENT, ())


def _from_this_machine(request: Request) -> bool:
    # The sockets are bound to loopback; the Host header gives away a web page of somebody else's whose
    # name was made to point here, Origin a request that such a page sent.
    origin = request.headers.get("origin")
    names = {request.url.hostname, urlsplit(origin).hostname if origin else "localhost"}
    return request.client is not None and request.client.host in LOOPBACK and names <= LOOPBACK


def _json(document: object) -> WireAnswer:
    body = json.dumps(document, indent=2).encode()
    return WireAnswer(HTTPStatus.OK, (("content-type", "application/json"),), body)


def _text(status: HTTPStatus, text: str) -> WireAnswer:
    return WireAnswer(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())
