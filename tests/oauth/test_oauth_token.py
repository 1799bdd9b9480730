"""Tokens: what they say of themselves."""

from __future__ import annotations

import pickle
import time
from dataclasses import replace

import jwt
import pytest

from pytest_iflow.errors import TokenError
from pytest_iflow.oauth.token import Token, read_claims
from pytest_iflow.run import Run

SCOPES = ("uaa.resource", "it-rt-x!b117912.ESBMessaging.send")


def token(value: str = "opaque", lifetime: float = 3600.0) -> Token:
    """Return a token that was obtained a moment ago."""
    now = time.time()
    return Token(value, "sb-1", "https://token.invalid/oauth/token", SCOPES, now, now + lifetime)


def test_a_token_counts_down() -> None:
    """The time left shrinks, and is negative after the end."""
    for lifetime in (3600.0, -5.0):
        left = token(lifetime=lifetime).seconds_left
        assert left is not None
        assert lifetime - 10 < left <= lifetime
    assert replace(token(), expires_at=None).seconds_left is None


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("ESBMessaging.send", True),
        ("it-rt-x!b117912.ESBMessaging.send", True),
        ("uaa.resource", True),
        ("send", True),
        ("Messaging.send", False),
        ("ESBMessaging.sen", False),
        ("esbmessaging.send", False),
        ("", False),
    ],
)
def test_a_scope_is_named_in_full_or_by_its_end(scope: str, granted: bool) -> None:
    """Whole parts between dots count, and upper and lower case differ."""
    assert token().grants(scope) is granted


def test_claims_of_a_real_token(local_run: Run) -> None:
    """The claims of wire-facts 3.2 are read, and the token stays fit for workers."""
    real = local_run.tokens.token("default")
    assert real.claims["cid"] == real.client_id
    assert real.claims["iss"] == real.token_url
    assert tuple(real.claims["scope"]) == real.scopes
    assert real.claims["exp"] - real.claims["iat"] == 3600
    assert pickle.loads(pickle.dumps(real)) == real  # noqa: S301, packed here


def test_claims_are_read_from_expired_and_foreign_tokens() -> None:
    """Who may trust the token is not for this side to say."""
    old = jwt.encode({"exp": 1, "aud": "somebody", "nbf": 9e9, "iss": "x"}, "k" * 32, algorithm="HS256")
    assert token(old).claims["exp"] == 1


@pytest.mark.parametrize(
    "value", ["", "opaque", "a.b.c", "eyJhbGciOiJSUzI1NiJ9", "ü.ü.ü", "..", "W10.W10.W10"]
)
def test_an_opaque_token_has_no_claims(value: str) -> None:
    """The error says what to compare, and does not show the token."""
    with pytest.raises(TokenError, match="the token is not a JWT") as caught:
        read_claims(value)
    assert "tokenurl" in str(caught.value.remedy)


def test_a_payload_that_is_no_object_is_no_jwt() -> None:
    """A list is signed as well as an object, but makes no claims."""
    with pytest.raises(TokenError, match="not a JWT"):
        read_claims("eyJhbGciOiJIUzI1NiJ9.WzFd.c2ln")


def test_representation_shows_no_token() -> None:
    """Neither ``repr`` nor ``str`` holds the value."""
    assert "very-secret" not in f"{token('very-secret')!r}{token('very-secret')}"
