"""A token request as it was received: its parameters, and what the client proves itself with."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.types import Scope

from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.plane_protocol import transport_of
from pytest_iflow.emulator.token_service.refusals import BODY_TOO_LARGE, HEADERS_TOO_LARGE, Refusal

FORM = "application/x-www-form-urlencoded"
# Bytes (wire-facts 3.5).
LARGEST_HEADERS = 16 * 1024
LARGEST_BODY = 1024 * 1024


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


async def read_token_request(request: Request) -> TokenRequest | Refusal:
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
