"""Token requests: read, granted, refused."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote_plus, urlencode

import pytest
from starlette.requests import Request
from starlette.types import Message

from pytest_iflow.emulator.authentication import Credentials
from pytest_iflow.emulator.instances import InstanceKey, ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.plane_server import EXTENSION
from pytest_iflow.emulator.start import Profile
from pytest_iflow.emulator.token_requests import (
    BODY_TOO_LARGE,
    HEADERS_TOO_LARGE,
    LARGEST_BODY,
    LARGEST_HEADERS,
    MISSING_GRANT_TYPE,
    QUERY_NOT_ALLOWED,
    UNAUTHORIZED_GRANT_TYPE,
    UNSUPPORTED_GRANT_TYPE,
    TokenRefusal,
    TokenRequest,
    bad_certificate,
    bad_credentials,
    grant,
    invalid_scope,
    method_not_allowed,
    read_token_request,
    too_many_requests,
)

FORM = "application/x-www-form-urlencoded"
ID, SECRET = "sb-1!b2|it", "a$b-c_d+e="


def _basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def _read(
    query: str = "", headers: dict[str, str] | None = None, chunks: tuple[bytes, ...] = (b"",)
) -> TokenRequest | TokenRefusal:
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


def _accepted(request: TokenRequest | TokenRefusal) -> TokenRequest:
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
    """Neither does a body without a type."""
    assert _accepted(_read("", {"content-type": "application/json"}, (b"a=1",))).parameters == {}
    assert _accepted(_read("", {}, (b"a=1",))).parameters == {}


def test_basic_header_goes_before_parameters() -> None:
    """Also if it is broken: then there are no credentials."""
    query = urlencode({"client_id": "other", "client_secret": "other"})
    assert _accepted(_read(query, _basic(ID, "secret"))).credentials == Credentials(ID, "secret")
    broken = _accepted(_read(query, {"authorization": "Basic %%%"}))
    assert (broken.basic, broken.credentials) == (True, None)


def test_header_of_another_scheme_is_no_matter() -> None:
    """The parameters are read as if there were no header."""
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
    """This is the client that the request claims, with or without a secret."""
    assert _accepted(_read("", _basic(ID, "x"))).client_id == ID
    assert _accepted(_read("client_id=me")).client_id == "me"
    assert _accepted(_read()).client_id is None


def test_connection_without_tls_has_no_certificate() -> None:
    """There is nothing to authenticate with."""
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


GOOD = {"grant_type": "client_credentials"}


def _key(landscape: Landscape, file: str) -> tuple[ServiceInstance, InstanceKey]:
    keys = {key.file: (each, key) for each in landscape.instances for key in each.keys}
    return keys[file]


def _with_secret(landscape: Landscape, file: str, **parameters: str) -> TokenRequest:
    instance, key = _key(landscape, file)
    credentials = Credentials(instance.client_id, key.client_secret or "")
    return TokenRequest({**GOOD, **parameters}, basic=True, credentials=credentials, certificate=None)


def _with_certificate(landscape: Landscape, file: str, client_id: str | None) -> TokenRequest:
    certificate = _key(landscape, file)[1].certificate
    parameters = GOOD if client_id is None else GOOD | {"client_id": client_id}
    der = certificate.der if certificate else None
    return TokenRequest(parameters, basic=False, credentials=None, certificate=der)


@pytest.mark.parametrize("key", ["integration-flow", "integration-flow-key2", "integration-flow-plus"])
def test_every_key_of_an_instance_is_good_for_it(landscape: Landscape, key: str) -> None:
    """The secret of each leads to the same client."""
    instance, _ = _key(landscape, "integration-flow.json")
    assert grant(landscape, _with_secret(landscape, f"{key}.json")) is instance


def test_revoked_key_is_refused_like_a_wrong_secret(landscape: Landscape) -> None:
    """Bad credentials, although the client exists."""
    refused = grant(landscape, _with_secret(landscape, "integration-flow-revoked.json"))
    assert refused == bad_credentials(landscape.profile)


def test_certificate_of_the_client_is_good_with_its_id(landscape: Landscape) -> None:
    """The id stands among the parameters (wire-facts 2.2)."""
    file = "integration-flow.certificate.json"
    instance, _ = _key(landscape, file)
    assert grant(landscape, _with_certificate(landscape, file, instance.client_id)) is instance


@pytest.mark.parametrize("file", ["api.certificate.json", "integration-flow.certificate.json"])
@pytest.mark.parametrize("client_id", ["nobody", "", None])
def test_certificate_without_the_id_of_a_client_is_refused(
    landscape: Landscape, file: str, client_id: str | None
) -> None:
    """Nobody, an empty id, no id at all."""
    asked = _with_certificate(landscape, file, client_id)
    assert grant(landscape, asked) == bad_certificate(landscape.profile)


def test_certificate_of_another_client_is_refused(landscape: Landscape) -> None:
    """It is of the right CA, and of the wrong client, or of a client that has no certificate."""
    for victim in ("integration-flow.json", "integration-flow-second.json"):
        client_id = _key(landscape, victim)[0].client_id
        asked = _with_certificate(landscape, "api.certificate.json", client_id)
        assert grant(landscape, asked) == bad_certificate(landscape.profile)


def test_client_without_the_certificate_is_refused(landscape: Landscape) -> None:
    """Its id alone proves nothing."""
    client_id = _key(landscape, "integration-flow.json")[0].client_id
    asked = TokenRequest(GOOD | {"client_id": client_id}, basic=False, credentials=None, certificate=None)
    assert grant(landscape, asked) == bad_credentials(landscape.profile)


def test_secret_decides_where_one_is_sent(landscape: Landscape) -> None:
    """A right certificate makes a wrong secret or a broken header no better, nor is it needed."""
    instance, key = _key(landscape, "integration-flow.json")
    own = _with_certificate(landscape, "integration-flow.certificate.json", instance.client_id)
    foreign = _with_certificate(landscape, "api.certificate.json", instance.client_id)
    wrong = Credentials(instance.client_id, "wrong")
    right = Credentials(instance.client_id, key.client_secret or "")
    refused = bad_credentials(landscape.profile)
    assert grant(landscape, replace(own, credentials=wrong)) == refused
    assert grant(landscape, replace(own, basic=True)) == refused
    assert grant(landscape, replace(foreign, credentials=right)) is instance


@pytest.mark.parametrize(
    ("grant_type", "refusal"),
    [
        ("", MISSING_GRANT_TYPE),
        ("password", UNAUTHORIZED_GRANT_TYPE),
        ("authorization_code", UNAUTHORIZED_GRANT_TYPE),
        ("refresh_token", UNAUTHORIZED_GRANT_TYPE),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", UNAUTHORIZED_GRANT_TYPE),
        ("urn:ietf:params:oauth:grant-type:saml2-bearer", UNAUTHORIZED_GRANT_TYPE),
        ("magic", UNSUPPORTED_GRANT_TYPE),
    ],
)
def test_other_grant_types_are_refused(landscape: Landscape, grant_type: str, refusal: object) -> None:
    """None, one that the client may not use, one that nobody knows."""
    asked = _with_secret(landscape, "integration-flow.json", grant_type=grant_type)
    assert grant(landscape, asked) is refusal


def test_client_is_looked_at_before_the_grant_type(landscape: Landscape) -> None:
    """An unknown client does not learn whether the grant type is wrong."""
    asked = _with_secret(landscape, "integration-flow-revoked.json", grant_type="magic")
    assert grant(landscape, asked) == bad_credentials(landscape.profile)


def test_token_may_be_asked_for_fewer_scopes(landscape: Landscape) -> None:
    """Only those asked for are granted, in the client's own order."""
    instance, _ = _key(landscape, "api.json")
    wanted = f"{instance.scopes[2]} {instance.scopes[0]}"
    granted = grant(landscape, _with_secret(landscape, "api.json", scope=wanted))
    assert granted == replace(instance, scopes=(instance.scopes[0], instance.scopes[2]))


