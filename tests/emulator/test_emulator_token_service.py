"""The token plane over the wire."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote

import jwt
import pytest
import requests
from jwt import PyJWK
from jwt.types import Options

from pytest_iflow.emulator.counters import UNKNOWN_CLIENT, Counters
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.start import Profile
from pytest_iflow.emulator.token_service import MOST_REQUESTS, TokenService
from tests.emulator.asgi_client import Answer, ask
from tests.emulator.emulator_process import Emulator

SUCCESS_HEADERS = {
    "cache-control": "no-store",
    "content-type": "application/json;charset=UTF-8",
    "pragma": "no-cache",
    "server": "nginx",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "transfer-encoding": "chunked",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload;",
}
UNVERIFIED: Options = {"verify_signature": False}
CHALLENGE = 'Basic realm="UAA/client", error="unauthorized", error_description="Bad credentials"'


def _post(emulator: Emulator, data: dict[str, str], **options: object) -> requests.Response:
    return emulator.request("POST", emulator.key()["tokenurl"], data=data, **options)


def test_success_has_the_recorded_headers(emulator: Emulator) -> None:
    """Every header of wire-facts 3.1, and beside them only the date and the request's id."""
    answer = emulator.ask_token()
    assert answer.status_code == 200
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert len(headers.pop("x-vcap-request-id")) == 36
    headers.pop("date")
    assert headers == SUCCESS_HEADERS


def test_body_is_compact_json(emulator: Emulator) -> None:
    """Without spaces between the members, as recorded."""
    answer = emulator.ask_token()
    assert answer.text.startswith('{"access_token":"ey')
    assert '","token_type":"bearer","expires_in":3599,"scope":"uaa.resource ' in answer.text
    assert answer.json()["jti"] in answer.text[-36:]


@pytest.mark.parametrize("file", ["integration-flow", "integration-flow-second", "api"])
def test_token_is_signed_by_the_published_key(emulator: Emulator, file: str) -> None:
    """A client that fetches the keys can verify each token."""
    token = emulator.token(file)
    header = jwt.get_unverified_header(token)
    (entry,) = emulator.request("GET", header["jku"]).json()["keys"]
    payload = jwt.decode(token, PyJWK(entry), ["RS256"], audience=emulator.key(file)["clientid"])
    assert entry["kid"] == header["kid"]
    assert payload["cid"] == emulator.key(file)["clientid"]


@pytest.mark.parametrize("where", ["query", "form"])
def test_credentials_in_the_form(emulator: Emulator, where: str) -> None:
    """Client id and secret may stand in the body, the grant type in body or query."""
    key = emulator.key()
    data = {"client_id": key["clientid"], "client_secret": key["clientsecret"], "response_type": "token"}
    grant = {"grant_type": "client_credentials"}
    answer = _post(
        emulator, data | (grant if where == "form" else {}), params=grant if where == "query" else {}
    )
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"


def test_basic_header_with_the_grant_type_in_the_form(emulator: Emulator) -> None:
    """The third combination that clients use."""
    key = emulator.key()
    answer = _post(
        emulator, {"grant_type": "client_credentials"}, auth=(key["clientid"], key["clientsecret"])
    )
    assert answer.status_code == 200


def test_credentials_in_the_query(emulator: Emulator) -> None:
    """All parameters may stand in the URL, for POST and GET."""
    key = emulator.key()
    query = {
        "grant_type": "client_credentials",
        "client_id": key["clientid"],
        "client_secret": key["clientsecret"],
    }
    for method in ("POST", "GET"):
        assert emulator.request(method, key["tokenurl"], params=query).status_code == 200


def test_plus_in_a_secret_must_be_encoded_in_a_header(emulator: Emulator) -> None:
    """401 if it is not; 200 with X-CF-ENCODED-CREDENTIALS, and in a form (wire-facts 6, row 4)."""
    key = emulator.key("integration-flow-plus")
    grant = {"grant_type": "client_credentials"}
    bare = (key["clientid"], key["clientsecret"])
    encoded = (quote(key["clientid"], safe=""), quote(key["clientsecret"], safe=""))
    said = {"X-CF-ENCODED-CREDENTIALS": "true"}
    form = grant | {"client_id": bare[0], "client_secret": bare[1]}
    assert _post(emulator, grant, auth=bare).status_code == 401
    assert _post(emulator, grant, auth=encoded).status_code == 401
    assert _post(emulator, grant, auth=encoded, headers=said).status_code == 200
    assert _post(emulator, form).status_code == 200


