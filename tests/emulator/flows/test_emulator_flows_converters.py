"""XML from a caller, and the converter steps."""

from __future__ import annotations

import pytest
from lxml import etree

from pytest_iflow.emulator.flows.converters import INVALID, NotXmlError, json_to_xml, parse_xml, xml_to_json
from pytest_iflow.emulator.flows.message import FlowFailureError

BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;&c;&c;</a>'
)


def test_document_is_parsed() -> None:
    """In the encoding that it names."""
    assert parse_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")).text == "é"


@pytest.mark.parametrize("body", [b"", b"text", b"<a>", b"<a/><b/>"])
def test_what_is_no_document_is_an_error(body: bytes) -> None:
    """An empty body, text, an unfinished document and two documents are no XML document."""
    with pytest.raises(NotXmlError):
        parse_xml(body)


def test_entities_are_left_alone() -> None:
    """A few bytes of entities cannot become many bytes."""
    assert parse_xml(BOMB).text is None


@pytest.mark.parametrize(
    ("body", "xml"),
    [
        (b"{}", b"<root/>"),
        (b'{"a": "x", "b": {"c": "y"}}', b"<root><a>x</a><b><c>y</c></b></root>"),
        (b'{"a": [1, 2.50, true, null]}', b"<root><a>1</a><a>2.50</a><a>true</a><a/></root>"),
        (b'{"a": [[1], []]}', b"<root><a><a>1</a></a><a/></root>"),
        (b' {"a": 1e400}\n', b"<root><a>1e400</a></root>"),
        ('{"a": "ü & <"}'.encode(), "<root><a>ü &amp; &lt;</a></root>".encode()),
    ],
)
def test_json_becomes_xml_below_a_root(body: bytes, xml: bytes) -> None:
    """Members become elements, entries repeat theirs, numbers keep their digits."""
    assert etree.tostring(json_to_xml(body), encoding="UTF-8", xml_declaration=False) == xml


@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_empty_body_has_the_recorded_text(body: bytes) -> None:
    """The end of the input (wire-facts 4.3)."""
    with pytest.raises(FlowFailureError) as failed:
        json_to_xml(body)
    assert failed.value.cause == "End of input at line 1 column 1 path $."


@pytest.mark.parametrize("body", [b"[1]", b"hello", b'"text"', b"<a/>", b"\xff"])
def test_body_that_is_no_object_has_the_published_text(body: bytes) -> None:
    """It must begin with a brace (wire-facts 1.3)."""
    with pytest.raises(FlowFailureError) as failed:
        json_to_xml(body)
    assert failed.value.cause == (
        "org.apache.camel.CamelException: Invalid JSON input structure. "
        "A JSONObject text must begin with '{' at 1 [character 2 line 1]"
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": ',
        b'{"a": 1} x',
        b'{"1a": 1}',
        b'{"": 1}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_body_that_cannot_become_xml_fails_the_message(body: bytes) -> None:
    """Broken JSON, names and characters that XML does not know, and depth without end."""
    with pytest.raises(FlowFailureError) as failed:
        json_to_xml(body)
    assert str(failed.value).startswith(INVALID)


@pytest.mark.parametrize(
    ("xml", "converted"),
    [
        ("<P/>", '{"P":""}'),
        ("<P><a>1</a></P>", '{"P":{"a":"1"}}'),
        ("<P><a>1</a><b/><a>ü</a></P>", '{"P":{"a":["1","ü"],"b":""}}'),
        ("<P><a><b>x</b></a></P>", '{"P":{"a":{"b":"x"}}}'),
    ],
)
def test_xml_becomes_json_with_its_root(xml: str, converted: str) -> None:
    """Repeated elements become arrays, single ones do not, leaves are strings."""
    assert xml_to_json(etree.fromstring(xml)).decode() == converted
