"""Answers as the diagnosis reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.answer import Answer
from tests.diagnosis.refusing import Sender
from tests.loopback_server import Reply


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b'{"error":"x","error_description":"as JSON"}', {}, "as JSON"),
        (b'{"error":{"message":{"value":"as OData"}}}', {}, "as OData"),
        (b'{"error":{"message":{"value":null}}}', {}, ""),
        (b"<e><error_description>a &lt; b</error_description></e>", {}, "a < b"),
        (b'<error xmlns="m"><message xml:lang="en">as Atom</message></error>', {}, "as Atom"),
        (b"", {"WWW-Authenticate": 'Bearer error="x", error_description="as challenge"'}, "as challenge"),
        (b"[1]", {}, ""),
        (b"plain", {}, ""),
    ],
)
def test_words_of_the_service(
    recorded: Callable[[Reply], Sender], body: bytes, headers: dict[str, str], words: str
) -> None:
    """Wherever they stand."""
    assert Answer(recorded(Reply(401, body, headers)).call()).words == words


@pytest.mark.parametrize(
    ("path", "plane"),
    [
        ("/oauth/token", "token"),
        ("/?grant_type=client_credentials", "token"),
        ("/api/v1/MessageProcessingLogs", "api"),
        ("/http/x", "runtime"),
        ("/cxf/x", "runtime"),
    ],
)
def test_service_that_was_meant(recorded: Callable[[Reply], Sender], path: str, plane: str) -> None:
    """By the address."""
    assert Answer(recorded(Reply(404)).call(path=path)).plane == plane


@pytest.mark.parametrize("header", ["Basic %%%", "Basic /w==", "Bearer x", ""])
def test_header_without_basic_credentials(recorded: Callable[[Reply], Sender], header: str) -> None:
    """Broken, of another scheme, or none."""
    headers = {"Authorization": header} if header else {}
    assert Answer(recorded(Reply(401)).send("POST", "/http/x", headers)).basic == ("", "")


def test_form_is_read_like_the_query(recorded: Callable[[Reply], Sender]) -> None:
    """Both may hold the parameters of a token request."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = recorded(Reply(401)).send("POST", "/oauth/token?a=1", form, b"client_id=x%20y")
    assert Answer(sent).parameters == {"a": "1", "client_id": "x y"}
