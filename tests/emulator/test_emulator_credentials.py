"""Client credentials in a Basic header."""

from __future__ import annotations

from base64 import b64encode

import pytest

from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.landscape import Landscape


def _basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


def test_id_ends_at_the_first_colon() -> None:
    """Everything after it is the secret."""
    assert Credentials.from_basic(_basic("sb-1!b2|it:a$b:c=")) == Credentials("sb-1!b2|it", "a$b:c=")


def test_scheme_is_read_in_any_case() -> None:
    """HTTP has it so."""
    assert Credentials.from_basic(_basic("a:b").replace("Basic", "bASIC")) == Credentials("a", "b")


@pytest.mark.parametrize(
    "header", ["", "Bearer abc", "Basic", "Basic %%%", "Basic \xe9", "Basic /w==", _basic("no colon")]
)
def test_broken_header_holds_no_credentials(header: str) -> None:
    """Another scheme, no base64, no ASCII, no UTF-8, no colon."""
    assert Credentials.from_basic(header) is None


def test_right_credentials_lead_to_their_instance(landscape: Landscape) -> None:
    """Each client is recognised by its id and the secret of one of its keys together."""
    first, second = landscape.instances[:2]
    secrets = [key.client_secret or "" for key in first.keys[:2]]
    assert all(Credentials(first.client_id, secret).instance(landscape) is first for secret in secrets)
    assert Credentials(second.client_id, secrets[0]).instance(landscape) is None
    assert Credentials("nobody", secrets[0]).instance(landscape) is None


def test_secret_is_not_in_the_representation() -> None:
    """Printing credentials does not give them away."""
    assert "hush" not in repr(Credentials("me", "hush"))
