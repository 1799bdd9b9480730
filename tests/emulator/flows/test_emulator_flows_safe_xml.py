"""XML from a caller."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.flows.safe_xml import NotXmlError, parse_xml

BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;&c;&c;</a>'
)


def test_document_is_parsed() -> None:
    """In the encoding that it names."""
    assert parse_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")).text == "é"


@pytest.mark.parametrize("body", [b"", b"text", b"<a>", b"<a/><b/>"])
def test_what_is_no_document_is_an_error(body: bytes) -> None:
    """Nothing, text, half of one, two of them."""
    with pytest.raises(NotXmlError):
        parse_xml(body)


def test_entities_are_left_alone() -> None:
    """So that a few bytes cannot become many."""
    assert parse_xml(BOMB).text is None
