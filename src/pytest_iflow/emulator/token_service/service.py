"""The ASGI application of the token plane: ``/oauth/token`` and ``/token_keys``."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.counters import UNKNOWN_CLIENT
from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.rate_limit import RateLimit
from pytest_iflow.emulator.token_service.access_token import issue
from pytest_iflow.emulator.token_service.grant import grant
from pytest_iflow.emulator.token_service.refusals import (
    COMMON_HEADERS,
    QUERY_NOT_ALLOWED,
    Refusal,
    method_not_allowed,
    too_many_requests,
)
from pytest_iflow.emulator.token_service.token_request import TokenRequest, read_token_request
from pytest_iflow.emulator.wire_answer import WireAnswer

EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Requests a second and subaccount (wire-facts 3.5). That the landscape first makes those above it wait,
# and refuses only what is far above, is left out.
MOST_REQUESTS = 60


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
        if isinstance(outcome, Refusal):
            return outcome.answer(request_id)
        body = json.dumps(issue(self._landscape, outcome), separators=(",", ":")).encode()
        headers = (
            *COMMON_HEADERS,
            ("content-type", "application/json;charset=UTF-8"),
            ("x-vcap-request-id", request_id),
        )
        return WireAnswer(200, headers, body)

    def _forbidden(self, request: Request) -> Refusal | None:
        """Refuse by method and query. GET is allowed unless query strings are not (wire-facts 3.5)."""
        query_strings = self._landscape.profile.query_strings
        if request.method not in ({"GET", "POST"} if query_strings else {"POST"}):
            return method_not_allowed(request.method)
        return QUERY_NOT_ALLOWED if request.scope["query_string"] and not query_strings else None

    async def _outcome(self, request: Request) -> ServiceInstance | Refusal:
        asked = await read_token_request(request)
        if isinstance(asked, Refusal):
            return asked
        outcome = self._decide(asked)
        claimed = self._landscape.instance(asked.client_id or "")
        counters = self._landscape.counters
        tally = counters.refused if isinstance(outcome, Refusal) else counters.issued
        tally[claimed.client_id if claimed else UNKNOWN_CLIENT] += 1
        return outcome

    def _decide(self, asked: TokenRequest) -> ServiceInstance | Refusal:
        seconds = self._limit.retry_after()
        if seconds is None:
            return grant(self._landscape, asked)
        self._landscape.counters.too_many["Token service"] += 1
        return too_many_requests(seconds)

    async def _token_keys(self, request: Request) -> WireAnswer:
        headers = (*COMMON_HEADERS, ("etag", self._keys_tag))
        if request.headers.get("if-none-match") == self._keys_tag:
            return WireAnswer(304, headers)
        return WireAnswer(200, (*headers, ("content-type", "application/json;charset=UTF-8")), self._keys)
