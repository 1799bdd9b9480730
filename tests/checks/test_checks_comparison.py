"""Expectations on values: equal, equal as number, so many of them."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from pytest_iflow.checks.comparison import (
    Reading,
    body_text,
    expect,
    expect_number_of,
    expect_same,
    expect_sorted,
    sum_of,
)
from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.limits import compared, count_of
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.relations import Literal, exists, literal
from pytest_iflow.errors import CheckError

JSON = b"""{"text": "51.0", "number": 51.000, "whole": 51, "yes": true, "nothing": null, "object": {"a": [1]},
"big": 12345678901234567890.123, "list": [1, 2, 3], "empty": [], "lists": [[1, 2]]}"""
XML = b'<Products><Product id="7"><Price>51.000</Price><Name> Scan </Name></Product><Product/></Products>'


def message(path: str) -> Document:
    """Give the JSON message for a JSONPath, the XML message for an XPath."""
    return parse_document(JSON if path.startswith("$") else XML, None)


def expect_value(document: Document, path: str, text: str) -> None:
    """Expect a value as a text."""
    expect(Reading.at(document, path), literal(Literal(text)))


def expect_number(document: Document, path: str, number: Decimal) -> None:
    """Expect a value as a number."""
    expect(Reading.at(document, path), literal(Literal(number)))


def expect_count(document: Document, path: str, count: int) -> None:
    """Expect so many values."""
    expect_number_of(document, path, count_of(str(count)))


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
        ("$.text", 'The response value at $.text is not "x"\n  expected:   "x"\n  found:      "51.0"'),
        ("$.number", 'The response value at $.number is not "x"\n  expected:   "x"\n  found:      51.000'),
        ("//Price", 'The response value at //Price is not "x"\n  expected:   "x"\n  found:      "51.000"'),
        (
            "$.list[*]",
            "There are 3 response values at $.list[*], and one is expected\n"
            '  expected:   "x"\n  found:\n    $.list[0]: 1\n    $.list[1]: 2\n    $.list[2]: 3',
        ),
    ],
)
def test_another_value_or_several_are_told(path: str, what: str) -> None:
    """Expected and found side by side."""
    with pytest.raises(CheckError) as caught:
        expect_value(message(path), path, "x")
    assert caught.value.what == what


def test_no_value_is_told_with_what_is_there_instead() -> None:
    """The rest of that is in the tests of vicinity."""
    with pytest.raises(CheckError) as caught:
        expect_value(message("$"), "$.txet", "x")
    assert caught.value.what.startswith(
        'There is no response value at $.txet\n  expected:   "x"\n  found:      nothing\n'
        "  nearest:    $ has text, number,"
    )


@pytest.mark.parametrize("number", ["51", "51.0", "51.000", "5.1E+1"])
@pytest.mark.parametrize("path", ["$.text", "$.number", "$.whole", "//Price"])
def test_numbers_are_compared_as_numbers(path: str, number: str) -> None:
    """The web shops of two generations write 51.0 and 51.000 (wire-facts 1.2)."""
    expect_number(message(path), path, Decimal(number))


def test_numbers_are_compared_to_the_last_digit() -> None:
    """Where floating point numbers would be equal."""
    with pytest.raises(CheckError, match=r"expected:   12345678901234567890\.124\n  found: .*\.123$"):
        expect_number(message("$"), "$.big", Decimal("12345678901234567890.124"))


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("$.whole", "expected:   7\n  found:      51"),
        ("$.yes", "expected:   7\n  found:      true, no number"),
        ("//Name", 'expected:   7\n  found:      " Scan ", no number'),
        ("$.list[*]", "There are 3 response values at $.list[*], and one is expected"),
        ("$.none", "There is no response value at $.none\n  expected:   7\n  found:      nothing"),
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
        ("$.list", "The response has 3 values at $.list, expected 9\n  found:\n    $.list[0]: 1"),
        ("$.object.b", "The response has no values at $.object.b, expected 9\n  nearest:    $.object has a"),
    ],
)
def test_another_count_is_told_with_the_values(path: str, what: str) -> None:
    """Or with what is there instead."""
    with pytest.raises(CheckError) as caught:
        expect_count(message(path), path, 9)
    assert caught.value.what.startswith(what)


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
    assert "Müller" in body_text(body, content_type, "It")


def test_of_several_values_of_one_name_one_is_enough() -> None:
    """And none, where it is not to be."""
    both = Reading("custom header", [Found("a", is_text=True), Found("b", is_text=True)], "any")
    expect(both, literal(Literal("b")))
    expect(both, literal(Literal("c")).unless(negated=True))
    with pytest.raises(CheckError, match='No custom header is "c": none of 2'):
        expect(both, literal(Literal("c")))
    with pytest.raises(CheckError, match='Not every custom header is not "b": 1 of 2 fail'):
        expect(both, literal(Literal("b")).unless(negated=True))


def test_long_numbers_are_shown_where_they_differ() -> None:
    """Beyond the digits that are shown of a value."""
    document, other = parse_document(b'{"a": ' + b"7" * 5_000 + b"}", None), "7" * 4_999 + "8"
    both = f"expected:   …{40 * '7'}8…\n  found:      …{40 * '7'}7… .from character 4960"
    with pytest.raises(CheckError, match=both):
        expect_value(document, "$.a", other)
    with pytest.raises(CheckError, match=both):
        expect_number(document, "$.a", Decimal(other))


def test_long_numbers_are_written_in_full_up_to_the_difference() -> None:
    """No exponent appears that nobody wrote."""
    document = parse_document(b'{"a": 0.0000001}', None)
    with pytest.raises(CheckError, match=r"expected:   0.00000012\n  found:      0.0000001$"):
        expect_number(document, "$.a", Decimal("0.00000012"))


PRICES = parse_document(
    b'{"p": [1, 2.5, 12345678901234567890.5], "t": ["b", "a"], "e": [], "m": [1, "x"]}', None
)


@pytest.mark.parametrize(
    ("quantifier", "path", "limit", "what"),
    [
        ("every", "$.p", 0, ""),
        ("every", "$.p[*]", 1, "Not every response value at $.p[*] is greater than 1: 1 of 3 fail"),
        ("every", "$.e", 1, "There is no response value at $.e"),
        ("every", "$.m", 0, '    $.m[1]: "x", no number'),
        ("some", "$.p", 2, ""),
        ("some", "$.t", 2, "No response value at $.t is greater than 2: none of 2"),
        ("some", "$.e", 2, "There is no response value at $.e"),
        ("no", "$.p[:2]", 3, ""),
        ("no", "$.e", 3, ""),
        ("no", "$.none[*]", 3, ""),
        (
            "no",
            "$.p",
            2,
            "Some response value at $.p is greater than 2: 2 of 3\n  expected:   not greater than 2",
        ),
        ("no", "$.m", 9, '    $.m[1]: "x", no number'),
    ],
)
def test_every_some_and_no_value(quantifier: Any, path: str, limit: int, what: str) -> None:
    """Of one array the items are meant; those that fail are listed with their places."""
    reading = Reading.at(PRICES, path, quantifier)
    relation = compared("greater than", Decimal(limit))
    if not what:
        expect(reading, relation)
        return
    with pytest.raises(CheckError) as caught:
        expect(reading, relation)
    assert what in caught.value.what


def test_a_value_is_there_or_not() -> None:
    """Null is a value; several are, too."""
    document = parse_document(b'{"a": null, "l": [1, 2]}', None)
    for path in ("$.a", "$.l[*]"):
        expect(Reading.at(document, path), exists())
        expect(Reading.at(document, "$.none"), exists().unless(True))
        with pytest.raises(CheckError, match=r"There is a response value at .*\n  expected:   nothing"):
            expect(Reading.at(document, path), exists().unless(True))
    with pytest.raises(CheckError, match=r"(?s)There is no response value at \$.b.*nearest:    \$ has a, l"):
        expect(Reading.at(document, "$.b"), exists())


def test_a_sum_is_exact() -> None:
    """Where floating point numbers would lose a digit; what is no number is listed."""
    assert str(sum_of(Reading.at(PRICES, "$.p", "every")).value) == "12345678901234567894.0"
    assert sum_of(Reading.at(PRICES, "$.e", "every")).value == 0
    with pytest.raises(CheckError, match=r'(?s)there is no sum.*\$.m\[1\]: "x"'):
        sum_of(Reading.at(PRICES, "$.m", "every"))


def test_values_are_the_same_in_their_order_or_in_any() -> None:
    """What is missing and what is surplus is told."""
    reading = Reading.at(PRICES, "$.t", "every")
    a, b, c = Literal("a"), Literal("b"), Literal("c")
    expect_same(reading, [b, a], ordered=True)
    expect_same(reading, [a, b], ordered=False)
    for wanted, ordered in (([a, b], True), ([a, a], False), ([b], False)):
        with pytest.raises(CheckError, match=r'expected:   "[ab]".*\n  found:      "b", "a"'):
            expect_same(reading, wanted, ordered=ordered)
    with pytest.raises(CheckError, match=r'missing:    "c"\n  surplus:    "b"$'):
        expect_same(reading, [a, c], ordered=False)


def test_values_are_shown_as_the_message_and_the_feature_write_them() -> None:
    """Numbers without quotes; a text that only looks like a missing one is told apart."""
    reading = Reading.at(parse_document(b'{"a": [1, "e\\u0301"]}', None), "$.a", "every")
    with pytest.raises(CheckError) as caught:
        expect_same(reading, [Literal(Decimal(1)), Literal("\u00e9")], ordered=True)
    expected, found, missing, surplus = caught.value.what.splitlines()[1:]
    assert (expected, found) == ('  expected:   1, "\u00e9"', '  found:      1, "e\u0301"')
    assert missing == '  missing:    "\u00e9"'
    assert surplus.startswith(
        '  surplus:    "e\u0301"; it only looks like the expected text, it is "e\\u0301"'
    )


def test_values_are_sorted() -> None:
    """Numbers by value, anything else as text."""
    expect_sorted(Reading.at(PRICES, "$.p", "every"), descending=False)
    expect_sorted(Reading.at(PRICES, "$.t", "every"), descending=True)
    for path, descending in (("$.p", True), ("$.t", False), ("$.e", False)):
        with pytest.raises(CheckError, match=r"are not sorted\n|There is no"):
            expect_sorted(Reading.at(PRICES, path, "every"), descending=descending)


def test_of_many_values_that_fail_only_the_first_are_put_into_words() -> None:
    """The path of one takes time that grows with its place."""
    document = parse_document(f"<A>{'<B>1</B>' * 50_000}</A>".encode(), None)
    began = time.process_time()
    with pytest.raises(CheckError, match="50000 of 50000 fail") as caught:
        expect(Reading.at(document, "/A/B", "every"), literal(Literal(Decimal(2))))
    assert caught.value.what.endswith("and 49950 more")
    assert time.process_time() - began < 10
