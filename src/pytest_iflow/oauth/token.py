"""An access token: how it is asked for (wire-facts 3.1), and what it says of itself."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote, urlencode

from pytest_iflow.errors import TokenError
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import SILENCE

__all__ = ["Token"]

LONGEST_LIFE = 10 * 366 * 24 * 3600.0
"""Longest lifetime in seconds that is believed."""
LONGEST_MOMENT = 1e12
"""Latest moment that is believed, in seconds since the epoch."""


@dataclass(frozen=True)
class Token:
    """A bearer token of one client.

    ``expires_at`` is in seconds since the epoch, by this machine's clock; None where nobody says it.
    """

    value: str = field(repr=False)
    client_id: str
    token_url: str
    scopes: tuple[str, ...]
    obtained_at: float
    expires_at: float | None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the token expires; negative when it has expired, None where its end is not known."""
        return None if self.expires_at is None else self.expires_at - time.time()

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims of the JWT, read but not verified; raises ``TokenError`` for an opaque token."""
        return read_claims(self.value)

    def grants(self, scope: str) -> bool:
        """Whether the token grants ``scope``, named in full or by its last part.

        Scopes carry the name of the tenant's application, as in ``it-rt-acme!b117912.ESBMessaging.send``
        (wire-facts 3.2); ``ESBMessaging.send`` names the same on every tenant.
        """
        return any(granted == scope or granted.endswith(f".{scope}") for granted in self.scopes)


def sane_seconds(value: object, most: float = LONGEST_LIFE) -> float | None:
    """Return ``value``, a number or text, as seconds above 0 and up to ``most``; None if it is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= most else None


def scopes_of(value: object) -> tuple[str, ...]:
    """Return the scopes of an answer or a claim: words of one text, or a list of texts."""
    if isinstance(value, list):
        return tuple(scope for scope in value if isinstance(scope, str))
    return tuple(value.split()) if isinstance(value, str) else ()


def read_claims(value: str) -> Mapping[str, Any]:
    """Return the claims of a JWT without verifying them: the tenant decides what it trusts.

    Raises ``TokenError`` when ``value`` is no JWT.
    """
    import jwt

    try:
        claims = jwt.decode(value, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise TokenError(
            f"the token is not a JWT: {error}",
            remedy="compare tokenurl of the service key: it ends in /oauth/token",
        ) from error
    return MappingProxyType(claims)


@dataclass(frozen=True)
class TokenAnswer:
    """The answer of the token service as an exchange, and the token if it gave one."""

    exchange: Exchange
    token: Token | None = None

    def granted(self) -> Token:
        """The token; raises ``TokenError`` with the service's own words when it was refused."""
        if self.token is None:
            raise refusal(self.exchange)
        return self.token


def request_token(
    connection: Connection, key: ServiceKey, *, auth: Literal["basic", "post"], client: str
) -> TokenAnswer:
    """Ask the token service once, the way that ``auth`` and the kind of ``key`` demand.

    Returns the answer also when the token is refused. Raises ``CallError`` when there is no answer and
    ``TokenError`` when a success carries no token.
    """
    headers = {"Accept": "application/json"}
    grant = {"grant_type": "client_credentials"}
    form: dict[str, str] = {}
    if key.client_secret is None:  # certificate: mutual TLS authenticates, the body names the client
        form = {**grant, "client_id": key.client_id}
    elif auth == "post":
        form = {**grant, "client_id": key.client_id, "client_secret": key.client_secret}
    elif "+" in key.client_secret:  # bare, the token service would take it for a blank (wire-facts 3.1)
        headers["Authorization"] = basic(quote(key.client_id, safe=""), quote(key.client_secret, safe=""))
        headers["X-CF-ENCODED-CREDENTIALS"] = "true"
    else:
        headers["Authorization"] = basic(key.client_id, key.client_secret)
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    url = key.token_url if form else f"{key.token_url}?{urlencode(grant)}"
    asked_at = time.time()
    exchange = connection.send(
        "POST", url, headers=headers, body=urlencode(form).encode("ascii"), client=client, silence=SILENCE
    )
    if exchange.response.status != HTTPStatus.OK:
        return TokenAnswer(exchange)
    return TokenAnswer(exchange, _token(exchange, key, asked_at))


def basic(client_id: str, secret: str) -> str:
    """Value of a Basic ``Authorization`` header for credentials that may hold any character."""
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode("ascii")


def refusal(exchange: Exchange) -> TokenError:
    """Say why the token service refused, from its answer (wire-facts 3.5)."""
    response = exchange.response
    said = _answered_json(response.body)
    detail = said.get("error_description") or said.get("error") or response.reason
    remedy = {
        400: "tokenurl must end in /oauth/token, and grant_type must be client_credentials",
        401: "compare clientid, clientsecret and tokenurl with the service key in the BTP cockpit; "
        "a key that was deleted or rotated is refused like this too",
        404: "compare tokenurl with the service key: the host does not know this path",
        429: "the subaccount asks for more than 60 tokens a second: reuse tokens",
    }.get(response.status, "see the answer below, then try again")
    return TokenError(
        f"the token service refused the request with status {response.status}: {detail}",
        where=_where(exchange),
        remedy=remedy,
        exchange=exchange,
    )


def _token(exchange: Exchange, key: ServiceKey, asked_at: float) -> Token:
    said = _answered_json(exchange.response.body)
    value = said.get("access_token")
    if not isinstance(value, str) or not value:
        kind = exchange.response.headers.get("content-type", "no content type")
        raise TokenError(
            f"the token service answered 200 but gave no access_token ({kind})",
            where=_where(exchange),
            remedy="check tokenurl of the service key; a proxy or a login page may have answered instead",
            exchange=exchange,
        )
    lifetime, scopes = sane_seconds(said.get("expires_in")), scopes_of(said.get("scope"))
    if lifetime is None or not scopes:  # RFC 6749, 5.1: both may be left out; the token itself may say them
        with contextlib.suppress(TokenError):
            claims = read_claims(value)
            lifetime = lifetime or _lifetime(claims, exchange, asked_at)
            scopes = scopes or scopes_of(claims.get("scope"))
    return Token(
        value=value,
        client_id=key.client_id,
        token_url=key.token_url,
        scopes=scopes,
        obtained_at=asked_at,
        expires_at=None if lifetime is None else asked_at + lifetime,
    )


def _lifetime(claims: Mapping[str, Any], exchange: Exchange, asked_at: float) -> float | None:
    """Return the seconds until ``exp``: by the service's clock if known, at most those from ``iat`` on."""
    ends = sane_seconds(claims.get("exp"), most=LONGEST_MOMENT)
    if ends is None:
        return None
    now = asked_at
    with contextlib.suppress(ValueError, OverflowError):
        now = parsedate_to_datetime(exchange.response.headers.get("date", "")).timestamp()
    issued = sane_seconds(claims.get("iat"), most=LONGEST_MOMENT)
    left = [sane_seconds(ends - since) for since in (now, issued) if since is not None]
    return min((each for each in left if each is not None), default=None)


def _answered_json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body, parse_int=float)  # no integer is too large for a float, only infinite
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _where(exchange: Exchange) -> str:
    return f"client {exchange.client}, POST {exchange.request.url.split('?')[0]}"
