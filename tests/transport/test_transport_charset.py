"""A body is read in the charset that it has, and sent in the one that it says."""

from __future__ import annotations

import codecs

import pytest

from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.transport.charset import check_declared, decode, encode, in_utf_8, readable

NAME = "Größe 5 €"
XML = '<?xml version="1.0" encoding="{}"?><a>Größe</a>'
EDI = "UNA:+.? '\r\nUNB+{}:3+A+B'NAD+BY+++Müller'"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (NAME.encode(), None),
        (NAME.encode(), "text/plain"),
        (NAME.encode("cp1252"), "text/csv; charset=windows-1252"),
        (NAME.encode("cp1252"), 'text/csv; charset="Windows-1252"; header=present'),
        (NAME.encode("cp1252"), "text/csv;CHARSET = 'cp1252'"),
        (NAME.encode("iso-8859-15"), "text/plain; charset=iso-8859-15; charset=ISO_8859-15"),
        (codecs.BOM_UTF8 + NAME.encode(), "text/plain; charset=iso-8859-1"),
        (NAME.encode("utf-16"), None),
        (NAME.encode("utf-16"), "text/plain; charset=utf-8"),
        (NAME.encode("utf-16-le"), None),
        (NAME.encode("utf-16-be"), "text/plain;charset=UTF-16"),
        (NAME.encode("utf-16-le"), "text/plain;charset=UTF-16"),
        (NAME.encode("utf-16-be"), "text/plain;charset=UTF-16BE"),
        (NAME.encode("utf-32"), None),
        (NAME.encode("utf-32-be"), None),
        (NAME.encode("utf-32-le"), "text/plain;charset=utf-32"),
        (NAME.encode(), "text/plain; charset="),
        (NAME.encode(), 'text/plain; charset=""'),
        (NAME.encode(), "text/plain; charset*=klingon''x"),
        (NAME.encode(), "; charset=utf-8"),
    ],
)
def test_a_text_is_read_by_mark_header_or_zeros(body: bytes, content_type: str | None) -> None:
    """Quoted or not, upper case or not, named twice or not at all."""
    assert decode(body, content_type) == NAME
    assert readable(body, content_type) == NAME
    assert in_utf_8(body, content_type) == NAME.encode()


def test_utf_16_without_a_mark_is_big_endian() -> None:
    """Where no zero tells (RFC 2781, 4.3)."""
    assert decode("Имя".encode("utf-16-be"), "text/plain;charset=utf-16") == "Имя"


@pytest.mark.parametrize("charset", ["ISO-8859-1", "windows-1252", "UTF-8", "utf-16", "utf-16le", "cp037"])
def test_xml_is_read_by_its_declaration(charset: str) -> None:
    """In bytes of one, two or EBCDIC."""
    text = XML.format(charset)
    assert decode(text.encode(charset), "application/xml") == text


@pytest.mark.parametrize(
    ("syntax", "charset"),
    [
        ("UNOC", "latin-1"),
        ("UNOD", "iso-8859-2"),
        ("UNOK", "iso-8859-9"),
        ("UNOW", "utf-8"),
        ("UNOY", "utf-8"),
    ],
)
def test_edifact_is_read_by_its_syntax(syntax: str, charset: str) -> None:
    """With and without the separators of a UNA, with and without a header."""
    text = EDI.format(syntax)
    assert decode(text.encode(charset), "application/edifact") == text
    bare = text.partition("\r\n")[2]
    assert decode(bare.encode(charset), f"application/edifact; charset={charset}") == bare


def test_a_header_goes_before_the_ascii_of_edifact() -> None:
    """Many partners say UNOA and write more."""
    body = EDI.format("UNOA").encode("latin-1")
    assert "Müller" in decode(body, "application/edifact;charset=iso-8859-1")
    with pytest.raises(CheckError, match="not encoded in ascii"):
        decode(body, "application/edifact")


def test_a_page_is_read_by_its_meta() -> None:
    """UTF-16 said in single bytes is UTF-8, as HTML has it."""
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset={}"></head>Größe'
    assert "Größe" in decode(page.format("iso-8859-1").encode("latin-1"), "text/html")
    assert "Größe" in decode(page.format("utf-16").encode(), "text/html")
    assert "Größe" in decode(b"<meta charset=latin1>" + "Größe".encode("latin-1"), "text/html")


def test_a_declaration_that_the_bytes_cannot_be_in_is_none_beside_a_header() -> None:
    """ABAP writes UTF-8 that declares UTF-16."""
    body = XML.format("utf-16").encode()
    assert "Größe" in decode(body, "text/xml;charset=utf-8")
    with pytest.raises(CheckError, match="declares the charset utf-16 and is not written in it"):
        decode(body, "text/xml")


NO_CHARSETS = [
    *("klingon", "hex", "zlib", "bz2", "rot13", "base64", "uu", "quopri", "idna", "punycode", "charmap"),
    *("unicode_escape", "raw-unicode-escape", "undefined", "utf 8", "../x", "x\x00", "ü", "x" * 10_000),
]


