"""An access token and what it says of itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pytest_iflow.errors import TokenError


@dataclass(frozen=True)
class Token:
    """A bearer token of one client; ``expires_at`` is in seconds since the epoch, by this machine's clock."""

    value: str = field(repr=False)
    client_id: str
    token_url: str
    scopes: tuple[str, ...]
    obtained_at: float
    expires_at: float

    @property
    def seconds_left(self) -> float:
        """How long the token is still valid, in seconds; negative when it has expired."""
        return self.expires_at - time.time()

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


def read_claims(value: str) -> Mapping[str, Any]:
    """Claims of a JWT, not verified: this side has no say in what the tenant trusts.

    Raises ``TokenError`` when ``value`` is no JWT.
    """
    import jwt  # noqa: PLC0415, it brings cryptography along, and most runs read no claims

    try:
        claims = jwt.decode(value, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise TokenError(
            f"the token is not a JWT: {error}",
            remedy="compare tokenurl of the service key: it ends in /oauth/token",
        ) from error
    return MappingProxyType(claims)
