"""What is a credential by its looks, and what only begins like one."""

from __future__ import annotations

import base64

import pytest

from pytest_iflow.secrets.token_shapes import credentials_in, maybe_credentials

TOKEN = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzYi0xIn0.c2lnbmF0dXJl-_x"
PAIR = base64.b64encode(b"client:password").decode()
KEY_LINES = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7"


def kinds(text: str) -> tuple[list[str], list[str]]:
    """Return the kinds of what is masked, and of what is a leak."""
    return [kind for *_, kind in maybe_credentials(text)], [kind for *_, kind in credentials_in(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (TOKEN, "a token"),
        ("eyJhbGciOiJIUzI1NiJ9.eyAic3ViIjoieCJ9", "a token"),  # short, without a signature
        (f"Authorization: Bearer {TOKEN.rpartition('.')[2] * 3}9", "a bearer token"),
        ("authorization=bearer%20abcdefghijklmnopqrstuvw7", "a bearer token"),
        (f"Authorization: Basic {PAIR}", "Basic credentials"),
        (f"BASIC {PAIR.rstrip('=')}", "Basic credentials"),
        (f'{{"said": "a\\nBasic\\t{PAIR}"}}', "Basic credentials"),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}\n-----END RSA PRIVATE KEY-----", "a private key"),
        ("-----BEGIN PRIVATE KEY-----" + KEY_LINES.replace("\n", "\\n"), "a private key"),
    ],
)
def test_a_credential_is_masked_and_would_be_a_leak(text: str, kind: str) -> None:
    """Nobody needs to have registered it."""
    assert kinds(text) == ([kind], [kind])


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication is refused",
        f"Basic {base64.b64encode(bytes(range(128, 158))).decode()}",
        f"Basic {base64.b64encode(b'only a long word').decode()}",
        "the bearer token-service-of-this-landscape",
        "Bearer *** Basic *** -----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----",
        "eyJust three letters",
    ],
)
def test_words_are_no_credentials(text: str) -> None:
    """Nor is what was masked already."""
    assert kinds(text) == ([], [])


@pytest.mark.parametrize(
    "text", [TOKEN.partition(".")[0], "eyJ2ZXJzaW9uIjozfQ.map.js", "eyJhbGcibroken.map.js", "eyJhbGciOg.a.b"]
)
def test_what_may_be_half_a_token_is_masked_but_no_leak(text: str) -> None:
    """A source map of a page begins like a token, too."""
    masked, leaks = kinds(text)
    assert masked == ["a token"]
    assert leaks == []


def test_a_token_goes_on_in_the_lines_below() -> None:
    """Lines of nothing else belong to it, words do not."""
    rest = "A" * 40
    text = f"x {TOKEN}\n  {rest}\nand other words of this text"
    ((start, end, _),) = maybe_credentials(text)
    assert text[:start] + text[end:] == "x \nand other words of this text"
