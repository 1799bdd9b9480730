"""CSRF-protected senders: a token is fetched when the runtime asks for one (wire-facts 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.exchange_secrets import cookies_set

CSRF_TOKEN = "X-CSRF-Token"  # noqa: S105, the name of a header
"""Header that asks for a token, brings it, and demands it."""

Send = Callable[[str, Mapping[str, str], bytes], Exchange]
"""Sends a request with this method, these headers and this body to the address of one call."""

Fetch = Callable[[Mapping[str, str]], Exchange]
"""Sends a GET with these headers to where a token is had; as no flow runs, it may do so several times."""

_ODATA_SERVICE = lazy_pattern(r"[^?]*?/gw/odata/[^/?]+/[^/?]+")

_UNGUARDED = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def send_with_csrf(
    send: Send, fetch: Fetch, method: str, headers: Mapping[str, str], body: bytes
) -> Exchange:
    """Send a message; where the sender demands a CSRF token, fetch one and send the message once more.

    The fetch carries nothing of the message but its ``Authorization``: a protected sender answers it
    without running the flow. Token and cookies serve this one message: a session that is kept would skip
    the authentication of later calls. The first answer stands where the call brings a token of its own,
    and where the fetch brings none.
    """
    exchange = send(method, headers, body)
    if _value(headers, CSRF_TOKEN) is not None or not demands_token(exchange):
        return exchange
    authorization = _value(headers, "Authorization")
    asking = {CSRF_TOKEN: "Fetch", **({"Authorization": authorization} if authorization else {})}
    session = session_headers(fetch(asking), _value(headers, "Cookie"))
    if session is None:
        return exchange
    kept = {name: value for name, value in headers.items() if name.lower() != "cookie"}
    return send(method, {**kept, **session}, body)


def demands_token(exchange: Exchange) -> bool:
    """Tell whether the runtime itself refused a message for the lack of a CSRF token.

    An iFlow may pass on such a demand of its receiver: it names its message then, which was processed.
    An ABAP system writes "Required", the runtime "required".
    """
    response = exchange.response
    return (
        response.status == HTTPStatus.FORBIDDEN
        and response.headers.get(CSRF_TOKEN) == "required"
        and exchange.request.method.upper() not in _UNGUARDED
        and not exchange.mpl_id
        and not exchange.correlation_id
    )


def token_address(url: str) -> str:
    """Return where a token for a call is fetched: at the root of an OData service, else where the call goes.

    A GET of an entity would be a message of its own (wire-facts 4.7).
    """
    service = _ODATA_SERVICE.match(url)
    return f"{service[0]}/" if service else url


def session_headers(fetched: Exchange, own_cookie: str | None = None) -> dict[str, str] | None:
    """Return the headers that a message needs after a fetch; None where it brought no token.

    ``own_cookie`` are the cookies of the call itself; they go last, so that the session is the one of the
    token. The connection has registered token and cookies as secrets.
    """
    token = fetched.response.headers.get(CSRF_TOKEN, "").strip()
    if not token or token.lower() in {"fetch", "required"}:
        return None
    cookies = cookies_set(fetched.response.headers.get("Set-Cookie", ""))
    pairs = [f"{name}={value}" for name, value in cookies.items()]
    sent = "; ".join([*pairs, own_cookie] if own_cookie else pairs)
    return {CSRF_TOKEN: token, **({"Cookie": sent} if sent else {})}


def _value(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for each, value in headers.items() if each.lower() == name.lower()), None)
