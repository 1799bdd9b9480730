"""Token requests: how they are read, granted and refused (wire-facts 3.1, 3.5)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.types import Scope

from pytest_iflow.emulator.authentication import Credentials
from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.plane_server import transport_of
from pytest_iflow.emulator.start import Profile
from pytest_iflow.emulator.wire_answer import WireAnswer

COMMON_HEADERS = (
    ("cache-control", "no-store"),
    ("pragma", "no-cache"),
    ("server", "nginx"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload;"),
)

FORM = "application/x-www-form-urlencoded"
# Bytes (wire-facts 3.5).
LARGEST_HEADERS = 16 * 1024
LARGEST_BODY = 1024 * 1024
GRANT_TYPE = "client_credentials"
# Known to the service, but no client of the table may use them (wire-facts 2.3).
OTHER_GRANT_TYPES = frozenset(
    {
        "authorization_code",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
    }
)


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """A refused token request: status, OAuth error code, description if any, headers of its own."""

    status: int
    error: str
    description: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self, request_id: str) -> WireAnswer:
        """Render as the token service does; ``request_id`` becomes ``x-vcap-request-id``."""
        document = {"error": self.error}
        if self.description is not None:
            document["error_description"] = self.description
        body = json.dumps(document, separators=(",", ":")).encode()
        return WireAnswer(
            self.status,
            (
                *COMMON_HEADERS,
                ("content-type", "application/json"),
                ("content-length", str(len(body))),
                ("x-vcap-request-id", request_id),
                *self.headers,
            ),
            body,
        )


MISSING_GRANT_TYPE = TokenRefusal(HTTPStatus.BAD_REQUEST, "invalid_request", "Missing grant type")
UNSUPPORTED_GRANT_TYPE = TokenRefusal(
    HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type"
)
# Assumed: the challenge. The open-source service sends one of this form with each 401 of this kind.
UNAUTHORIZED_GRANT_TYPE = TokenRefusal(
    HTTPStatus.UNAUTHORIZED,
    "invalid_client",
    "Unauthorized grant type",
    (("www-authenticate", 'Bearer error="invalid_client", error_description="Unauthorized grant type"'),),
)
QUERY_NOT_ALLOWED = TokenRefusal(
    HTTPStatus.NOT_ACCEPTABLE,
    "query_string_not_allowed",
    "Parameters must be passed in the body of the request",
)
# Assumed: status and text; of the sizes only the figures are documented (wire-facts 3.5).
HEADERS_TOO_LARGE = TokenRefusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "invalid_request", "Request headers are larger than 16 KB"
)
BODY_TOO_LARGE = TokenRefusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_request", "Request body is larger than 1 MB"
)


def bad_credentials(profile: Profile) -> TokenRefusal:
    """Refuse an unknown client or a wrong secret, in the words of the year that the profile is of."""
    return _unauthenticated(profile, "Bad credentials")


def bad_certificate(profile: Profile) -> TokenRefusal:
    """Refuse a client whose certificate is not its own. Assumed: all but the status and the description."""
    return _unauthenticated(profile, "Client authentication failed")


def invalid_scope(scope: str) -> TokenRefusal:
    """Refuse a scope that the client does not have."""
    return TokenRefusal(HTTPStatus.BAD_REQUEST, "invalid_scope", f"Invalid scope: {scope}")


def method_not_allowed(method: str) -> TokenRefusal:
    """Refuse a method that the token endpoint does not know."""
    return TokenRefusal(
        HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", f"Request method '{method}' not supported"
    )


def too_many_requests(retry_after: int) -> TokenRefusal:
    """Refuse what is above the rate limit; ``retry_after`` is in seconds.

    Assumed: the body. It has the form of the open-source service's, the end of it is unknown.
    """
    return TokenRefusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "429 - Too Many Request - Request limited by Rate Limiter configuration: subaccount",
        headers=(("retry-after", str(retry_after)),),
    )


def _unauthenticated(profile: Profile, description: str) -> TokenRefusal:
    # The challenge kept the older error word when the body got the newer one (recorded in 2025).
    challenge = f'Basic realm="UAA/client", error="unauthorized", error_description="{description}"'
    return TokenRefusal(
        HTTPStatus.UNAUTHORIZED, profile.bad_credentials, description, (("www-authenticate", challenge),)
    )


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a client asks for; nothing is verified yet but that TLS knows the certificate's CA.

    ``parameters`` are those of query and form, the query's first; ``basic`` tells whether there is a
    Basic header, which may hold no credentials all the same; ``certificate`` is DER.
    """

    parameters: Mapping[str, str] = field(repr=False)
    basic: bool
    credentials: Credentials | None
    certificate: bytes | None

    @property
    def client_id(self) -> str | None:
        """The client that the request says it comes from."""
        return self.credentials.client_id if self.credentials else self.parameters.get("client_id")


