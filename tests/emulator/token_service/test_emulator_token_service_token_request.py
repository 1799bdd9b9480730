"""Reading token requests."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from urllib.parse import quote_plus, urlencode

import pytest
from starlette.requests import Request
from starlette.types import Message

from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.plane_protocol import EXTENSION
from pytest_iflow.emulator.token_service.refusals import BODY_TOO_LARGE, HEADERS_TOO_LARGE, Refusal
from pytest_iflow.emulator.token_service.token_request import (
    LARGEST_BODY,
    LARGEST_HEADERS,
    TokenRequest,
    read_token_request,
)

FORM = "application/x-www-form-urlencoded"
ID, SECRET = "sb-1!b2|it", "a$b-c_d+e="


def _basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def _read(
    query: str = "", headers: dict[str, str] | None = None, chunks: tuple[bytes, ...] = (b"",)
) -> TokenRequest | Refusal:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/oauth/token",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        "extensions": {EXTENSION: {"transport": asyncio.Transport()}},
    }
    remaining = list(chunks)

    async def receive() -> Message:
        return {"type": "http.request", "body": remaining.pop(0), "more_body": bool(remaining)}

    return asyncio.run(read_token_request(Request(scope, receive)))


def _accepted(request: TokenRequest | Refusal) -> TokenRequest:
    assert isinstance(request, TokenRequest)
    return request


@pytest.mark.parametrize("place", ["query", "form"])
def test_credentials_stand_in_query_or_form(place: str) -> None:
    """Encoded as forms are, the special characters arrive as they are."""
    text = urlencode({"client_id": ID, "client_secret": SECRET, "grant_type": "client_credentials"})
    asked = _read(text) if place == "query" else _read("", {"content-type": FORM}, (text.encode(),))
    assert _accepted(asked).credentials == Credentials(ID, SECRET)
    assert _accepted(asked).parameters["grant_type"] == "client_credentials"


def test_query_goes_before_form_and_the_first_of_two_before_the_second() -> None:
    """As servlets read them."""
    asked = _accepted(_read("a=1&a=2", {"content-type": f"{FORM};charset=UTF-8"}, (b"a=3&", b"b=4&b=5")))
    assert asked.parameters == {"a": "1", "b": "4"}


def test_body_that_is_no_form_holds_nothing() -> None:
    """Neither does one without any type."""
    assert _accepted(_read("", {"content-type": "application/json"}, (b"a=1",))).parameters == {}
    assert _accepted(_read("", {}, (b"a=1",))).parameters == {}


def test_basic_header_goes_before_parameters() -> None:
    """Also if it is broken: then there are no credentials."""
    query = urlencode({"client_id": "other", "client_secret": "other"})
    assert _accepted(_read(query, _basic(ID, "secret"))).credentials == Credentials(ID, "secret")
    broken = _accepted(_read(query, {"authorization": "Basic %%%"}))
    assert (broken.basic, broken.credentials) == (True, None)


def test_header_of_another_scheme_is_no_matter() -> None:
    """The parameters count as if it were not there."""
    query = urlencode({"client_id": ID, "client_secret": SECRET})
    assert _accepted(_read(query, {"authorization": "Bearer x"})).credentials == Credentials(ID, SECRET)


@pytest.mark.parametrize("flag", ["true", "TRUE"])
def test_encoded_credentials_are_decoded_if_the_request_says_so(flag: str) -> None:
    """With X-CF-ENCODED-CREDENTIALS a plus survives (wire-facts 3.1)."""
    headers = _basic(quote_plus(ID), quote_plus(SECRET)) | {"x-cf-encoded-credentials": flag}
    assert _accepted(_read("", headers)).credentials == Credentials(ID, SECRET)


def test_plus_of_a_basic_header_is_a_blank_otherwise() -> None:
    """The secret is then a wrong one, while percent signs stay as they are (wire-facts 6, row 4)."""
    plain = _accepted(_read("", _basic(ID, SECRET)))
    assert plain.credentials == Credentials(ID, "a$b-c_d e=")
    encoded = _accepted(_read("", _basic(ID, "a%24b") | {"x-cf-encoded-credentials": "false"}))
    assert encoded.credentials == Credentials(ID, "a%24b")


def test_client_is_known_by_header_or_parameter() -> None:
    """Who it claims to be, with or without a secret."""
    assert _accepted(_read("", _basic(ID, "x"))).client_id == ID
    assert _accepted(_read("client_id=me")).client_id == "me"
    assert _accepted(_read()).client_id is None


def test_connection_without_tls_has_no_certificate() -> None:
    """Nothing to authenticate with."""
    assert _accepted(_read()).certificate is None


def test_headers_may_have_16_kilobytes() -> None:
    """All lines and the target together, not a byte more (wire-facts 3.5)."""
    room = LARGEST_HEADERS - len("/oauth/token") - len("x: \r\n")
    assert isinstance(_read("", {"x": "v" * room}), TokenRequest)
    assert _read("", {"x": "v" * (room + 1)}) is HEADERS_TOO_LARGE
    assert _read("q" * (room + 1), {"x": ""}) is HEADERS_TOO_LARGE


def test_body_may_have_a_megabyte() -> None:
    """However it is cut into pieces."""
    half = b"b" * (LARGEST_BODY // 2)
    assert isinstance(_read("", {}, (half, half)), TokenRequest)
    assert _read("", {}, (half, half, b"b")) is BODY_TOO_LARGE


def test_representation_holds_no_secret() -> None:
    """Printing a request gives nothing away, wherever the secret stood."""
    query = urlencode({"client_id": ID, "client_secret": "hush"})
    assert "hush" not in repr(_read(query))
    assert "hush" not in repr(_read("", _basic(ID, "hush")))
