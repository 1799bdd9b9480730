"""Simple types and literals."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.edm import (
    EdmType,
    LiteralError,
    Value,
    as_json,
    as_text,
    read_datetime,
    tokenize,
    uri_literal,
)


@pytest.mark.parametrize(
    ("edm_type", "value", "in_json", "in_xml"),
    [
        (EdmType.STRING, "a", "a", "a"),
        (EdmType.DECIMAL, 51, "51.000", "51.000"),
        (EdmType.INT32, 7, 7, "7"),
        (EdmType.INT64, 26, "26", "26"),
        (EdmType.BOOLEAN, 1, True, "true"),
        (EdmType.BOOLEAN, 0, False, "false"),
        (EdmType.DATE_TIME, 1522069440003, "/Date(1522069440003)/", "2018-03-26T13:04:00.003"),
    ],
)
def test_value_in_both_formats(edm_type: EdmType, value: str | float, in_json: object, in_xml: str) -> None:
    """Exact numbers are strings in JSON, times the sample of wire-facts 5.2."""
    assert as_json(edm_type, 3, value) == in_json
    assert as_text(edm_type, 3, value) == in_xml


def test_null_is_null_in_json() -> None:
    """Whatever the type."""
    assert as_json(EdmType.DATE_TIME, 0, None) is None


def test_datetime_literal_is_utc() -> None:
    """A literal has no zone (wire-facts 5.1)."""
    with pytest.raises(ValueError, match="Z"):
        read_datetime("1970-01-02T00:00:00Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-02T00:00", 86_400_000),
        ("1970-01-02T00:00:01", 86_401_000),
        ("1970-01-01T00:00:00.5", 500),
        ("1970-01-01T00:00:00.0019999", 1),
        ("1969-12-31T23:59:59.999", -1),
        ("9999-12-31T23:59:59.9999999", 253_402_300_799_999),
    ],
)
def test_datetime_literal_is_read_to_the_millisecond(text: str, expected: int) -> None:
    """Seconds may be left out, and have up to seven digits behind the point."""
    assert read_datetime(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1970-01-02",
        "1970-01-02 00:00:00",
        "19700102T000000",
        "1970-W01-1T00:00:00",
        "1970-01-02T00:00:00,5",
        "1970-01-02T00:00:00.",
        "1970-01-02T00:00:00.12345678",
        "1970-01-02T00:00:00+01:00",
        "1970-01-02T24:00:00",
        "1970-02-30T00:00:00",
        "0000-01-01T00:00:00",
        "١٩٧٠-01-02T00:00:00",
    ],
)
def test_what_a_tenant_does_not_read_is_no_datetime_literal(text: str) -> None:
    """Python knows more ways to write a time than OData V2 does."""
    with pytest.raises(ValueError, match=r".*"):
        read_datetime(text)


@pytest.mark.parametrize(
    ("edm_type", "value", "literal"), [(EdmType.STRING, "it's", "'it''s'"), (EdmType.INT32, 5, "5")]
)
def test_literal_of_a_url(edm_type: EdmType, value: Value, literal: str) -> None:
    """Quotes within strings are doubled."""
    assert uri_literal(edm_type, value) == literal


def test_text_falls_into_its_tokens() -> None:
    """Each token has its kind and value; the last one is the end."""
    found = tokenize("a/b eq 'x''y' 1 -2.5M 7L true null datetime'1970-01-01T00:00:01' (,=)")
    assert [(token.kind, token.value) for token in found] == [
        ("word", None),
        ("word", None),
        ("string", "x'y"),
        ("number", 1),
        ("number", -2.5),
        ("number", 7),
        ("boolean", 1),
        ("null", None),
        ("datetime", 1000),
        *[("mark", None)] * 4,
        ("end", None),
    ]


@pytest.mark.parametrize("text", ["'open", "#", "1a", "9" * 30, "datetime'soon'"])
def test_what_is_no_token_is_refused(text: str) -> None:
    """The error names the position."""
    with pytest.raises(LiteralError, match="position"):
        tokenize(text)
