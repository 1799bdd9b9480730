"""What is known of a call, and the causes that are judged over it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.facts import Facts, answered
from tests.diagnosis.refusing import CLIENT_ID, Sender, service_key, token_of
from tests.loopback_server import Reply


def test_token_is_that_of_the_call_unless_one_is_given(recorded: Callable[[Reply], Sender]) -> None:
    """Its claims are read, not verified."""
    exchange = recorded(Reply(401)).call(token_of(cid="of the call"))
    assert Facts(exchange).claims["cid"] == "of the call"
    assert Facts(exchange, token=token_of(cid="given")).claims["cid"] == "given"
    assert Facts(exchange, token="not a token").claims == {}
    assert Facts().claims == {}


def test_token_is_never_shown() -> None:
    """Neither by accident."""
    token = token_of()
    assert token not in repr(Facts(token=token))


@pytest.mark.parametrize(("scope", "scopes"), [("a b", ("a", "b")), (["a"], ("a",)), (None, ()), (1, ())])
def test_scopes_may_come_in_any_form(scope: object, scopes: tuple[str, ...]) -> None:
    """As a text, a list, or not at all."""
    assert Facts(token=token_of(scope=scope)).scopes == scopes


def test_audience_by_token_and_key() -> None:
    """Where no service says what it wants, the key does."""
    got, wanted = Facts(token=token_of(), key=service_key()).audience
    assert got[-1] == CLIENT_ID
    assert wanted == ("it-rt-acme!b117912",)
    assert Facts().audience == ((), ())


def test_time_of_the_tenant(recorded: Callable[[Reply], Sender]) -> None:
    """Told by the answer, else by our clock and the difference that was measured."""
    told = recorded(Reply(401, headers={"Date": "Thu, 01 Jan 1970 01:00:00 GMT"})).call()
    untold = recorded(Reply(401, raw=b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")).call()
    started = untold.started.timestamp()
    assert Facts(untold, clock_difference=60).tenant_time == started + 60
    assert Facts(untold).clock_ahead == 0
    assert Facts(told, clock_difference=60).clock_ahead == 60
    assert Facts().clock_ahead == 0
    assert abs(Facts().tenant_time - time.time()) < 60


@pytest.mark.parametrize(("value", "seconds"), [(60, 60.0), (1.5, 1.5), ("60", None), (None, None)])
def test_claimed_time_is_a_number_or_none(value: object, seconds: float | None) -> None:
    """A token may claim anything."""
    assert Facts(token=token_of(iat=value)).claimed_time("iat") == seconds


def test_evidence_of_an_answer_says_nothing_twice(recorded: Callable[[Reply], Sender]) -> None:
    """Words that stand in the challenge are not shown again."""
    challenge = 'Bearer error="x", error_description="no"'
    exchange = recorded(Reply(401, headers={"WWW-Authenticate": challenge})).call()
    assert answered(Facts(exchange)) == ("status 401 Unauthorized", f"www-authenticate: {challenge}")
    worded = recorded(Reply(400, b'{"error_description":"why not"}')).call()
    assert answered(Facts(worded)) == ("status 400 Bad Request", "its words: why not")


def test_without_an_answer_there_is_no_evidence_of_one() -> None:
    """Nothing is made up."""
    assert answered(Facts()) == ()
