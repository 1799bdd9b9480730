"""Bytes become JSON or XML, or an error that shows the place."""

from __future__ import annotations

import codecs
import re

import pytest

from pytest_iflow.checks.body import parse_json, parse_xml
from pytest_iflow.errors import CheckError


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ('{"Name": "Größe"}'.encode(), None),
        ('{"Name": "Größe"}'.encode("latin-1"), "iso-8859-1"),
        (codecs.BOM_UTF8 + '{"Name": "Größe"}'.encode(), "utf-8"),
        ('{"Name": "Größe"}'.encode("utf-16"), None),
        ('{"Name": "Größe"}'.encode("utf-16"), "utf-8"),
        ('{"Name": "Größe"}'.encode("utf-16-le"), None),
        ('{"Name": "Größe"}'.encode("utf-32"), None),
    ],
)
def test_json_is_read_in_its_encoding(body: bytes, charset: str | None) -> None:
    """A byte order mark decides, then the charset of the header, then the first bytes."""
    assert parse_json(body, charset, "The response") == {"Name": "Größe"}


def test_of_duplicate_names_the_last_counts() -> None:
    """The converter writes such JSON when it streams; nothing is refused for it."""
    assert parse_json(b'{"a": 1, "a": 2}', None, "The response") == {"a": 2}


def test_json_numbers_keep_their_written_form() -> None:
    """So that 51.000 is reported as 51.000."""
    assert str(parse_json(b"51.000", None, "The response")) == "51.000"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"a": 1,\n "b": }', "not valid JSON: Expecting value"),
        (b'{"a": NaN}', "not valid JSON: NaN is no JSON value"),
        (b"[-Infinity]", "not valid JSON: -Infinity is no JSON value"),
        (b"9" * 5000, "not valid JSON: Exceeds the limit"),
        (b"[" * 100_000, "nested too deep"),
        (b'"\xff"', "not encoded in utf-8: invalid start byte"),
    ],
)
def test_broken_json_is_refused(body: bytes, message: str) -> None:
    """Each with its reason, none with a traceback of the parser."""
    with pytest.raises(CheckError, match=re.escape(message)):
        parse_json(body, None, "The response")


def test_the_error_of_broken_json_shows_the_place() -> None:
    """Line, column and the text around."""
    with pytest.raises(CheckError) as caught:
        parse_json(b'{"a": 1,\n "b": }', None, "The response")
    assert caught.value.where == 'line 2, column 7, near {"a": 1, "b": }'


def test_the_error_of_a_wrong_encoding_shows_the_byte() -> None:
    """Counted from 0."""
    with pytest.raises(CheckError) as caught:
        parse_json(b'"ab\xff"', "utf-8", "The response")
    assert caught.value.where == "byte 3"


@pytest.mark.parametrize("parse", [parse_json, parse_xml])
def test_an_unknown_charset_is_refused(parse: object) -> None:
    """Rather than guessed."""
    assert callable(parse)
    with pytest.raises(CheckError, match='charset that does not exist: "klingon"'):
        parse(b"<a/>", "klingon", "The response")


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("<a>Größe</a>".encode(), None),
        ('<?xml version="1.0" encoding="iso-8859-1"?><a>Größe</a>'.encode("latin-1"), None),
        ('<?xml version="1.0" encoding="UTF-8"?><a>Größe</a>'.encode("latin-1"), "iso-8859-1"),
        (codecs.BOM_UTF8 + "<a>Größe</a>".encode(), "iso-8859-1"),
        ("<a>Größe</a>".encode("utf-16"), None),
    ],
)
def test_xml_is_read_in_its_encoding(body: bytes, charset: str | None) -> None:
    """As RFC 7303 has it: byte order mark, charset of the header, XML declaration."""
    assert parse_xml(body, charset, "The response").text == "Größe"


@pytest.mark.parametrize(
    ("body", "reason", "place"),
    [
        (
            b"<a>\n<b></a>",
            "Opening and ending tag mismatch: b line 2 and a",
            "line 2, column 8, near <a> <b></a>",
        ),
        (b"<a>&x;</a>", "Entity 'x' not defined", "line 1, column 7, near <a>&x;</a>"),
        (b"<a/><b/>", "Extra content at the end of the document", "line 1, column 5, near <a/><b/>"),
    ],
)
def test_broken_xml_is_refused_with_its_place(body: bytes, reason: str, place: str) -> None:
    """Line, column and the text around."""
    with pytest.raises(CheckError) as caught:
        parse_xml(body, None, "The response")
    assert caught.value.what == f"The response is not valid XML: {reason}"
    assert caught.value.where == place


def test_xml_entities_are_not_resolved(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither a file of the tester's machine nor a DTD finds its way into an answer."""
    secret = tmp_path_factory.mktemp("outside") / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    body = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><a>x&e;y</a>'.encode()
    assert "secret" not in list(parse_xml(body, None, "The response").itertext())


def test_a_dtd_elsewhere_is_not_loaded() -> None:
    """A document type that names a DTD on the network parses without it."""
    body = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>x</a>'
    assert parse_xml(body, None, "The response").text == "x"


def test_comments_and_processing_instructions_are_left_out() -> None:
    """The text on both sides of them is one."""
    element = parse_xml(b"<a>x<!-- c -->y<?p q?>z</a>", None, "The response")
    assert (element.text, len(element)) == ("xyz", 0)


def test_an_attachment_of_more_than_ten_million_characters_is_read() -> None:
    """Flows carry files as one long text."""
    body = b"<a>" + b"x" * 10_000_001 + b"</a>"
    assert len(parse_xml(body, None, "The response").text or "") == 10_000_001
