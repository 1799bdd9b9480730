"""What a plane makes of a bearer token: signature, expiry and audience are verified for real."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from jwt.types import Options

from pytest_iflow.emulator.signing_key import ALGORITHM, SigningKey

REMEMBERED = 10_000
# Recorded for the literal token "invalid_token" (wire-facts 4.4); assumed for every other token that
# does not bear our signature.
BROKEN = "Error occurred during Json Web Signature Validation: Last unit does not have enough valid bits."


class InvalidTokenError(Exception):
    """A bearer token that is not accepted; the text is the ``error_description`` of the challenge."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and with which scopes."""

    client_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    expires: float


class BearerVerifier:
    """Verifies tokens for one plane, whose OAuth ``application`` must be among the audiences.

    ``clock`` tells the time by which tokens expire, in seconds since 1970.

    A token once verified is remembered by its hash, so that only its expiry is looked at again.
    """

    def __init__(
        self, signing_key: SigningKey, application: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._key = signing_key.public
        self._trusted = [f"sb-{application}", application]
        self._verified: dict[bytes, _Verified] = {}

    def verify(self, token: str) -> Caller:
        """Return the caller that a token stands for; raises InvalidTokenError."""
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._verified.get(digest)
        if verified is None:
            verified = self._check(token)
            if len(self._verified) >= REMEMBERED:
                self._verified.clear()
            self._verified[digest] = verified
        if verified.expires <= (now := self._clock()):
            raise InvalidTokenError(_expired(verified.expires, now))
        return verified.caller

    def _check(self, token: str) -> _Verified:
        try:
            # Expiry and audience follow below, by the clock and with the words of the landscape.
            options: Options = {
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
                "require": ["exp", "cid", "aud"],
            }
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM], options=options)
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(BROKEN) from error
        if not accepts(self._trusted, claims["aud"], claims["cid"]):
            raise InvalidTokenError(
                f"Jwt token with audience [{', '.join(claims['aud'])}] is not issued "
                f"for these clientIds: [{', '.join(self._trusted)}]."
            )
        return _Verified(Caller(claims["cid"], frozenset(claims["scope"])), claims["exp"])


def accepts(trusted: list[str], audiences: list[str], client_id: str) -> bool:
    """Tell whether a token is meant for one of the ``trusted`` client ids, by the rule of wire-facts 3.4."""
    offered = {audience.partition(".")[0] for audience in audiences} | {client_id}
    return any(
        audience == own or ("!b" in own and audience.endswith(f"|{own}"))
        for audience in offered
        for own in trusted
    )


def _expired(expires: float, now: float) -> str:
    # Assumed: the words of an expired token are not on record (wire-facts 4.4).
    return f"Jwt expired at {_moment(expires)}, time now: {_moment(now)}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