def test_every_key_but_the_revoked_one_gets_a_token(emulator: Emulator) -> None:
    """Keys of one instance get tokens for the same client."""
    first = emulator.ask_token("integration-flow")
    second = emulator.ask_token("integration-flow-key2")
    revoked = emulator.ask_token("integration-flow-revoked")
    clients = {jwt.decode(each.json()["access_token"], options=UNVERIFIED)["cid"] for each in (first, second)}
    assert clients == {emulator.key()["clientid"]}
    assert (revoked.status_code, revoked.text) == (
        401,
        '{"error":"invalid_client","error_description":"Bad credentials"}',
    )


def test_grant_type_of_users_is_refused(emulator: Emulator) -> None:
    """401: known, but not to be used by this client (wire-facts 3.5)."""
    key = emulator.key()
    answer = _post(emulator, {"grant_type": "password"}, auth=(key["clientid"], key["clientsecret"]))
    assert (answer.status_code, answer.text) == (
        401,
        '{"error":"invalid_client","error_description":"Unauthorized grant type"}',
    )


def test_scope_of_somebody_else_is_refused(emulator: Emulator) -> None:
    """400, with the scope in the text (wire-facts 3.5)."""
    key = emulator.key()
    form = {"grant_type": "client_credentials", "scope": "uaa.admin"}
    answer = _post(emulator, form, auth=(key["clientid"], key["clientsecret"]))
    assert (answer.status_code, answer.text) == (
        400,
        '{"error":"invalid_scope","error_description":"Invalid scope: uaa.admin"}',
    )


def test_headers_and_body_have_a_limit(emulator: Emulator) -> None:
    """16 KB and 1 MB; the connection of whoever sent more is no worse for it (wire-facts 3.5)."""
    url = emulator.key()["tokenurl"]
    assert emulator.request("POST", url, headers={"X-Filler": "f" * 16_384}).status_code == 431
    assert emulator.request("POST", url, data=b"b" * 1_048_577).status_code == 413
    assert emulator.request("POST", url, data=b"b" * 1_048_576).status_code == 401


