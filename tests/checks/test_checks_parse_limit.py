"""What is too large is told before anything is parsed."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.flat_records import read_flat
from pytest_iflow.checks.golden_rules import Format
from pytest_iflow.checks.parse_limit import ParseLimit
from pytest_iflow.checks.path import values_at
from pytest_iflow.errors import CheckError

LIMIT = ParseLimit(4000, "limits.parsed of acme/dev")
"""4,000 bytes, and 100 tags or values."""

DEFAULTS = " ".join(f'b{number} CDATA "x"' for number in range(30))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"a": "' + "x" * 4000 + '"}', "it has 0.0 MB, and 0.0038147 MB are allowed"),
        ("<a>" + "x" * 4000 + "</a>", "MB are allowed"),
        ("[" + "1," * 100 + "1]", "it has over 100 values"),
        ("[" + "{}," * 100 + "1]", "it has over 100 values"),
        ("<a>" + "<b/>" * 100 + "</a>", "it has over 100 tags and attributes"),
        ("<a>" + "<b c = '' d\n=\n\"\"/>" * 40 + "</a>", "it has over 100 tags and attributes"),
        ('<!DOCTYPE a [<!ENTITY b "' + "<c/>" * 20 + '">]><a>&b;</a>', "with what it defines itself"),
        (f"<!DOCTYPE a [<!ATTLIST b {DEFAULTS}>]><a><b/><b/><b/><b/></a>", "with what it defines itself"),
    ],
)
def test_a_message_beyond_its_limit_is_refused(body: str, said: str) -> None:
    """By its bytes, or by what makes so much more of them; the setting is named."""
    with pytest.raises(CheckError, match="is too large to be parsed") as caught:
        parse_document(body.encode(), None, limit=LIMIT)
    assert said in caught.value.what
    assert "Raise limits.parsed of acme/dev" in str(caught.value.remedy)


def test_a_batch_of_too_many_lines_is_refused() -> None:
    """They are read one by one."""
    with pytest.raises(CheckError, match="over 10 lines"):
        parse_document(b"--b\r\n" * 11, "multipart/mixed; boundary=b", limit=LIMIT)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"a": "' + ",[{" * 300 + '\\"",\n"b": 1}', "$.a"),
        ("<a>" + "=" * 900 + "</a>", "/a"),
        ("<a><b>" + "= '" * 90 + "</b></a>", "/a/b"),
        ("<a" + "".join(f' b{number}=""' for number in range(90)) + ">x</a>", "/a"),
    ],
)
def test_texts_are_no_values(body: str, path: str) -> None:
    """Commas and brackets within a text of JSON are not counted, nor are equal signs in XML."""
    assert values_at(parse_document(body.encode(), None, limit=LIMIT), path)


def test_an_element_of_very_many_attributes_is_refused() -> None:
    """To read them takes the square of their number."""
    attributes = " ".join(f'a{number}=""' for number in range(1001))
    with pytest.raises(CheckError, match="one of its elements has over 1,000 attributes"):
        parse_document(f"<a><b {attributes}/></a>".encode(), None)


@pytest.mark.parametrize(("text", "format_"), [("x\n" * 300_000, "text"), ("a;b\n" * 300_000, "csv")])
def test_lines_beyond_the_limit_are_refused(text: str, format_: Format) -> None:
    """A line takes hundreds of bytes, and a golden message has two sides."""
    with pytest.raises(CheckError, match="has lines or segments of over 1,048,576 values"):
        read_flat(text, format_)
