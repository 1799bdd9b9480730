"""The ASGI application of the token plane: ``/oauth/token`` and ``/token_keys``."""

from __future__ import annotations

import hashlib
import json
import uuid
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.counters import UNKNOWN_CLIENT
from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.token_service.access_token import issue
from pytest_iflow.emulator.token_service.refusals import (
    BAD_CREDENTIALS,
    COMMON_HEADERS,
    MISSING_GRANT_TYPE,
    UNSUPPORTED_GRANT_TYPE,
    Refusal,
    method_not_allowed,
)
from pytest_iflow.emulator.wire_answer import WireAnswer

FORM = "application/x-www-form-urlencoded"
EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class TokenService:
    """Issues tokens to the service instances of a landscape, and counts what it does."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        key_set = {"keys": [landscape.signing_key.public_entry()]}
        self._keys = json.dumps(key_set, separators=(",", ":")).encode()
        self._keys_tag = f'"{hashlib.sha256(self._keys).hexdigest()}"'

    def app(self) -> Router:
        """Return the application of the plane."""
        return Router(
            [
                Route("/oauth/token", self._token, methods=EVERY_METHOD),
                Route("/token_keys", self._token_keys),
            ]
        )

    async def _token(self, request: Request) -> WireAnswer:
        request_id = str(uuid.uuid4())
        # GET is on by default in the open-source token service; of the live one it is not known.
        if request.method not in {"GET", "POST"}:
            return method_not_allowed(request.method).answer(request_id)
        form = await _form(request)
        outcome = self._decide(request, form)
        if isinstance(outcome, Refusal):
            return outcome.answer(request_id)
        body = json.dumps(issue(self._landscape, outcome), separators=(",", ":")).encode()
        headers = (
            *COMMON_HEADERS,
            ("content-type", "application/json;charset=UTF-8"),
            ("x-vcap-request-id", request_id),
        )
        return WireAnswer(200, headers, body)

    def _decide(self, request: Request, form: dict[str, str]) -> ServiceInstance | Refusal:
        credentials = _credentials(request, form)
        claimed = self._landscape.instance(credentials.client_id) if credentials else None
        instance = credentials.instance(self._landscape) if credentials else None
        outcome = _grant(instance, request.query_params.get("grant_type", form.get("grant_type")))
        counters = self._landscape.counters
        tally = counters.refused if isinstance(outcome, Refusal) else counters.issued
        tally[claimed.client_id if claimed else UNKNOWN_CLIENT] += 1
        return outcome

    async def _token_keys(self, request: Request) -> WireAnswer:
        headers = (*COMMON_HEADERS, ("etag", self._keys_tag))
        if request.headers.get("if-none-match") == self._keys_tag:
            return WireAnswer(304, headers)
        return WireAnswer(200, (*headers, ("content-type", "application/json;charset=UTF-8")), self._keys)


async def _form(request: Request) -> dict[str, str]:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != FORM:
        return {}
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _credentials(request: Request, form: dict[str, str]) -> Credentials | None:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return Credentials.from_basic(authorization)
    if "client_id" in form:
        return Credentials(form["client_id"], form.get("client_secret", ""))
    return None


def _grant(instance: ServiceInstance | None, grant_type: str | None) -> ServiceInstance | Refusal:
    if instance is None:
        return BAD_CREDENTIALS
    if not grant_type:
        return MISSING_GRANT_TYPE
    return instance if grant_type == "client_credentials" else UNSUPPORTED_GRANT_TYPE
