"""Refused tokens: none, damaged, out of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.access_tokens import moment
from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.oauth.token import basic
from tests.diagnosis.refusing import RefusingTenant, Sender, service_key, token_of
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise

HOUR = 3600
NOT_FOUND = "An Authentication object was not found in the SecurityContext"
XML = (
    "<UnauthorizedException><error>unauthorized</error>"
    f"<error_description>{NOT_FOUND}</error_description></UnauthorizedException>"
)
PAGE_401 = (
    "<!doctype html><html><body><h1>HTTP Status 401 \N{EN DASH} Unauthorized</h1></body></html>".encode()
)
HTML = {"Content-Type": "text/html;charset=utf-8"}
BROKEN = (
    'Bearer error="invalid_token", error_description="The token is invalid: Error occurred during Json Web '
    'Signature Validation: Last unit does not have enough valid bits.", '
    'error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"'
)


def test_call_without_credentials(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The page of the newer runtime."""
    recognise(Facts(tenant.runtime.call(path="/http/echo"), key=tenant.key()), "no-authorization-header")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (XML.encode(), {"Content-Type": "application/xml"}),
        (
            f'{{"error":"unauthorized","error_description":"{NOT_FOUND}"}}'.encode(),
            {"Content-Type": "application/json"},
        ),
        (PAGE_401, {**HTML, "WWW-Authenticate": 'Basic realm="SAP Cloud Integration"'}),
        (PAGE_401, {"content-type": "TEXT/HTML"}),
        (XML.replace(" was not", "\n WAS not").encode(), {"Content-Type": "application/xml;charset=UTF-8"}),
    ],
    ids=["XML of 2020", "JSON of 2020", "page of 2022", "page without a challenge", "XML in another case"],
)
@pytest.mark.parametrize("with_token", [False, True])
def test_recorded_answer_to_a_call_without_credentials(
    recorded: Callable[[Reply], Sender],
    recognise: Recognise,
    body: bytes,
    headers: dict[str, str],
    *,
    with_token: bool,
) -> None:
    """Where a token was sent all the same, something dropped it on the way."""
    exchange = recorded(Reply(401, body, headers)).call(token_of() if with_token else None)
    cause = "authorization-header-lost" if with_token else "no-authorization-header"
    certainty = Certainty.LIKELY if with_token else Certainty.CERTAIN
    recognise(Facts(exchange, key=service_key()), cause, by="recorded", certainty=certainty)


def test_basic_credentials_of_nobody(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Basic is possible at the runtime, with those of a key."""
    sent = {"Authorization": basic("nobody", "nothing")}
    exchange = tenant.runtime.send("POST", "/http/echo", sent)
    recognise(Facts(exchange, key=tenant.key()), "basic-credentials-refused")


@pytest.mark.parametrize("token", ["invalid_token", "header.payload", "a.b.c"])
def test_something_that_is_no_token(tenant: RefusingTenant, recognise: Recognise, token: str) -> None:
    """Whatever it is, it does not begin like one."""
    recognise(Facts(tenant.runtime.call(token, "/http/echo"), key=tenant.key()), "token-not-a-jwt")


def test_recorded_refusal_of_something_that_is_no_token(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """The empty 401 of the recordings (wire-facts 4.4)."""
    exchange = recorded(Reply(401, headers={"WWW-Authenticate": BROKEN})).call("invalid_token")
    recognise(Facts(exchange), "token-not-a-jwt", by="recorded")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_token_that_is_cut_off(tenant: RefusingTenant, recognise: Recognise, part: float) -> None:
    """In its header, its claims or its signature."""
    token = tenant.token()
    cut = token[: int(len(token) * part)]
    recognise(Facts(tenant.runtime.call(cut, "/http/echo"), key=tenant.key()), "token-truncated")


def test_token_past_its_end(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The clock of the tenant goes on two hours."""
    token = tenant.token()
    tenant.emulator.set_faults({"clock_skew": 2 * HOUR})
    found = recognise(Facts(tenant.runtime.call(token, "/http/echo"), key=tenant.key()), "token-expired")
    assert any("+7200 s" in line or "+7199 s" in line for line in found[0].evidence)


def test_token_past_its_end_by_its_claims(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """Where the words do not tell, claims and clock make it likely."""
    token = token_of(exp=int(time.time()) - HOUR)
    exchange = recorded(Reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})).call(token)
    facts = Facts(exchange, key=service_key())
    recognise(facts, "token-expired", by="recorded", certainty=Certainty.LIKELY)


def test_token_from_the_future(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Issued by a clock that is ahead of the one that judges it."""
    tenant.emulator.set_faults({"clock_skew": HOUR})
    token = tenant.token()
    tenant.emulator.set_faults({})
    recognise(Facts(tenant.runtime.call(token, "/http/echo"), key=tenant.key()), "token-not-yet-valid")


def test_token_from_the_future_by_its_claims(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Where the words do not tell, claims and clock make it likely."""
    token = token_of(iat=int(time.time()) + HOUR, exp=int(time.time()) + 2 * HOUR)
    exchange = recorded(Reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})).call(token)
    facts = Facts(exchange, key=service_key())
    recognise(facts, "token-not-yet-valid", by="recorded", certainty=Certainty.LIKELY)


def test_good_token_that_is_refused_without_a_word_has_no_cause(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Nothing is guessed."""
    exchange = recorded(Reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})).call(
        token_of()
    )
    recognise(Facts(exchange, key=service_key()))


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("The token is invalid: Jwt expired at 2022-08-23T08:58:49Z", "token-expired"),
        ("The token is invalid: Jwt is not valid yet", "token-not-yet-valid"),
    ],
)
def test_words_about_a_token_tell_that_there_was_one(
    recorded: Callable[[Reply], Sender], recognise: Recognise, words: str, cause: str
) -> None:
    """Also where the evidence does not show it, as with an answer that was copied from elsewhere."""
    challenge = {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{words}"'}
    recognise(Facts(recorded(Reply(401, headers=challenge)).call()), cause, by="recorded")


def test_challenge_about_a_token_is_no_answer_to_a_call_without(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """What contradicts the evidence is no certain cause."""
    reply = Reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    recognise(Facts(recorded(reply).call()))
    broken = Facts(recorded(Reply(401, headers={"WWW-Authenticate": BROKEN})).call())
    recognise(broken, "invalid-token", by="recorded", certainty=Certainty.LIKELY)


def test_refusal_of_a_flow_of_its_own_is_not_judged(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """It names its message log: the message arrived."""
    reply = Reply(401, b"my own", {"sap_messageprocessinglogid": "AGMDk4xoI4HyB3JEHjYPc_OacRnI"})
    recognise(Facts(recorded(reply).call()))


def test_moment_that_no_calendar_has() -> None:
    """A claim may hold any number."""
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment(1e18) == "1e+18"
