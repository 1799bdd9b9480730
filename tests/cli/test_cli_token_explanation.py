"""Tokens that are not as they should be, explained."""

from __future__ import annotations

import time

import jwt
import pytest

from pytest_iflow.cli.token_explanation import explained, token_document
from pytest_iflow.oauth.token import Token
from pytest_iflow.tenants.service_key import Plan, ServiceKey

CLIENT_ID = "sb-1!b1|it-rt-acme!b2"
SEND = "it-rt-acme!b2.ESBMessaging.send"


def key(client_id: str = CLIENT_ID, plan: Plan = Plan.INTEGRATION_FLOW) -> ServiceKey:
    """Return a key of that client."""
    return ServiceKey(client_id, "s", "https://t.example", "https://rt.example", plan, None, None, "here")


def token(claims: dict[str, object] | None, *scopes: str, seconds: float = 3600.0) -> Token:
    """Return a token with these claims; without any it is opaque."""
    value = jwt.encode(claims, "k" * 32, "HS256") if claims is not None else "opaque"
    now = time.time()
    return Token(value, CLIENT_ID, "https://t.example", scopes, now, now + seconds)


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        ("it-rt-acme!b2", "it-rt-acme!b2 (the tenant takes it)"),
        (["uaa", "it-rt-acme!b2.ESBMessaging"], "(the tenant takes it)"),
        (["uaa", CLIENT_ID], f"{CLIENT_ID} (the tenant takes it)"),
        (["uaa", "it!b44075"], "uaa, it!b44075 (it-rt-acme!b2 is not among them: expect a 401)"),
        ([], "audience     not told"),
    ],
)
def test_the_audience_is_compared_with_the_key(audience: object, said: str) -> None:
    """It is the usual reason of a 401."""
    assert said in explained(token({"aud": audience}, SEND), key())


def test_a_key_that_names_no_application_wants_no_audience() -> None:
    """Then nothing is said about it."""
    assert "audience     uaa\n" in explained(token({"aud": ["uaa"]}), key("sb-1"))


def test_a_token_of_another_client_is_told() -> None:
    """The service did not give what was asked for."""
    assert f"client id    other, and not {CLIENT_ID} of" in explained(token({"cid": "other"}), key())


def test_missing_roles_are_told() -> None:
    """A token without the role that most iFlows ask for; of plan api nothing is expected."""
    assert "(without ESBMessaging.send: 403," in explained(token({"aud": "uaa"}), key())
    assert "ESBMessaging" not in explained(token({"aud": "uaa"}), key(plan=Plan.API))


def test_an_opaque_token_has_no_claims() -> None:
    """What the token service said stands in their place."""
    text = explained(token(None, SEND), key())
    assert "none: the token is no JWT" in text
    assert f"scopes       {SEND}" in text
    assert token_document(token(None, SEND), key())["claims"] == {}


def test_times_that_cannot_be() -> None:
    """One that has passed, and one that no calendar has."""
    text = explained(token({"exp": 10**18}, seconds=-5), key())
    assert "left         nothing" in text
    assert "valid until  1e+18\n" in text
