"""What bodies are made of: forms, and the Content-Type by the name of a file."""

from __future__ import annotations

import gzip
import tracemalloc
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

import pytest
from pytest_iflow.steps.prepared_request import PreparedRequest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.exchange_text import exchange_text
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.runtime.request_body import FormField, content_type_of, form_body, refuse_beside_form
from tests.loopback_server import LoopbackServer
from tests.loopback_tenant import calls_of_iflows

UMLAUTS = "Grüße & mehr=ü+1 %"


def parts_of(body: bytes, content_type: str) -> list[tuple[str | None, str | None, str, bytes]]:
    """Read parts as a server would: name, file name, type, content."""
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    return [
        (
            part.get_param("name", header="content-disposition"),  # type: ignore[misc]  # a text, of this policy
            part.get_filename(),
            part.get_content_type() if "content-type" in part else "",
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


def test_fields_are_urlencoded_in_their_order() -> None:
    """Several of one name, too."""
    body, kind = form_body([FormField("größe", UMLAUTS), FormField("a", "1"), FormField("a", "")], None)
    assert kind == "application/x-www-form-urlencoded"
    assert parse_qsl(body.decode("ascii"), keep_blank_values=True) == [
        ("größe", UMLAUTS),
        ("a", "1"),
        ("a", ""),
    ]


def test_the_charset_of_a_form_is_the_one_that_its_header_names() -> None:
    """And the header stays as the feature wrote it."""
    kind = "application/x-www-form-urlencoded;charset=ISO-8859-1"
    assert form_body([FormField("name", "ü")], kind) == (b"name=%FC", kind)
    with pytest.raises(ConfigurationError, match="cannot be written in latin-1: it holds '€'"):
        form_body([FormField("name", "€")], kind)


def test_a_file_makes_a_form_of_parts() -> None:
    """Fields and files in their order, each file with its name and its type."""
    fields = [
        FormField("note", UMLAUTS),
        FormField("doc", b"%PDF-1.4\r\n--x\xff", "Anhang ü.pdf"),
        FormField("doc", b"", "empty.csv"),
    ]
    body, kind = form_body(fields, None)
    assert kind.startswith("multipart/form-data; boundary=")
    assert parts_of(body, kind) == [
        ("note", None, "", UMLAUTS.encode()),
        ("doc", "Anhang ü.pdf", "application/pdf", b"%PDF-1.4\r\n--x\xff"),
        ("doc", "empty.csv", "text/csv", b""),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("multipart/form-data", "multipart/form-data; boundary="),
        ("Multipart/Form-Data;boundary=mine", "Multipart/Form-Data;boundary=mine"),
        ('multipart/form-data; boundary="a b"', 'multipart/form-data; boundary="a b"'),
    ],
)
def test_a_form_without_files_is_sent_in_parts_where_its_header_says_so(given: str, expected: str) -> None:
    """The boundary is made, unless the header names one."""
    body, kind = form_body([FormField("a", "1")], given)
    assert kind.startswith(expected)
    assert parts_of(body, kind) == [("a", None, "", b"1")]


@pytest.mark.parametrize(
    ("field", "given", "what"),
    [
        (FormField("a", "1"), "application/json", "a form cannot be sent as application/json"),
        (
            FormField("a", b"1", "a.txt"),
            "application/x-www-form-urlencoded",
            "a form with a file cannot be sent as application/x-www-form-urlencoded",
        ),
    ],
)
def test_a_type_that_no_form_has_is_refused(field: FormField, given: str, what: str) -> None:
    """With those that it may have."""
    with pytest.raises(ConfigurationError, match=what) as caught:
        form_body([field], given)
    assert "multipart/form-data" in str(caught.value.remedy)


def test_a_form_goes_with_nothing_else() -> None:
    """Not beside a body, and not with a method that has none."""
    refuse_beside_form("POST", "")
    refuse_beside_form("PUT", b"")
    with pytest.raises(ConfigurationError, match="a body and fields of a form, and can carry only one"):
        refuse_beside_form("POST", "x")
    with pytest.raises(ConfigurationError, match="a GET request carries no form") as caught:
        refuse_beside_form("get", "")
    assert "query parameter" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("file", "body", "expected"),
    [
        ("a.json", b"no json", "application/json"),
        ("A.XML", b"<a/>", "application/xml"),
        ("orders.2026.csv", "größe;1".encode(), "text/csv;charset=UTF-8"),
        ("a.csv", "größe;1".encode("cp1252"), "text/csv"),
        ("a.txt", b'{"a": 1}', "text/plain;charset=UTF-8"),
        ("a.edi", b"UNA:+.? 'UNB+UNOC:3+", "application/EDIFACT"),
        ("a.edi", b"ISA*00*", "application/EDI-X12"),
        ("a.x12", b"ISA*00*", "application/EDI-X12"),
        ("a.idoc", b"EDI_DC40", "text/plain;charset=UTF-8"),
        ("a.pdf", b"%PDF-1.4", "application/pdf"),
        ("a.zip", b"PK\x03\x04", "application/zip"),
        ("a.xml.gz", b"\x1f\x8b", "application/gzip"),
        ("a.tar.xz", b"\xfd7z", "application/octet-stream"),
        ("a.xlsx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.html", b"<p>", "text/html;charset=UTF-8"),
        ("a.wsdl", b"<w/>", "application/xml"),
        ("order", b'{"a": 1}', "application/json"),
        ("a.unheard", b"<a/>", "application/xml"),
        ("a.bin", b"\xff\x00", "application/octet-stream"),
        ("sub/a.json", b"", "application/json"),
        ("sub.json/a", b"text", "text/plain;charset=UTF-8"),
        ("", b"text", "text/plain;charset=UTF-8"),
    ],
)
def test_the_ending_of_a_name_tells_the_type(file: str, body: bytes, expected: str) -> None:
    """What has no ending, or one that nobody knows, is told by its first character."""
    assert content_type_of(body, file) == expected


