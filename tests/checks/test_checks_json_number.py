"""Numbers of a message stay exact."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from pytest_iflow.checks.json_number import JsonFloat, as_decimal, with_decimals


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


def test_all_numbers_of_a_message_become_decimals_and_truth_values_stay() -> None:
    """So that 51, 51.0 and 51.000 are equal, but 1 and true are not."""
    found = with_decimals({"a": [1, JsonFloat("2.50"), True, None, "3"]})
    assert found == {"a": [Decimal(1), Decimal("2.5"), True, None, "3"]}
    assert [type(item) for item in found["a"]] == [Decimal, Decimal, bool, type(None), str]
