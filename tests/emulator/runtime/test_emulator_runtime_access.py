"""Who may call a flow."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import cast

import jwt
import pytest
import requests

from pytest_iflow.emulator.authentication import Caller
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.runtime.access import (
    NOT_AUTHENTICATED,
    Gate,
    invalid_token_2022,
    no_credentials_2022,
    unauthorized_2020,
)
from pytest_iflow.emulator.start import Profile
from pytest_iflow.emulator.token_service import claims
from pytest_iflow.emulator.wire_answer import WireAnswer
from tests.emulator.emulator_process import Emulator
from tests.emulator.runtime.conftest import MakeInside

YEAR_2020 = Profile(runtime_401="2020")


@pytest.mark.parametrize("accept", ["", "*/*", "application/xml"])
def test_call_without_credentials_in_2020_is_refused_in_xml(inside: MakeInside, accept: str) -> None:
    """The text of wire-facts 4.4, character by character."""
    answer = inside(YEAR_2020).ask("POST", "/http/echo", headers={"authorization": "", "accept": accept})
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    assert answer.body.decode() == (
        "<UnauthorizedException><error>unauthorized</error><error_description>An Authentication object was "
        "not found in the SecurityContext</error_description></UnauthorizedException>"
    )


def test_call_without_credentials_in_2020_is_refused_in_json_if_asked_for(inside: MakeInside) -> None:
    """The JSON twin of wire-facts 4.4, character by character."""
    headers = {"authorization": "", "accept": "application/json"}
    answer = inside(YEAR_2020).ask("POST", "/http/echo", headers=headers)
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.body.decode() == (
        '{"error":"unauthorized","error_description":'
        '"An Authentication object was not found in the SecurityContext"}'
    )


def test_wrong_audience_in_2020_is_named_in_the_body(inside: MakeInside) -> None:
    """A token of plan api, refused with the words of wire-facts 4.4."""
    runtime = inside(YEAR_2020)
    landscape = runtime.landscape
    api = next(each for each in landscape.instances if each.plan == "api")
    payload = claims(landscape, api, int(landscape.now()))
    token = jwt.encode(payload, landscape.signing_key.private, "RS256")
    answer = runtime.ask("POST", "/http/echo", headers={"authorization": f"Bearer {token}"})
    audiences = ", ".join(cast("list[str]", payload["aud"]))
    assert answer.status == 401
    assert answer.body.decode() == (
        "<UnauthorizedException><error>unauthorized</error><error_description>Jwt token with audience "
        f"[{audiences}] is not issued for these clientIds: [sb-it-rt-local-trial!b117912, "
        "it-rt-local-trial!b117912].</error_description></UnauthorizedException>"
    )


def test_broken_token_in_2020_has_the_same_form(inside: MakeInside) -> None:
    """In JSON here; the headers say it too."""
    headers = {"authorization": "Bearer invalid_token", "accept": "application/json"}
    answer = inside(YEAR_2020).ask("POST", "/http/echo", headers=headers)
    refusal = json.loads(answer.body)
    assert (answer.status, refusal["error"]) == (401, "unauthorized")
    assert refusal["error_description"] in answer.headers["www-authenticate"]


def test_credentials_that_are_good_pass_in_2020_as_well(inside: MakeInside) -> None:
    """Only the refusals differ."""
    assert inside(YEAR_2020).ask("POST", "/http/echo").status == 200


def test_markup_in_a_description_is_escaped() -> None:
    """The body is XML."""
    answer = unauthorized_2020("a < b", "", "an-id")
    assert b"<error_description>a &lt; b</error_description>" in bytes(answer.body)  # type: ignore[arg-type] # a refusal's body is no iterable of chunks


def test_refusals_of_2022_are_a_page_and_an_empty_challenge() -> None:
    """The page asks for Basic credentials, the challenge says what is wrong with the token."""
    page = no_credentials_2022("an-id")
    assert dict(page.headers)["www-authenticate"] == 'Basic realm="SAP Cloud Integration"'
    challenge = invalid_token_2022(NOT_AUTHENTICATED, "an-id")
    assert (challenge.status, challenge.body) == (401, b"")
    assert dict(challenge.headers)["www-authenticate"] == (
        'Bearer error="invalid_token", error_description="The token is invalid: An Authentication object '
        'was not found in the SecurityContext", error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"'
    )


UNAUTHORIZED_PAGE = (
    '<!doctype html><html lang="en"><head><title>HTTP Status 401 – Unauthorized</title>'  # noqa: RUF001 - as recorded
    '<style type="text/css">body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b '
    "{color:white;background-color:#525D76;} h1 {font-size:22px;} h2 {font-size:16px;} "
    "h3 {font-size:14px;} p {font-size:12px;} a {color:black;} .line {height:1px;"
    "background-color:#525D76;border:none;}</style></head><body>"
    "<h1>HTTP Status 401 – Unauthorized</h1></body></html>"  # noqa: RUF001 - as recorded
)


def _call(emulator: Emulator, authorization: str | None, address: str = "/echo") -> requests.Response:
    headers = {"Authorization": authorization} if authorization else {}
    return emulator.request("POST", f"{emulator.runtime}/http{address}", headers=headers)


@pytest.mark.parametrize("authorization", [None, "Digest abc", "Basic bm9ib2R5Om5vdGhpbmc="])
def test_call_without_usable_credentials(emulator: Emulator, authorization: str | None) -> None:
    """The 401 of 2022 with its page, byte for byte, and its headers."""
    answer = _call(emulator, authorization)
    assert answer.status_code == 401
    assert answer.content == UNAUTHORIZED_PAGE.encode()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert len(headers.pop("x-vcap-request-id")) == 36
    headers.pop("date")
    assert headers == {
        "www-authenticate": 'Basic realm="SAP Cloud Integration"',
        "content-type": "text/html;charset=utf-8",
        "content-length": "437",
        "content-language": "en",
        "server": "SAP",
        "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
        "expires": "0",
        "pragma": "no-cache",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-xss-protection": "1; mode=block",
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload;",
    }


def test_invalid_token(emulator: Emulator) -> None:
    """An empty 401 with the recorded challenge."""
    answer = _call(emulator, "Bearer invalid_token")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (401, b"", "0")
    assert answer.headers["www-authenticate"] == (
        'Bearer error="invalid_token", error_description="The token is invalid: Error occurred during '
        'Json Web Signature Validation: Last unit does not have enough valid bits.", '
        'error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"'
    )


def test_token_with_one_character_changed(emulator: Emulator) -> None:
    """The signature does not fit any more."""
    head, payload, signature = emulator.token().split(".")
    changed = ("B" if signature[0] == "A" else "A") + signature[1:]
    assert _call(emulator, f"Bearer {head}.{payload}.{changed}").status_code == 401


def test_token_of_plan_api_is_not_for_flows(emulator: Emulator) -> None:
    """The challenge names the audiences of the token and the clients that would be right."""
    answer = _call(emulator, f"Bearer {emulator.token('api')}")
    assert (answer.status_code, answer.content) == (401, b"")
    assert (
        'error_description="The token is invalid: Jwt token with audience [uaa, it!b44075, '
        in answer.headers["www-authenticate"]
    )
    assert (
        "] is not issued for these clientIds: "
        "[sb-it-rt-local-trial!b117912, it-rt-local-trial!b117912]." in answer.headers["www-authenticate"]
    )


def test_expired_token_is_refused(landscape: Landscape) -> None:
    """The challenge says when it expired."""
    payload = claims(landscape, landscape.instances[0], int(time.time()) - 7200)
    token = jwt.encode(payload, landscape.signing_key.private, "RS256")
    refusal = Gate(landscape).caller(f"Bearer {token}", "an-id")
    assert isinstance(refusal, WireAnswer)
    assert refusal.status == 401
    assert "The token is invalid: Jwt expired at " in dict(refusal.headers)["www-authenticate"]


@pytest.mark.parametrize("file", ["integration-flow", "integration-flow-second"])
def test_client_id_and_secret_work_without_a_token(emulator: Emulator, file: str) -> None:
    """Not recommended, but possible (wire-facts 7)."""
    key = emulator.key(file)
    answer = emulator.request(
        "GET", f"{emulator.runtime}/http/echo", auth=(key["clientid"], key["clientsecret"])
    )
    assert answer.status_code == 200


def test_credentials_of_plan_api_do_not_work_for_flows(emulator: Emulator) -> None:
    """They are right, but for another application."""
    key = emulator.key("api")
    answer = emulator.request(
        "GET", f"{emulator.runtime}/http/echo", auth=(key["clientid"], key["clientsecret"])
    )
    assert answer.status_code == 401


def test_client_without_the_role_is_forbidden(emulator: Emulator) -> None:
    """Its token is good, but says nothing of sending messages."""
    answer = _call(emulator, f"Bearer {emulator.token('integration-flow-without-role')}")
    assert answer.status_code == 403
    assert "<h1>HTTP Status 403 \N{EN DASH} Forbidden</h1>" in answer.content.decode()
    assert "www-authenticate" not in answer.headers


def test_role_is_looked_up_below_the_application(landscape: Landscape) -> None:
    """The same role of another application does not count."""
    gate = Gate(landscape)
    own = frozenset({"it-rt-local-trial!b117912.ESBMessaging.send"})
    assert gate.permits(Caller("c", own), "ESBMessaging.send")
    assert not gate.permits(Caller("c", frozenset({"other!b1.ESBMessaging.send"})), "ESBMessaging.send")


def test_role_counts_when_the_runtime_knows_of_it(landscape: Landscape) -> None:
    """Roles are cached for up to an hour (wire-facts 2.3)."""
    caller = Caller("c", frozenset({"it-rt-local-trial!b117912.ESBMessaging.send"}))
    slow = replace(landscape, profile=Profile(role_delay=3600))
    assert not Gate(slow).permits(caller, "ESBMessaging.send")
    slow.created -= 3600
    assert Gate(slow).permits(caller, "ESBMessaging.send")
