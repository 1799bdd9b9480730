"""The answers of a landscape that is overloaded or broken, instead of those of its services."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.wire_answer import WireAnswer

RETRY_AFTER = ("retry-after", "1")
# The words of 429 are those of wire-facts 5.5; the rest is assumed, in the manner of the router's 404
# (wire-facts 4.6).
BODIES = {
    401: "401 Unauthorized\n",
    429: "Too many requests. Server's rate limit exceeded.\n",
    500: "500 Internal Server Error\n",
    502: "502 Bad Gateway: Registered endpoint failed to handle the request.\n",
    503: "503 Service Unavailable: Requested route has no available endpoints.\n",
    504: "504 Gateway Timeout\n",
}
EXTRA: dict[int, tuple[tuple[str, str], ...]] = {
    401: (("www-authenticate", 'Bearer realm="local", error="invalid_token"'),),
    429: (RETRY_AFTER,),
    502: (("x-cf-routererror", "endpoint_failure"),),
    503: (RETRY_AFTER, ("x-cf-routererror", "no_endpoints")),
}


def injected(status: int, *, processed: bool = False) -> WireAnswer:
    """Answer with a status for which no service was asked, or whose own answer was lost.

    Nobody is told to come again with a message that was ``processed``.
    """
    body = BODIES[status].encode()
    headers = (
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(body))),
        ("x-content-type-options", "nosniff"),
    )
    extra = (pair for pair in EXTRA.get(status, ()) if not (processed and pair == RETRY_AFTER))
    return WireAnswer(HTTPStatus(status), (*extra, *headers), body)
