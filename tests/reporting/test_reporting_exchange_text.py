"""An exchange as people read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_iflow.reporting.exchange_text import SHOWN_BODY, exchange_text, exchange_title
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.transport.exchange import Exchange, Request, Response

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


def exchange(body: bytes = b"", answer: bytes = b"", **headers: str) -> Exchange:
    """Return an exchange of 42 ms; ``headers`` are those of the request."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(
        Request("POST", "https://rt.example.com/http/orders?x=1", names, body),
        Response(200, "OK", {"content-type": "text/plain", "Set-Cookie": "session=abcdef"}, answer),
        datetime(2026, 11, 3, tzinfo=UTC),
        0.042,
    )


def test_request_and_response_stand_below_each_other() -> None:
    """Start line, headers, an empty line, the body; the time it took."""
    text = exchange_text(exchange(b"hello", "größer".encode(), Accept="*/*"))
    assert text.splitlines() == [
        "POST https://rt.example.com/http/orders?x=1",
        "Accept: */*",
        "",
        "hello",
        "",
        "200 OK after 42 ms",
        "content-type: text/plain",
        "Set-Cookie: ***",
        "",
        "größer",
    ]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ["(no body)"]),
        (b'{"a":[1,"\xc3\xbc"]}', ["{", '  "a": [', "    1,", '    "ü"', "  ]", "}"]),
        (b"<a><b>1</b><c/></a>", ["<a>", "  <b>1</b>", "  <c/>", "</a>"]),
        (b"{broken", ["{broken"]),
        (b"<broken>", ["<broken>"]),
        (b"\xff\xfd", ["\ufffd\ufffd"]),
    ],
    ids=["none", "JSON", "XML", "broken JSON", "broken XML", "bytes"],
)
def test_a_body_is_formatted_where_it_can_be(body: bytes, shown: list[str]) -> None:
    """And shown as it came where not."""
    assert exchange_text(exchange(body)).splitlines()[2 : 2 + len(shown)] == shown


def test_entities_of_an_answer_are_not_resolved() -> None:
    """An answer must not make the report read files."""
    answer = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    assert "&x;" in exchange_text(exchange(answer=answer))


def test_a_long_body_is_cut_and_says_so() -> None:
    """A report is to be read."""
    text = exchange_text(exchange(b"x" * (SHOWN_BODY + 1)))
    assert "x" * SHOWN_BODY + "\n… cut here: 65,536 of 65,537 bytes are shown\n" in text


def test_the_cut_of_a_long_body_leaves_no_half_a_secret() -> None:
    """It is masked before: nobody would recognise the half."""
    register_secret("s3cret-of-the-long-body")
    body = b"x" * (SHOWN_BODY - 9) + b"s3cret-of-the-long-body" + 90 * b"y"
    text = exchange_text(exchange(body, body))
    assert text.count("x***\n… cut here: 65,536 of 65,640 bytes are shown\n") == 1
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ({"Authorization": f"Bearer {JWT}"}, "Authorization: Bearer ***"),
        ({"authorization": "Basic dXNlcjpwYXNz"}, "authorization: Basic ***"),
        ({"Authorization": "opaque"}, "Authorization: ***"),
        ({"Cookie": "a=b; c=d"}, "Cookie: ***"),
        ({"X_CSRF_Token": "0123456789"}, "X-CSRF-Token: ***"),
        ({"X_CSRF_Token": "Fetch"}, "X-CSRF-Token: Fetch"),
        ({"X_CSRF_Token": "required"}, "X-CSRF-Token: required"),
    ],
)
def test_credentials_are_not_shown_but_how_they_are_meant(header: dict[str, str], shown: str) -> None:
    """Bearer or Basic is evidence, what follows is secret."""
    assert exchange_text(exchange(b"", b"", **header)).splitlines()[1] == shown


def test_secrets_are_masked_wherever_they_stand() -> None:
    """In bodies, other headers and URLs."""
    register_secret("s3cret-of-the-exchange")
    text = exchange_text(exchange(f'{{"token": "{JWT}"}}'.encode(), X_Key="s3cret-of-the-exchange"))
    assert "s3cret" not in text
    assert "eyJ" not in text
    assert '"token": "***"' in text


def test_the_title_names_method_address_and_status() -> None:
    """In one line, without the query."""
    assert exchange_title(exchange()) == "POST https://rt.example.com/http/orders → 200"


def test_values_of_json_are_shown_as_they_went_over_the_wire() -> None:
    """A price of 51.000 is evidence as it is, and a text that looks like JSON stays a text."""
    answer = b'{"Price":51.000,"Name":"{a: [1, 2]}","None":{},"List":[],"Big":1e400}'
    text = exchange_text(exchange(answer=answer))
    for line in ('  "Price": 51.000,', '  "Name": "{a: [1, 2]}",', '  "None": {},', '  "List": [],'):
        assert line in text.splitlines()
    assert "1e400" in text
