"""Who calls: bearer tokens, client credentials, and the client that a request claims to be."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import jwt
from jwt.types import Options

from pytest_iflow.emulator.counters import UNKNOWN_CLIENT
from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.rsa_keys import ALGORITHM, SigningKey

REMEMBERED_TOKENS = 10_000
# Seconds by which a token may be issued in the future, as in SAP's public validation library. That the tenant
# uses it, and its words, is assumed.
TOLERANCE = 60.0
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
    starts: float
    expires: float


class BearerVerifier:
    """Verifies signature, time and audience of tokens for one plane, by its OAuth ``application``.

    ``clock`` returns the time by which tokens expire, in seconds since 1970.

    A verified token is remembered by its hash; after that only its times are checked.
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
            if len(self._verified) >= REMEMBERED_TOKENS:
                self._verified.clear()
            self._verified[digest] = verified
        if verified.expires <= (now := self._clock()):
            raise InvalidTokenError(_expired(verified.expires, now))
        if verified.starts > now + TOLERANCE:
            raise InvalidTokenError(_not_yet(verified.starts, now))
        return verified.caller

    def _check(self, token: str) -> _Verified:
        try:
            # Expiry and audience follow below, by the clock and with the words of the landscape.
            options: Options = {
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
                "require": ["exp", "iat", "cid", "aud"],
            }
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM], options=options)
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(BROKEN) from error
        if not accepts(self._trusted, claims["aud"], claims["cid"]):
            raise InvalidTokenError(
                f"Jwt token with audience [{', '.join(claims['aud'])}] is not issued "
                f"for these clientIds: [{', '.join(self._trusted)}]."
            )
        return _Verified(Caller(claims["cid"], frozenset(claims["scope"])), claims["iat"], claims["exp"])


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


def _not_yet(starts: float, now: float) -> str:
    return f"Jwt cannot be accepted before {_moment(starts)}, time now: {_moment(now)}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client id with the secret that came along; nothing is verified yet."""

    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def from_basic(cls, authorization: str) -> Credentials | None:
        """Read an ``Authorization: Basic …`` header; None if it is another scheme or broken."""
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except ValueError:  # no ASCII, no base64, or no UTF-8 in it
            return None
        client_id, colon, client_secret = decoded.partition(":")
        return cls(client_id, client_secret) if colon else None

    def instance(self, landscape: Landscape) -> ServiceInstance | None:
        """Return the service instance that these are the right credentials of, else None."""
        instance = landscape.instance(self.client_id)
        return instance if instance and instance.accepts_secret(self.client_secret) else None


def basic_caller(authorization: str, application: str, landscape: Landscape) -> Caller | None:
    """Return the client of an application that a Basic header proves, else None."""
    credentials = Credentials.from_basic(authorization)
    instance = credentials.instance(landscape) if credentials else None
    if instance is None or instance.application != application:
        return None
    return Caller(instance.client_id, frozenset(instance.scopes))


@lru_cache(maxsize=256)
def claimed_client(authorization: str) -> str:
    """Return the client id in an ``Authorization`` header: of Basic, or the ``cid`` of a token.

    Nothing is verified: this is for counting only.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return _cid(token.strip())
    credentials = Credentials.from_basic(authorization)
    return credentials.client_id if credentials else UNKNOWN_CLIENT


def _cid(token: str) -> str:
    _, _, rest = token.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return UNKNOWN_CLIENT
    return str(claims.get("cid", UNKNOWN_CLIENT)) if isinstance(claims, dict) else UNKNOWN_CLIENT
