"""Who gets through to a flow: refusals over the wire."""

from __future__ import annotations

import time
from dataclasses import replace

import jwt
import pytest
import requests

from pytest_iflow.emulator.bearer import Caller
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.profile import Profile
from pytest_iflow.emulator.runtime.gate import Gate
from pytest_iflow.emulator.token_service.access_token import claims
from pytest_iflow.emulator.wire_answer import WireAnswer
from tests.emulator.emulator_process import Emulator

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
    """A signature that does not fit is as good as none."""
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