def test_scope_that_the_client_does_not_have_is_refused(landscape: Landscape) -> None:
    """The first such one is named."""
    asked = _with_secret(landscape, "api.json", scope="uaa.resource uaa.admin x")
    assert grant(landscape, asked) == invalid_scope("uaa.admin")


OLD, NEW = Profile(bad_credentials="unauthorized"), Profile(bad_credentials="invalid_client")
ROWS = [
    (bad_credentials(OLD), 401, '{"error":"unauthorized","error_description":"Bad credentials"}'),
    (bad_credentials(NEW), 401, '{"error":"invalid_client","error_description":"Bad credentials"}'),
    (
        bad_certificate(NEW),
        401,
        '{"error":"invalid_client","error_description":"Client authentication failed"}',
    ),
    (MISSING_GRANT_TYPE, 400, '{"error":"invalid_request","error_description":"Missing grant type"}'),
    (
        UNSUPPORTED_GRANT_TYPE,
        400,
        '{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}',
    ),
    (
        UNAUTHORIZED_GRANT_TYPE,
        401,
        '{"error":"invalid_client","error_description":"Unauthorized grant type"}',
    ),
    (invalid_scope("x.y"), 400, '{"error":"invalid_scope","error_description":"Invalid scope: x.y"}'),
    (
        method_not_allowed("PUT"),
        405,
        '{"error":"method_not_allowed","error_description":"Request method \'PUT\' not supported"}',
    ),
    (
        QUERY_NOT_ALLOWED,
        406,
        '{"error":"query_string_not_allowed",'
        '"error_description":"Parameters must be passed in the body of the request"}',
    ),
    (
        HEADERS_TOO_LARGE,
        431,
        '{"error":"invalid_request","error_description":"Request headers are larger than 16 KB"}',
    ),
    (
        BODY_TOO_LARGE,
        413,
        '{"error":"invalid_request","error_description":"Request body is larger than 1 MB"}',
    ),
    (
        too_many_requests(1),
        429,
        '{"error":"429 - Too Many Request - Request limited by Rate Limiter configuration: subaccount"}',
    ),
]


@pytest.mark.parametrize(("refusal", "status", "body"), ROWS)
def test_row(refusal: TokenRefusal, status: int, body: str) -> None:
    """Status and body as in wire-facts 3.5, never cached; a challenge with each 401 and no other."""
    answer = refusal.answer("an-id")
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (status, body.encode())
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "no-store"
    assert headers["server"] == "nginx"
    assert headers["x-vcap-request-id"] == "an-id"
    assert ("www-authenticate" in headers) is (status == 401)


@pytest.mark.parametrize("profile", [OLD, NEW])
def test_challenge_for_bad_credentials_is_the_same_in_every_year(profile: Profile) -> None:
    """Word by word as recorded; only the body changed (wire-facts 3.5)."""
    assert dict(bad_credentials(profile).headers) == {
        "www-authenticate": 'Basic realm="UAA/client", error="unauthorized", '
        'error_description="Bad credentials"'
    }


def test_rate_limit_says_when_to_come_again() -> None:
    """Retry-After is in whole seconds."""
    assert dict(too_many_requests(2).headers) == {"retry-after": "2"}
