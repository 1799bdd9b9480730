"""An access token and what it says of itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pytest_iflow.errors import TokenError

__all__ = ["Token"]

LONGEST_LIFE = 10 * 366 * 24 * 3600.0
"""Seconds; a token service that tells more of a token tells nothing."""
LONGEST_MOMENT = 1e12
"""Seconds since the epoch; what is later is no time."""


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
        """Seconds for which the token is still valid; negative when it has expired, None if nobody says."""
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
    """Return the scopes that an answer or a claim tells: words of one text, or a list of texts."""
    if isinstance(value, list):
        return tuple(scope for scope in value if isinstance(scope, str))
    return tuple(value.split()) if isinstance(value, str) else ()


def read_claims(value: str) -> Mapping[str, Any]:
    """Claims of a JWT, not verified: this side has no say in what the tenant trusts.

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
