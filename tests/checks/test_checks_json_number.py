"""Numbers of a message stay exact."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from pytest_iflow.checks.json_number import JsonFloat, as_decimal, json_integer


def test_a_json_float_is_a_float_that_remembers_how_it_was_written() -> None:
    """Its value is a float, its text the one of the message."""
    number = JsonFloat("51.000")
    assert number == 51.0
    assert str(number) == "51.000"


def test_a_copied_json_float_keeps_its_text() -> None:
    """Libraries copy what they compare."""
    assert str(copy.deepcopy(JsonFloat("1.50"))) == "1.50"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (51, "51"),
        (JsonFloat("51.000"), "51"),
        ("51.0", "51"),
        (" \n-0.5\t", "-0.5"),
        ("+.5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        (2.5, "2.5"),
        (JsonFloat("12345678901234567890.123"), "12345678901234567890.123"),
    ],
)
def test_numbers_and_texts_that_are_numbers_are_read(value: object, number: str) -> None:
    """XML leaves are texts, so both count."""
    assert as_decimal(value) == Decimal(number)


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        None,
        "",
        "EUR",
        "1,5",
        "1_000",
        "NaN",
        "Infinity",
        "٣",
        [],
        {},
        float("nan"),
        float("inf"),
    ],
)
def test_anything_else_is_no_number(value: object) -> None:
    """Neither truth values nor what only Python or other scripts take for numbers."""
    assert as_decimal(value) is None


@pytest.mark.parametrize("literal", ["-0", "-" + "9" * 4_000, "7" * 20_000])
def test_integers_that_python_would_write_otherwise_keep_their_form(literal: str) -> None:
    """A lost sign, or more digits than Python turns into a text."""
    number = json_integer(literal)
    assert str(number) == repr(number) == str(copy.deepcopy(number)) == literal
    assert as_decimal(number) == Decimal(literal)


def test_an_integer_that_takes_minutes_to_read_is_refused() -> None:
    """Python's effort grows with the square of the digits."""
    with pytest.raises(ValueError, match=r"20,001 digits is too long"):
        json_integer("1" * 20_001)


def test_an_exponent_that_no_decimal_holds_gives_no_number() -> None:
    """It is no traceback of ours."""
    assert as_decimal(JsonFloat("1e99999999999999999999999")) is None
    assert as_decimal(JsonFloat("1e400")) == Decimal("1e400")
