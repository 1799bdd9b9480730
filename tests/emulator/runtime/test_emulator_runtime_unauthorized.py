"""The two generations of a 401."""

from __future__ import annotations

import json
from typing import cast

import jwt
import pytest

from pytest_iflow.emulator.profile import Profile
from pytest_iflow.emulator.runtime.unauthorized import (
    NOT_AUTHENTICATED,
    invalid_token_2022,
    no_credentials_2022,
    unauthorized_2020,
)
from pytest_iflow.emulator.token_service.access_token import claims
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
    """The body stays XML."""
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
