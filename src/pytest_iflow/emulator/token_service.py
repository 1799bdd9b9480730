"""The ASGI application of the token plane: ``/oauth/token`` and ``/token_keys``."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

import jwt
from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.counters import UNKNOWN_CLIENT, RateLimit
from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.rsa_keys import ALGORITHM
from pytest_iflow.emulator.token_requests import (
    COMMON_HEADERS,
    QUERY_NOT_ALLOWED,
    TokenRefusal,
    TokenRequest,
    grant,
    method_not_allowed,
    read_token_request,
    too_many_requests,
)
from pytest_iflow.emulator.wire_answer import WireAnswer

EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Requests a second and subaccount (wire-facts 3.5). That the landscape first makes those above it wait,
# and refuses only what is far above, is left out.
MOST_REQUESTS = 60


def audiences(scopes: tuple[str, ...], client_id: str) -> list[str]:
    """Derive ``aud``: each scope without its last segment, then the client (wire-facts 3.2)."""
    derived = [scope.rpartition(".")[0] for scope in scopes]
    return list(dict.fromkeys([*derived, client_id]))


def claims(landscape: Landscape, instance: ServiceInstance, issued_at: int) -> dict[str, object]:
    """Return the claims of a client-credentials token, in the order of wire-facts 3.2."""
    client_id = instance.client_id
    return {
        "jti": uuid.uuid4().hex,
        "ext_attr": {
            "enhancer": "XSUAA",
            "subaccountid": landscape.subaccount_id,
            "zdn": landscape.subdomain,
            "serviceinstanceid": instance.instance_id,
        },
        "sub": client_id,
        "authorities": list(instance.scopes),
        "scope": list(instance.scopes),
        "client_id": client_id,
        "cid": client_id,
        "azp": client_id,
        "grant_type": "client_credentials",
        "rev_sig": revocation_signature(instance),
        "iat": issued_at,
        "exp": issued_at + validity(landscape, instance),
        "iss": landscape.planes.token_url,
        "zid": landscape.subaccount_id,
        "aud": audiences(instance.scopes, client_id),
    }


def revocation_signature(instance: ServiceInstance) -> str:
    """Return ``rev_sig``: eight hexadecimal digits that change with the credentials (wire-facts 3.2)."""
    secrets = "".join(key.client_secret or "" for key in instance.keys)
    return hashlib.sha256(f"{instance.client_id}{secrets}".encode()).hexdigest()[:8]


def validity(landscape: Landscape, instance: ServiceInstance) -> int:
    """Return for how many seconds a token is good: as the profile says, else as the instance does."""
    of_profile = landscape.profile.token_validity
    return instance.token_validity if of_profile is None else int(of_profile)


def issue_token(landscape: Landscape, instance: ServiceInstance) -> dict[str, object]:
    """Issue a token now and return the JSON of the answer (wire-facts 3.1).

    ``expires_in`` is in seconds and one less than the token's life, as recorded.
    """
    payload = claims(landscape, instance, int(landscape.now()))
    key = landscape.signing_key
    headers = {"jku": landscape.planes.token_keys_url, "kid": key.kid}
    return {
        "access_token": jwt.encode(payload, key.private, ALGORITHM, headers=headers),
        "token_type": "bearer",
        "expires_in": max(validity(landscape, instance) - 1, 0),
        "scope": " ".join(instance.scopes),
        "jti": payload["jti"],
    }


class TokenService:
    """Issues tokens to the service instances of a landscape, and counts what it does."""

    def __init__(self, landscape: Landscape, clock: Callable[[], float] = time.monotonic) -> None:
        self._landscape = landscape
        self._limit = RateLimit(MOST_REQUESTS, clock)
        key_set = {"keys": [landscape.signing_key.public_entry()]}
        self._keys = json.dumps(key_set, separators=(",", ":")).encode()
        self._keys_tag = f'"{hashlib.sha256(self._keys).hexdigest()}"'

    def app(self) -> Router:
        """Return the application of the plane."""
        return Router(
            [
                Route("/oauth/token", self._token, methods=EVERY_METHOD),
                Route("/token_keys", self._token_keys),
            ],
            redirect_slashes=False,
        )

    async def _token(self, request: Request) -> WireAnswer:
        request_id = str(uuid.uuid4())
        outcome = self._forbidden(request) or await self._outcome(request)
        if isinstance(outcome, TokenRefusal):
            return outcome.answer(request_id)
        body = json.dumps(issue_token(self._landscape, outcome), separators=(",", ":")).encode()
        headers = (
            *COMMON_HEADERS,
            ("content-type", "application/json;charset=UTF-8"),
            ("x-vcap-request-id", request_id),
        )
        return WireAnswer(HTTPStatus.OK, headers, body)

    def _forbidden(self, request: Request) -> TokenRefusal | None:
        """Refuse by method and query. GET is allowed unless query strings are not (wire-facts 3.5)."""
        query_strings = self._landscape.profile.query_strings
        if request.method not in ({"GET", "POST"} if query_strings else {"POST"}):
            return method_not_allowed(request.method)
        return QUERY_NOT_ALLOWED if request.scope["query_string"] and not query_strings else None

    async def _outcome(self, request: Request) -> ServiceInstance | TokenRefusal:
        asked = await read_token_request(request)
        if isinstance(asked, TokenRefusal):
            return asked
        outcome = self._decide(asked)
        claimed = self._landscape.instance(asked.client_id or "")
        counters = self._landscape.counters
        tally = counters.refused if isinstance(outcome, TokenRefusal) else counters.issued
        tally[claimed.client_id if claimed else UNKNOWN_CLIENT] += 1
        return outcome

    def _decide(self, asked: TokenRequest) -> ServiceInstance | TokenRefusal:
        seconds = self._limit.retry_after()
        if seconds is None:
            return grant(self._landscape, asked)
        self._landscape.counters.too_many["Token service"] += 1
        return too_many_requests(seconds)

    async def _token_keys(self, request: Request) -> WireAnswer:
        headers = (*COMMON_HEADERS, ("etag", self._keys_tag))
        if request.headers.get("if-none-match") == self._keys_tag:
            return WireAnswer(HTTPStatus.NOT_MODIFIED, headers)
        return WireAnswer(
            HTTPStatus.OK, (*headers, ("content-type", "application/json;charset=UTF-8")), self._keys
        )