async def read_token_request(request: Request) -> TokenRequest | TokenRefusal:
    """Read a request, or refuse it for its size."""
    if _size_of_headers(request.scope) > LARGEST_HEADERS:
        return HEADERS_TOO_LARGE
    body = await _body(request)
    if body is None:
        return BODY_TOO_LARGE
    parameters = {**_form(request, body), **_fields(request.scope["query_string"])}
    authorization = request.headers.get("authorization", "")
    basic = authorization.partition(" ")[0].lower() == "basic"
    credentials = _from_header(request, authorization) if basic else _from_parameters(parameters)
    return TokenRequest(parameters, basic, credentials, _certificate(request.scope))


def _size_of_headers(scope: Scope) -> int:
    lines = sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"])
    return lines + len(scope["path"]) + len(scope["query_string"])


async def _body(request: Request) -> bytes | None:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST_BODY:
            return None
    return bytes(received)


def _form(request: Request, body: bytes) -> dict[str, str]:
    content_type = request.headers.get("content-type", "")
    return _fields(body) if content_type.partition(";")[0].strip().lower() == FORM else {}


def _fields(encoded: bytes) -> dict[str, str]:
    # Of a parameter that is given twice the first counts, as in the servlets of the landscape.
    pairs = parse_qsl(encoded.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def _from_parameters(parameters: Mapping[str, str]) -> Credentials | None:
    if "client_id" not in parameters or "client_secret" not in parameters:
        return None
    return Credentials(parameters["client_id"], parameters["client_secret"])


def _from_header(request: Request, authorization: str) -> Credentials | None:
    """Read a Basic header: a bare plus is a blank, so it has to be encoded (wire-facts 3.1, 6 row 4)."""
    sent = Credentials.from_basic(authorization)
    if sent is None:
        return None
    if request.headers.get("x-cf-encoded-credentials", "").lower() == "true":
        return Credentials(unquote_plus(sent.client_id), unquote_plus(sent.client_secret))
    return Credentials(sent.client_id, sent.client_secret.replace("+", " "))


def _certificate(scope: Scope) -> bytes | None:
    connection: ssl.SSLObject | None = transport_of(scope).get_extra_info("ssl_object")
    return connection.getpeercert(binary_form=True) if connection else None


def grant(landscape: Landscape, asked: TokenRequest) -> ServiceInstance | TokenRefusal:
    """Decide on a request: the instance with the scopes that the token is for, or the refusal.

    As in the landscape the client is looked at first, then the grant type, then the scopes.
    """
    instance = _authenticated(landscape, asked)
    if isinstance(instance, TokenRefusal):
        return instance
    grant_type = asked.parameters.get("grant_type")
    if not grant_type:
        return MISSING_GRANT_TYPE
    if grant_type in OTHER_GRANT_TYPES:
        return UNAUTHORIZED_GRANT_TYPE
    if grant_type != GRANT_TYPE:
        return UNSUPPORTED_GRANT_TYPE
    return _narrowed(instance, asked.parameters.get("scope", "").split())


def _authenticated(landscape: Landscape, asked: TokenRequest) -> ServiceInstance | TokenRefusal:
    """Find out who asks: a secret, where one is sent, decides alone; else the certificate does."""
    if asked.credentials or asked.basic or asked.certificate is None:
        instance = asked.credentials.instance(landscape) if asked.credentials else None
        return instance or bad_credentials(landscape.profile)
    claimed = landscape.instance(asked.client_id or "")
    if claimed is None or not claimed.accepts_certificate(asked.certificate):
        return bad_certificate(landscape.profile)
    return claimed


def _narrowed(instance: ServiceInstance, wanted: list[str]) -> ServiceInstance | TokenRefusal:
    """Restrict the scopes to those asked for; without any wish they are all granted."""
    for scope in wanted:
        if scope not in instance.scopes:
            return invalid_scope(scope)
    granted = tuple(scope for scope in instance.scopes if scope in wanted)
    return replace(instance, scopes=granted) if wanted else instance
