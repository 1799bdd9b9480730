"""The ASGI application of the token plane: tokens, the keys that sign them, and what it says of itself."""

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
from pytest_iflow.emulator.plane_server import open_connections
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


WELL_KNOWN = "/.well-known/openid-configuration"
CLAIMS = (
    "sub user_name origin iss auth_time amr acr client_id aud zid grant_type user_id azp scope exp iat jti "
    "rev_sig cid given_name family_name phone_number email"
)
# What UAA's source says of itself, whatever the clients of a tenant may do (wire-facts 3.3).
DESCRIPTION = {
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "token_endpoint_auth_signing_alg_values_supported": ["RS256", "HS256"],
    "scopes_supported": ["openid", "profile", "email", "phone", "roles", "user_attributes"],
    "response_types_supported": ["code", "code id_token", "id_token", "token id_token"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256", "HS256"],
    "id_token_encryption_alg_values_supported": ["none"],
    "claim_types_supported": ["normal"],
    "claims_supported": CLAIMS.split(),
    "claims_parameter_supported": False,
    "service_documentation": "http://docs.cloudfoundry.org/api/uaa/",
    "ui_locales_supported": ["en-US"],
}


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
        key = landscape.signing_key.public_entry()
        self._documents = {
            "/token_key": _document(key),
            "/token_keys": _document({"keys": [key]}),
            WELL_KNOWN: _document(description(landscape)),
            f"/oauth/token{WELL_KNOWN}": _document(description(landscape)),
        }

    def app(self) -> Router:
        """Return the application of the plane."""
        return Router(
            [
                Route("/oauth/token", self._token, methods=EVERY_METHOD),
                *(Route(path, self._published) for path in self._documents),
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
        outcome = self._decide(request, asked)
        claimed = self._landscape.instance(asked.client_id or "")
        counters = self._landscape.counters
        tally = counters.refused if isinstance(outcome, TokenRefusal) else counters.issued
        tally[claimed.client_id if claimed else UNKNOWN_CLIENT] += 1
        return outcome

    def _decide(self, request: Request, asked: TokenRequest) -> ServiceInstance | TokenRefusal:
        seconds = self._limit.retry_after(request.client, open_connections(request.scope))
        if seconds is None:
            return grant(self._landscape, asked)
        self._landscape.counters.too_many["Token service"] += 1
        return too_many_requests(seconds)

    async def _published(self, request: Request) -> WireAnswer:
        body = self._documents[request.url.path]
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        headers = (*COMMON_HEADERS, ("etag", tag))
        if request.headers.get("if-none-match") == tag:
            return WireAnswer(HTTPStatus.NOT_MODIFIED, headers)
        return WireAnswer(HTTPStatus.OK, (*headers, ("content-type", "application/json;charset=UTF-8")), body)


def description(landscape: Landscape) -> dict[str, object]:
    """Describe the service as OpenID Connect Discovery has it; the issuer is that of the tokens."""
    planes = landscape.planes
    return {
        "issuer": planes.token_url,
        "authorization_endpoint": f"{planes.token}/oauth/authorize",
        "token_endpoint": planes.token_url,
        "userinfo_endpoint": f"{planes.token}/userinfo",
        "jwks_uri": planes.token_keys_url,
        **DESCRIPTION,
    }


def _document(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
