"""What the router in front of a plane says of hosts that it does not know (wire-facts 4.6)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pytest_iflow.emulator.wire_answer import WireAnswer

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class KnownRoute:
    """Passes on what is meant for this machine; a request for any other host ends here (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        host = Request(scope).url.hostname or ""
        known = host in LOOPBACK or "." not in host  # routes of the landscape are domain names
        await (self._app if known else unknown_route(host))(scope, receive, send)


def unknown_route(host: str) -> WireAnswer:
    """Say that no application is behind ``host``."""
    body = f"404 Not Found: Requested route ('{host}') does not exist.\n".encode()
    headers = (
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(body))),
        ("x-cf-routererror", "unknown_route"),
        ("x-content-type-options", "nosniff"),
    )
    return WireAnswer(HTTPStatus.NOT_FOUND, headers, body)