def test_get_is_answered_like_post(emulator: Emulator) -> None:
    """The open-source service has it so by default (wire-facts 3.5)."""
    key = emulator.key()
    answer = emulator.request(
        "GET",
        key["tokenurl"],
        params={"grant_type": "client_credentials"},
        auth=(key["clientid"], key["clientsecret"]),
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_wrong_secret_is_refused_with_a_challenge(emulator: Emulator, secret: str) -> None:
    """401 with the newer error word in the body and the older one in the header."""
    answer = emulator.request("POST", emulator.key()["tokenurl"], auth=(emulator.key()["clientid"], secret))
    assert answer.status_code == 401
    assert answer.text == '{"error":"invalid_client","error_description":"Bad credentials"}'
    assert answer.headers["www-authenticate"] == CHALLENGE
    assert answer.headers["server"] == "nginx"


def test_request_without_credentials_is_refused(emulator: Emulator) -> None:
    """Also a body that is no form holds none."""
    key = emulator.key()
    in_json = {"client_id": key["clientid"], "client_secret": key["clientsecret"]}
    assert emulator.request("POST", key["tokenurl"]).status_code == 401
    assert emulator.request("POST", key["tokenurl"], json=in_json).status_code == 401
    assert _post(emulator, {"client_id": key["clientid"]}).status_code == 401


@pytest.mark.parametrize(
    ("grant_type", "body"),
    [
        (None, '{"error":"invalid_request","error_description":"Missing grant type"}'),
        ("magic", '{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}'),
    ],
)
def test_grant_type_must_be_client_credentials(emulator: Emulator, grant_type: str | None, body: str) -> None:
    """400 for none and for one that nobody knows, if the client is who it says."""
    key = emulator.key()
    answer = emulator.request(
        "POST",
        key["tokenurl"],
        params={"grant_type": grant_type},
        auth=(key["clientid"], key["clientsecret"]),
    )
    assert (answer.status_code, answer.text) == (400, body)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_not_allowed(emulator: Emulator, method: str) -> None:
    """405 with the method in the text."""
    answer = emulator.request(method, emulator.key()["tokenurl"])
    assert answer.status_code == 405
    assert answer.text == (
        f'{{"error":"method_not_allowed","error_description":"Request method \'{method}\' not supported"}}'
    )


def test_keys_are_not_sent_again_to_who_has_them(emulator: Emulator) -> None:
    """304 without a body if the ETag is still the same, 200 if it is another."""
    url = f"{emulator.token_plane}/token_keys"
    tag = emulator.request("GET", url).headers["etag"]
    again = emulator.request("GET", url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert emulator.request("GET", url, headers={"If-None-Match": '"old"'}).status_code == 200


class _Clock:
    """A clock that stands until it is set, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _ask(service: TokenService, landscape: Landscape, secret: str = "", **options: str) -> Answer:
    """Ask for a token without a server: for the first client, in the documented way unless told."""
    instance = landscape.instances[0]
    credentials = f"{instance.client_id}:{secret or instance.keys[0].client_secret}"
    headers = {"Authorization": "Basic " + b64encode(credentials.encode()).decode()}
    query = options.get("query", "grant_type=client_credentials")
    body = options.get("form", "").encode()
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    method = options.get("method", "POST")
    return ask(service.app(), method, "/oauth/token", query=query, headers=headers, body=body)


@pytest.mark.parametrize("word", ["unauthorized", "invalid_client"])
def test_wording_of_bad_credentials_follows_the_profile(landscape: Landscape, word: str) -> None:
    """Both years' bodies, the challenge the same (wire-facts 3.5)."""
    profile = Profile(bad_credentials="unauthorized") if word == "unauthorized" else Profile()
    shown = replace(landscape, profile=profile)
    answer = _ask(TokenService(shown), shown, "wrong")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, CHALLENGE)
    assert answer.body == f'{{"error":"{word}","error_description":"Bad credentials"}}'.encode()


def test_tokens_are_limited_to_sixty_a_second(landscape: Landscape) -> None:
    """The one above is told to come again in a second, good or bad, and then is let in."""
    clock = _Clock()
    service = TokenService(landscape, clock)
    assert {_ask(service, landscape).status for _ in range(MOST_REQUESTS)} == {200}
    refused = _ask(service, landscape)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert refused.json().keys() == {"error"}
    assert _ask(service, landscape, "wrong").status == 429
    assert landscape.counters.too_many == {"Token service": 2}
    clock.now = 1.0
    assert _ask(service, landscape).status == 200


def test_profile_without_query_strings(landscape: Landscape) -> None:
    """406 for a query, 405 for GET, and a form as good as ever (wire-facts 3.5)."""
    strict = replace(landscape, profile=Profile(query_strings=False))
    service = TokenService(strict)
    in_query, get = _ask(service, strict), _ask(service, strict, method="GET")
    in_form = _ask(service, strict, query="", form="grant_type=client_credentials")
    assert (in_query.status, in_query.json()["error"]) == (406, "query_string_not_allowed")
    assert (get.status, get.body) == (
        405,
        b'{"error":"method_not_allowed","error_description":"Request method \'GET\' not supported"}',
    )
    assert in_form.status == 200


def test_requests_are_counted_for_the_client_that_they_name(landscape: Landscape) -> None:
    """Issued or refused; of nobody known under "unknown"."""
    counted = replace(landscape, counters=Counters())
    service = TokenService(counted)
    client_id = counted.instances[0].client_id
    _ask(service, counted)
    _ask(service, counted, "wrong")
    ask(service.app(), "POST", "/oauth/token", query="client_id=nobody", headers={})
    tokens = (counted.counters.issued, counted.counters.refused)
    assert tokens == ({client_id: 1}, {client_id: 1, UNKNOWN_CLIENT: 1})


def test_nobody_is_sent_elsewhere_with_a_secret(emulator: Emulator) -> None:
    """A path with a small mistake is not found: a redirect would send the credentials again."""
    assert _post(emulator, {}).status_code == 401
    assert emulator.request("POST", f"{emulator.key()['tokenurl']}/").status_code == 404
