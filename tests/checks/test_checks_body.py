"""Bytes become JSON or XML, or an error that shows the place."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import pytest

from pytest_iflow.checks.body import parse_json, parse_xml
from pytest_iflow.errors import CheckError


def test_json_is_read_in_its_charset() -> None:
    """The rest of that is in the tests of charset."""
    latin = '{"Name": "Größe"}'.encode("latin-1")
    assert parse_json(latin, "application/json; charset=iso-8859-1", "It") == {"Name": "Größe"}
    assert parse_json('{"Name": "Größe"}'.encode("utf-16"), None, "It") == {"Name": "Größe"}


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
        (b"9" * 30_000, "not valid JSON: a number of 30,000 digits is too long"),
        (b'"\\x"', "not valid JSON: Invalid"),
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
        parse_json(b'"ab\xff"', "text/plain;charset=utf-8", "The response")
    assert caught.value.where == "byte 3"


@pytest.mark.parametrize("parse", [parse_json, parse_xml])
def test_an_unknown_charset_is_refused(parse: object) -> None:
    """Rather than guessed."""
    assert callable(parse)
    with pytest.raises(CheckError, match='charset that does not exist: "klingon"'):
        parse(b"<a/>", "text/xml;charset=klingon", "The response")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<a>Größe</a>".encode(), None),
        ('<?xml version="1.0" encoding="iso-8859-1"?><a>Größe</a>'.encode("latin-1"), None),
        (
            '<?xml version="1.0" encoding="UTF-8"?><a>Größe</a>'.encode("latin-1"),
            "text/xml;charset=iso-8859-1",
        ),
        (codecs.BOM_UTF8 + "<a>Größe</a>".encode(), "text/xml;charset=iso-8859-1"),
        ("<a>Größe</a>".encode("utf-16"), None),
        ('<?xml version="1.0" encoding="utf-16"?><a>Größe</a>'.encode("utf-16-be"), None),
        ('<?xml version="1.0" encoding="utf-16"?><a>Größe</a>'.encode(), "text/xml;charset=utf-8"),
        ('<?xml version="1.0" encoding="cp037"?><a>Größe</a>'.encode("cp037"), None),
        ("<?xml version='1.1'?><a>Größe</a>".encode(), None),
    ],
)
def test_xml_is_read_in_its_encoding(body: bytes, content_type: str | None) -> None:
    """As RFC 7303 has it: byte order mark, charset of the header, XML declaration."""
    assert parse_xml(body, content_type, "The response").text == "Größe"


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


def test_entities_of_the_message_itself_are_expanded() -> None:
    """In texts and in attributes: an empty value would be a lie."""
    root = parse_xml(
        b'<!DOCTYPE a [<!ENTITY co "ACME"><!ENTITY el "<b>1</b>">]><a n="&co;">&co; Ltd&el;</a>', None, "It"
    )
    assert (root.get("n"), root.text, root[0].text) == ("ACME", "ACME Ltd", "1")


_LAUGHS = "".join(f'<!ENTITY l{n} "{10 * f"&l{n - 1};"}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("dtd", "text", "reason"),
    [
        (f'<!ENTITY l0 "lol">{_LAUGHS}', "&l9;", "Maximum entity amplification"),
        (f'<!ENTITY a "{50_000 * "a"}">', "&a;" * 50_000, "Maximum entity amplification"),
        ('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;", "entity reference loop"),
        ("<!ENTITY % p '<!ENTITY a \"1\">'> %p;", "&a;", "Entity 'p' not defined"),
        ('<!ENTITY e SYSTEM "FILE">', "x&e;y", "Entity 'e' not defined"),
        ('<!ENTITY % p SYSTEM "FILE"> %p;', "x", "Entity 'p' not defined"),
        ("", "&nbsp;", "Entity 'nbsp' not defined"),
    ],
)
def test_other_entities_are_refused_by_name(tmp_path: Path, dtd: str, text: str, reason: str) -> None:
    """Neither a file nor a DTD of the tester's machine comes into an answer, nor a bomb into memory."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    body = f"<!DOCTYPE a [{dtd.replace('FILE', secret.as_uri())}]><a>{text}</a>".encode()
    with pytest.raises(CheckError, match=reason) as caught:
        parse_xml(body, None, "It")
    assert "let the flow write the text itself" in (caught.value.remedy or "")
    with pytest.raises(CheckError, match=r"Resource limit|ntity"):  # also where long texts are allowed
        parse_xml(body.replace(b"<a>", b"<a>" + b" " * 10_000_001), None, "It")


def test_xml_that_is_nested_too_deep_is_called_so() -> None:
    """It is valid XML."""
    with pytest.raises(CheckError, match="It is nested too deep to be judged"):
        parse_xml(b"<a>" * 1_000 + b"</a>" * 1_000, None, "It")


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
