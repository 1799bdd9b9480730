"""Answers as the diagnosis reads them."""

from __future__ import annotations

import gzip
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
        (b'{"error_description":" in\\n  two lines "}', {}, "in two lines"),
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
    ("body", "headers"),
    [
        ("<h1>HTTP Status 404 \N{EN DASH} Not Found</h1>", {"Content-Type": "text/html;charset=utf-8"}),
        ("<h1>HTTP Status 404&nbsp;&ndash; Not Found</h1>", {"CONTENT-TYPE": " TEXT/HTML"}),
        ("\n<!DOCTYPE html><h1>HTTP Status 404 - /http/x</h1>", {}),
    ],
)
def test_page_of_the_runtime(recorded: Callable[[Reply], Sender], body: str, headers: dict[str, str]) -> None:
    """However its dash, its type and its case are written."""
    answer = Answer(recorded(Reply(404, body.encode(), headers)).call())
    assert (answer.is_page_of_runtime, answer.reached_no_flow) == (True, True)


def test_page_that_is_packed(recorded: Callable[[Reply], Sender]) -> None:
    """The evidence has it unpacked."""
    packed = gzip.compress(b"<h1>HTTP Status 404 - Not Found</h1>")
    reply = Reply(404, packed, {"Content-Type": "text/html", "Content-Encoding": "gzip"})
    assert Answer(recorded(reply).call()).is_page_of_runtime


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("; charset=ISO-8859-1", "iso-8859-1"),
        (';Charset="UTF-16"', "utf-16"),
        ("", "utf-8"),
        (";charset=none", "utf-8"),
        (";charset=hex", "utf-8"),
    ],
)
def test_charset_of_the_body(recorded: Callable[[Reply], Sender], charset: str, encoding: str) -> None:
    """The one that is named, if there is one of this name (wire-facts 4.3)."""
    reply = Reply(500, "Gr\u00f6\u00dfe".encode(encoding), {"Content-Type": f"text/plain{charset}"})
    assert Answer(recorded(reply).call()).text == "Gr\u00f6\u00dfe"


def test_answer_that_is_empty(recorded: Callable[[Reply], Sender]) -> None:
    """Nothing tells who answered, unless the router says that it did."""
    assert Answer(recorded(Reply(404)).call()).reached_no_flow
    assert not Answer(
        recorded(Reply(404, headers={"X-Cf-RouterError": "unknown_route"})).call()
    ).reached_no_flow


@pytest.mark.parametrize("date", ["yesterday", "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"])
def test_time_that_is_none(recorded: Callable[[Reply], Sender], date: str) -> None:
    """It is not told."""
    raw = f"HTTP/1.1 401 Unauthorized\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
    assert Answer(recorded(Reply(raw=raw)).call()).server_time is None


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
