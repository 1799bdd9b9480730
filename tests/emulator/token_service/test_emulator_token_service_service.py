"""The token plane over the wire."""

from __future__ import annotations

import jwt
import pytest
import requests
from jwt import PyJWK

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
        ("password", '{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}'),
    ],
)
def test_grant_type_must_be_client_credentials(emulator: Emulator, grant_type: str | None, body: str) -> None:
    """400 for none and for another one, if the client is who it says."""
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
