"""An answer body is parsed once, as what it is, or the error shows the place."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document, parse_json, parse_xml
from pytest_iflow.errors import CheckError


def test_json_is_read_in_its_charset() -> None:
    """The rest of that is in the tests of charset."""
    latin = '{"Name": "Größe"}'.encode("latin-1")
    assert parse_json(latin, "application/json; charset=iso-8859-1", "It").value == {"Name": "Größe"}
    assert parse_json('{"Name": "Größe"}'.encode("utf-16"), None, "It").value == {"Name": "Größe"}


def test_of_duplicate_names_the_last_counts() -> None:
    """The converter writes such JSON when it streams; nothing is refused for it."""
    assert parse_json(b'{"a": 1, "a": 2}', None, "The response").value == {"a": 2}


def test_json_numbers_keep_their_written_form() -> None:
    """So that 51.000 is reported as 51.000."""
    assert str(parse_json(b"51.000", None, "The response").value) == "51.000"


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
        ("<!ENTITY % p '<!ENTITY a \"1\">'> %p;", "&a;", "Entity 'p' not defined|PEReference: %p; not found"),
        ('<!ENTITY e SYSTEM "FILE">', "x&e;y", "Entity 'e' not defined"),
        ('<!ENTITY % p SYSTEM "FILE"> %p;', "x", "Entity 'p' not defined|PEReference: %p; not found"),
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
    with pytest.raises(CheckError, match=r"Resource limit|ntity|PEReference"):  # also of a long text
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


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b'{"a": 1}', "application/json", "json"),
        (b'{"a": 1}', "application/problem+json; charset=utf-8", "json"),
        (b"51.0", "application/json", "json"),
        (b" \n[1]", None, "json"),
        (b'{"a": 1}', "text/plain", "json"),
        (b'{"a": 1}', "text/html", "json"),
        (b'{"a": 1}', "application/octet-stream", "json"),
        (b"<a/>", "application/xml", "xml"),
        (b"<a/>", "text/xml;charset=UTF-8", "xml"),
        (b"<a/>", "application/atom+xml", "xml"),
        (b"<a/>", None, "xml"),
        (b"<a/>", "text/plain; charset=utf-8", "xml"),
        (b"<a/>", "no content type at all", "xml"),
        ("<a/>".encode("utf-16"), None, "xml"),
        (b"<htmlish/>", None, "xml"),
    ],
)
def test_the_kind_is_found(body: bytes, content_type: str | None, kind: str) -> None:
    """Flows often set no content type, or a general one."""
    assert parse_document(body, content_type).kind == kind


def test_the_charset_of_the_header_is_honoured() -> None:
    """Quoted or not, upper case or not."""
    body = '{"Name": "Größe"}'.encode("latin-1")
    assert parse_document(body, 'application/json; charset="ISO-8859-1"').value == {"Name": "Größe"}


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf", " \n".encode("utf-16"), b" " * 9_000])
def test_an_empty_body_is_refused(body: bytes) -> None:
    """Whatever its content type."""
    with pytest.raises(CheckError, match="The response has no body"):
        parse_document(body, "application/json")


@pytest.mark.parametrize(
    ("body", "content_type", "quoted"),
    [
        (b"<!DOCTYPE html>\n<html><head><title>Log\n On</title>", "application/json", "titled Log On,"),
        (b"<HTML lang='en'><body>Sorry", None, "that begins with <HTML lang='en'><body>Sorry,"),
        (b"<div>Sorry</div>", "text/html;charset=UTF-8", "that begins with <div>Sorry</div>,"),
        (b"<!-- x --><html/>", "application/xhtml+xml", "that begins with <!-- x --><html/>,"),
    ],
)
def test_an_html_page_is_called_one(body: bytes, content_type: str | None, quoted: str) -> None:
    """A login page with status 200 is no answer."""
    with pytest.raises(CheckError) as caught:
        parse_document(body, content_type)
    assert caught.value.what == f"The response is an HTML page {quoted} not JSON or XML"
    assert "runtime URL" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("body", "content_type", "what", "where"),
    [
        (b"<a/>", "application/json", "is not JSON: it begins with <a/>", "Content-Type application/json"),
        (b"[1]", "application/xml", "is not XML: it begins with [1]", "Content-Type application/xml"),
        (b"UNB+UNOC", "text/plain", "is not JSON or XML: it begins with UNB+UNOC", "Content-Type text/plain"),
        (b"a;b", None, "is not JSON or XML: it begins with a;b", "Content-Type missing"),
    ],
)
def test_a_body_that_is_not_what_it_is_said_to_be_is_refused(
    body: bytes, content_type: str | None, what: str, where: str
) -> None:
    """The content type and the beginning of the body stand side by side."""
    with pytest.raises(CheckError) as caught:
        parse_document(body, content_type)
    assert caught.value.what == f"The response {what}"
    assert caught.value.where == where


def test_an_unknown_charset_does_not_hide_an_html_page() -> None:
    """The page is the finding, not its charset."""
    with pytest.raises(CheckError, match="HTML page"):
        parse_document(b"<html/>", "text/html; charset=klingon")


def test_errors_call_the_message_by_its_name() -> None:
    """Golden messages are parsed too."""
    with pytest.raises(CheckError, match="The golden message x has no body"):
        parse_document(b"", None, "The golden message x")