@pytest.mark.parametrize("name", NO_CHARSETS)
def test_an_unknown_charset_is_a_failure_with_its_name(name: str) -> None:
    """Codecs of Python that are no charsets are unknown, too; the report is readable all the same."""
    for content_type in (f'text/plain; charset="{name}"', f"text/plain;charset={name}"):
        if " " in name and '"' not in content_type:
            continue
        with pytest.raises(CheckError, match="charset that does not exist") as caught:
            decode(b"a", content_type)
        assert len(str(caught.value)) < 300
        assert readable(b"a", content_type) == "a"
        with pytest.raises(ConfigurationError, match="charset that does not exist"):
            encode("a", content_type)
    with pytest.raises(CheckError, match="charset that does not exist"):
        decode(b"", "text/plain;charset=hex")


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (b"a", "text/plain;charset=utf-8;charset=latin1", 'several charsets: "utf-8", "latin1"'),
        (b"a", "text/plain;charset=utf-8, text/html;charset=latin1", 'several charsets: "utf-8", "latin1"'),
        (XML.format("iso-8859-1").encode(), "text/xml;charset=utf-8", "contradicts itself"),
        ('{"a": "ü"}'.encode(), "application/json;charset=iso-8859-1", "contradicts itself"),
        (b"\xff\xfea", None, "not encoded in utf-16: truncated data"),
        (b"M\xfcller", "text/plain", "not encoded in utf-8: invalid start byte"),
        (b"\x81", "text/plain;charset=windows-1252", "not encoded in cp1252"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', None, 'does not exist: "klingon"'),
    ],
)
def test_a_charset_that_does_not_fit_is_a_failure(body: bytes, content_type: str | None, what: str) -> None:
    """Each with its reason."""
    with pytest.raises(CheckError, match=what):
        decode(body, content_type)


def test_two_names_that_give_one_text_are_no_contradiction() -> None:
    """Most messages are ASCII."""
    body = b'<?xml version="1.0" encoding="iso-8859-1"?><a/>'
    assert decode(body, "text/xml;charset=utf-8") == body.decode()
    assert decode('{"a": "ü"}'.encode("latin-1"), "application/json;charset=latin1") == '{"a": "ü"}'


@pytest.mark.parametrize(
    ("text", "content_type", "body"),
    [
        (NAME, None, NAME.encode()),
        (NAME, "text/csv;charset=windows-1252", NAME.encode("cp1252")),
        (XML.format("iso-8859-1"), "application/xml", XML.format("iso-8859-1").encode("latin-1")),
        (XML.format("utf-16"), None, XML.format("utf-16").encode("utf-16")),
        (EDI.format("UNOC"), None, EDI.format("UNOC").encode("latin-1")),
        (EDI.format("UNOA"), "application/edifact;charset=utf-8", EDI.format("UNOA").encode()),
        ("<a/>", "text/xml;charset=utf-16le", "<a/>".encode("utf-16-le")),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "text/xml;charset=utf-8", None),
    ],
)
def test_a_text_is_sent_in_its_charset(text: str, content_type: str | None, body: bytes | None) -> None:
    """That of the header, else that of its declaration, else UTF-8."""
    assert encode(text, content_type) == (body or text.encode())


@pytest.mark.parametrize(
    ("text", "content_type", "what"),
    [
        ("5 €", "text/plain;charset=iso-8859-1", r"cannot be written in latin-1: it holds '€' \(U\+20AC\)"),
        (EDI.format("UNOB"), None, "cannot be written in ascii"),
        ("\ud800", None, "cannot be written in utf-8"),
        (XML.format("iso-8859-1"), "text/xml;charset=utf-8", "says two charsets: utf-8 .* iso8859-1"),
        (XML.format("klingon"), None, "does not exist"),
    ],
)
def test_a_text_that_contradicts_its_charset_is_not_sent(
    text: str, content_type: str | None, what: str
) -> None:
    """As an error of the feature."""
    with pytest.raises(ConfigurationError, match=what):
        encode(text, content_type)


def test_bytes_are_sent_if_they_are_what_they_say() -> None:
    """Those that say nothing are sent, and any as application/octet-stream."""
    check_declared(b"\xff\x00\x81", "application/pdf")
    check_declared(NAME.encode("cp1252"), "text/csv")
    check_declared(NAME.encode("cp1252"), "text/csv;charset=cp1252")
    check_declared(XML.format("utf-8").encode("latin-1"), "application/octet-stream")
    for body, content_type in (
        (NAME.encode("cp1252"), "text/csv;charset=utf-8"),
        (XML.format("utf-8").encode("latin-1"), "application/xml"),
        (codecs.BOM_UTF8 + b"a", "text/csv;charset=iso-8859-1"),
        (b"a", "text/csv;charset=klingon"),
    ):
        with pytest.raises(ConfigurationError, match="The request"):
            check_declared(body, content_type)
