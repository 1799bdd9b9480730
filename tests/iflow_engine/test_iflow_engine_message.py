"""The message: headers in any case, a body of any charset, XML parsed once."""

from __future__ import annotations

import pytest

from pytest_iflow.iflow_engine.message import BodyError, Headers, Message


def test_headers_are_found_in_any_case_and_keep_their_first_name() -> None:
    """As in Camel's CaseInsensitiveMap."""
    headers = Headers({"Content-Type": "a"})
    headers["content-type"] = "b"
    assert dict(headers) == {"Content-Type": "b"}
    assert "CONTENT-TYPE" in headers
    del headers["CONTENT-type"]
    assert len(headers) == 0


def test_a_body_is_read_in_its_charset() -> None:
    """The header of Camel names it; without one it is UTF-8."""
    message = Message("ä".encode("latin-1"), {"CamelCharsetName": "iso-8859-1"})
    assert message.text() == "ä"
    assert Message("ä").binary() == "ä".encode()
    with pytest.raises(BodyError, match="no text in utf-8"):
        Message(b"\xff").text()


def test_xml_is_parsed_once_for_each_body() -> None:
    """A new body is parsed anew; a declaration of another charset does no harm to text."""
    message = Message('<?xml version="1.0" encoding="iso-8859-1"?><a>ä</a>')
    tree = message.tree()
    assert tree.text == "ä"
    assert message.tree() is tree
    message.body = "<b/>"
    assert message.tree().tag == "b"


@pytest.mark.parametrize("body", [None, "", " ", "{}", "<a>"])
def test_what_is_no_xml_is_refused(body: str | None) -> None:
    """With a text for the message log."""
    with pytest.raises(BodyError):
        Message(body).tree()


def test_entities_of_a_document_read_nothing() -> None:
    """Neither files nor addresses: the message fails, and says which entity it has."""
    message = Message('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
    with pytest.raises(BodyError, match="has the entity &x; of a document type"):
        message.tree()


def test_a_copy_changes_nothing_of_the_first() -> None:
    """Only the notes for the message log are shared."""
    first = Message("a", {"h": 1}, {"p": 1})
    other = first.copy()
    other.headers["h"] = 2
    other.properties["p"] = 2
    other.body = "b"
    other.log.custom_headers.append(("k", "v"))
    assert (first.body, first.headers["h"], first.properties["p"]) == ("a", 1, 1)
    assert first.log.custom_headers == [("k", "v")]
