"""An answer exactly as it goes over the wire, and those of an overloaded or broken gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

RETRY_AFTER = ("retry-after", "1")
# The words of 429 are those of wire-facts 5.5; the rest is assumed, in the manner of the router's 404
# (wire-facts 4.6).
BODIES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "401 Unauthorized\n",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests. Server's rate limit exceeded.\n",
    HTTPStatus.INTERNAL_SERVER_ERROR: "500 Internal Server Error\n",
    HTTPStatus.BAD_GATEWAY: "502 Bad Gateway: Registered endpoint failed to handle the request.\n",
    HTTPStatus.SERVICE_UNAVAILABLE: "503 Service Unavailable: Requested route has no available endpoints.\n",
    HTTPStatus.GATEWAY_TIMEOUT: "504 Gateway Timeout\n",
}
EXTRA: dict[int, tuple[tuple[str, str], ...]] = {
    HTTPStatus.UNAUTHORIZED: (("www-authenticate", 'Bearer realm="local", error="invalid_token"'),),
    HTTPStatus.TOO_MANY_REQUESTS: (RETRY_AFTER,),
    HTTPStatus.BAD_GATEWAY: (("x-cf-routererror", "endpoint_failure"),),
    HTTPStatus.SERVICE_UNAVAILABLE: (RETRY_AFTER, ("x-cf-routererror", "no_endpoints")),
}


PIECE = 1024 * 1024
"""Bytes of a body that are sent at once."""


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """Status, headers in their order, and body; nothing is added but ``date``.

    Without a ``content-length`` among the headers the body is sent in chunks, as the landscape does
    with all its successes. An iterable body must not wait: the event loop reads it.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | Iterable[bytes] = b""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the answer (ASGI)."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers
                ],
            }
        )
        pieces = _pieces(self.body) if isinstance(self.body, bytes) else self.body
        for chunk in pieces:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _pieces(body: bytes) -> Iterator[bytes]:
    """Yield a body in pieces: sent at once, a large one is copied several times on its way."""
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def gateway_answer(status: int, *, processed: bool = False) -> WireAnswer:
    """Answer with a status for which no service was asked, or whose own answer was lost.

    A message that was ``processed`` must not be sent again: its answer has no ``Retry-After``.
    """
    body = BODIES[status].encode()
    headers = (
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(body))),
        ("x-content-type-options", "nosniff"),
    )
    extra = (pair for pair in EXTRA.get(status, ()) if not (processed and pair == RETRY_AFTER))
    return WireAnswer(HTTPStatus(status), (*extra, *headers), body)
