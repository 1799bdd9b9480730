"""An answer is JSON or XML by its content type, or by its first character."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.errors import CheckError


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
