"""Addresses of a service key: tidied or refused."""

from __future__ import annotations

from typing import Literal

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.key_url import is_loopback, tidy_url

HOST = "https://trial.it-cpitrial05-rt.cfapps.us10-001.hana.ondemand.com"
TOKEN_URL = "https://trial.authentication.us10.hana.ondemand.com/oauth/token"


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        (HOST, HOST),
        (f" {HOST}/ \r\n", HOST),
        (f"{HOST}//", HOST),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://[::1]:1/", "http://[::1]:1"),
    ],
)
def test_an_address_is_tidied(given: str, tidy: str) -> None:
    """Spaces around an address and slashes at its end go; http is good for this machine."""
    assert tidy_url(given, "url", "key") == tidy


def test_a_token_address_loses_its_last_slash() -> None:
    """A slash after /oauth/token is a slip, not an error."""
    assert tidy_url(f"{TOKEN_URL}/", "tokenurl", "key") == TOKEN_URL


@pytest.mark.parametrize(
    ("name", "given", "what"),
    [
        ("url", "http://tenant.example.com", "plain http, host tenant.example.com"),
        ("tokenurl", "http://tenant.example.com/oauth/token", "plain http"),
        ("url", "http://127.0.0.1.example.com", "plain http"),
        ("url", "https://user:Passw0rd@tenant.example.com", "before the host tenant.example.com"),
        ("url", "https://Passw0rd@tenant.example.com", "carries a user or password"),
        ("url", "tenant.example.com", "is no address"),
        ("url", "ftp://tenant.example.com", "is no address"),
        ("url", "https://", "is no address"),
        ("url", "https://ten ant.example.com", "is no address"),
        ("url", "https://tenant\n.example.com", "is no address"),
        ("url", "https://tenant.example.com:port", "is no address"),
        ("url", "https://tenant.example.com:0", "is no address"),
        ("url", "https://[::1", "is no address"),
        ("url", "https://<tenant>.example.com", "is no address"),
        ("url", f"{HOST}?a=Passw0rd", "after ? or #"),
        ("url", f"{HOST}#", "after ? or #"),
        ("tokenurl", f"{TOKEN_URL}?grant_type=client_credentials", "after ? or #"),
        ("tokenurl", "https://trial.authentication.us10.hana.ondemand.com", "does not end in /oauth/token"),
        ("tokenurl", "https://x.example.com/oauth/authorize", "https://x.example.com/oauth/authorize"),
    ],
)
def test_an_address_is_refused(name: Literal["url", "tokenurl"], given: str, what: str) -> None:
    """The error says which address, what is wrong, and shows no credentials."""
    with pytest.raises(ConfigurationError) as caught:
        tidy_url(given, name, "file trial.json")
    assert f'"{name}" of the service key' in caught.value.what
    assert what in caught.value.what
    assert caught.value.where == "file trial.json"
    assert caught.value.remedy
    assert "Passw0rd" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, *, expected: bool) -> None:
    """Names that merely look like this machine are another one."""
    assert is_loopback(host) is expected
