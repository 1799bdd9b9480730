"""The router in front of the planes: a host that it has no route to is nobody's (wire-facts 4.6)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pytest_iflow.emulator.wire_answer import WireAnswer

# What the certificate of the planes is for.
ROUTED = frozenset({"127.0.0.1", "localhost"})


class Routed:
    """Passes on the requests for a host of the landscape, and answers all others itself (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; without a ``Host`` it is for whoever listens."""
        host = Request(scope).headers.get("host", "")
        if not host or _name(host) in ROUTED:
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


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