@pytest.mark.parametrize("size", [65_536, 65_537])
def test_a_large_text_is_utf_8_across_its_pieces(size: int) -> None:
    """A character may begin in one piece and end in the next."""
    whole = b"x" * (size - 2) + "€".encode() + b"x"
    assert content_type_of(whole, "a.txt") == "text/plain;charset=UTF-8"
    assert content_type_of(whole[:-2], "a.txt") == "text/plain"


def test_a_body_is_compressed_on_its_way(server: LoopbackServer, caller: IflowCaller) -> None:
    """The evidence shows what it was before; an empty one is sent as it is."""
    body = b'{"order": "4711"}'
    exchange = caller.call("/x", body=body, gzipped=True)
    caller.call_with(None, "/x", body=body, gzipped=True, headers={"content-encoding": "x-gzip"})
    caller.call("/x", gzipped=True)
    first, second, third = calls_of_iflows(server)
    assert (first.headers["content-encoding"], second.headers["content-encoding"]) == ("gzip", "x-gzip")
    assert gzip.decompress(first.body) == gzip.decompress(second.body) == body
    assert first.headers["content-length"] == str(len(first.body))
    assert first.headers["content-type"] == "application/json"
    assert (third.body, third.headers["content-encoding"]) == (b"", None)
    assert exchange.request.body == body
    assert '"order": "4711"' in exchange_text(exchange)
    assert "Content-Encoding: gzip" in exchange_text(exchange)


@pytest.mark.parametrize(
    ("file", "most"), [("large.pdf", 0.2), ("large.xml", 1.2), ("large.txt", 0.2), ("form", 1.2)]
)
def test_a_large_file_is_not_held_three_times(file: str, most: float) -> None:
    """What a call carries takes little beside the file itself: the form is a second copy."""
    size = 8_000_000
    body = b"<?xml version='1.0' encoding='ISO-8859-1'?>" * (file == "large.xml") + b"\xfc" * size
    prepared = PreparedRequest()
    if file == "form":
        prepared.form.append(FormField("doc", body, "large.pdf"))
    tracemalloc.start()
    try:
        _, carried = prepared.carried("POST", "/x", b"" if file == "form" else body, file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(carried["body"]) >= size
    assert peak < most * size
