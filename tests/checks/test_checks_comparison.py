"""Expectations on values: equal, equal as number, so many of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_iflow.checks.comparison import expect_count, expect_number, expect_text, expect_value
from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.errors import CheckError

JSON = b"""{"text": "51.0", "number": 51.000, "whole": 51, "yes": true, "nothing": null, "object": {"a": [1]},
"big": 12345678901234567890.123, "list": [1, 2, 3], "empty": [], "lists": [[1, 2]]}"""
XML = b'<Products><Product id="7"><Price>51.000</Price><Name> Scan </Name></Product><Product/></Products>'


def message(path: str) -> Document:
    """Give the JSON message for a JSONPath, the XML message for an XPath."""
    return parse_document(JSON if path.startswith("$") else XML, None)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$.text", "51.0"),
        ("$.number", "51.000"),
        ("$.whole", "51"),
        ("$.yes", "true"),
        ("$.nothing", "null"),
        ("$.object", '{"a": [1]}'),
        ("$.big", "12345678901234567890.123"),
        ("//Price", "51.000"),
        ("//Name", " Scan "),
        ("//Product/@id", "7"),
        ("/Products/Product[1]/@id + 1", "8"),
        ("/Products/Product[3] = 1", "false"),
    ],
)
def test_a_value_is_compared_as_text(path: str, text: str) -> None:
    """As the message writes it; truth values and null as JSON writes them."""
    expect_value(message(path), path, text)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("$.text", 'The response at $.text: expected "x", found "51.0"'),
        ("$.number", 'The response at $.number: expected "x", found 51.000'),
        ("//Price", 'The response at //Price: expected "x", found "51.000"'),
        ("$.list[*]", "The response at $.list[*]: expected one value, found 3:\n  1\n  2\n  3"),
    ],
)
def test_another_value_or_several_are_told(path: str, what: str) -> None:
    """Expected and found side by side."""
    with pytest.raises(CheckError) as caught:
        expect_value(message(path), path, "x")
    assert caught.value.what == what


def test_no_value_is_told_with_what_is_there_instead() -> None:
    """The rest of that is in the tests of vicinity."""
    with pytest.raises(CheckError, match=r"at \$\.txet: expected a value, found none; \$ has text,"):
        expect_value(message("$"), "$.txet", "x")


@pytest.mark.parametrize("number", ["51", "51.0", "51.000", "5.1E+1"])
@pytest.mark.parametrize("path", ["$.text", "$.number", "$.whole", "//Price"])
def test_numbers_are_compared_as_numbers(path: str, number: str) -> None:
    """The web shops of two generations write 51.0 and 51.000 (wire-facts 1.2)."""
    expect_number(message(path), path, Decimal(number))


def test_numbers_are_compared_to_the_last_digit() -> None:
    """Where floating point numbers would be equal."""
    with pytest.raises(CheckError, match=r"expected the number 12345678901234567890\.124"):
        expect_number(message("$"), "$.big", Decimal("12345678901234567890.124"))


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("$.whole", "expected the number 7, found 51"),
        ("$.yes", "expected the number 7, found true, no number"),
        ("//Name", 'expected the number 7, found " Scan ", no number'),
        ("$.list[*]", "expected one value, found 3"),
        ("$.none", "expected a value, found none"),
    ],
)
def test_another_number_or_none_is_told(path: str, what: str) -> None:
    """And why it is none."""
    with pytest.raises(CheckError) as caught:
        expect_number(message(path), path, Decimal(7))
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("$.list", 3),
        ("$.list[*]", 3),
        ("$.empty", 0),
        ("$.none", 0),
        ("$.whole", 1),
        ("$.object", 1),
        ("$.lists", 1),
        ("$.lists[0]", 2),
        ("$.lists[*]", 1),
        ("//Product", 2),
        ("//Price", 1),
        ("//none", 0),
    ],
)
def test_values_are_counted(path: str, count: int) -> None:
    """A path to one array counts its items."""
    expect_count(message(path), path, count)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("$.list", "The response at $.list: expected 9 value(s), found 3:\n  1\n  2\n  3"),
        ("$.object.b", "The response at $.object.b: expected 9 value(s), found 0; $.object has a"),
    ],
)
def test_another_count_is_told_with_the_values(path: str, what: str) -> None:
    """Or with what is there instead."""
    with pytest.raises(CheckError) as caught:
        expect_count(message(path), path, 9)
    assert caught.value.what == what


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Müller".encode(), None),
        ("Müller".encode("latin-1"), "text/plain;charset=latin1"),
        ("Müller".encode("utf-16"), None),
        (b"%PDF\xff" + "Müller".encode(), "application/pdf"),
    ],
)
def test_a_text_is_found_in_a_body_of_any_charset(body: bytes, content_type: str | None) -> None:
    """In one that names none it is looked for in UTF-8."""
    expect_text(body, content_type, "Müller", "It")
    with pytest.raises(CheckError, match=r"It (does not contain|is not encoded in)"):
        expect_text(body, content_type, "Mueller", "It")


def test_long_numbers_are_shown_where_they_differ() -> None:
    """Beyond the digits that are shown of a value."""
    document, other = parse_document(b'{"a": ' + b"7" * 5_000 + b"}", None), "7" * 4_999 + "8"
    both = f"…{40 * '7'}8…, found …{40 * '7'}7… .from character 4960"
    with pytest.raises(CheckError, match=f"expected {both}"):
        expect_value(document, "$.a", other)
    with pytest.raises(CheckError, match=f"expected the number {both}"):
        expect_number(document, "$.a", Decimal(other))


def test_long_numbers_are_written_in_full_up_to_the_difference() -> None:
    """No exponent appears that nobody wrote."""
    document = parse_document(b'{"a": 0.0000001}', None)
    with pytest.raises(CheckError, match=r"expected the number 0.00000012, found 0.0000001$"):
        expect_number(document, "$.a", Decimal("0.00000012"))
