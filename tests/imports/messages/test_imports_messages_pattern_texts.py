"""Texts that fit a regular expression."""

from __future__ import annotations

import re

import pytest

from pytest_iflow.imports.messages.pattern_texts import NoTextError, text_of_pattern


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        (r"^[A-Z]{3}-\d{4}$", 0, 8),
        (r"[^@]+@[^@]+\.[a-z]{2,}", 12, 99),
        (r"(a|b)c\1", 0, 9),
        (r"\S+\s\w", 0, 9),
        (r"[0-9]{1,10}", 10, 10),
        (r"(?>ab)?[^a]{2}(?:x|y)*", 7, 7),
        (r".*", 5, 5),
        (r"[^\x20-\x40][\W][\D]", 0, 3),
    ],
)
def test_a_text_fits_its_pattern(pattern: str, least: int, most: int) -> None:
    """With a length that is asked for, and the same one each time."""
    text = text_of_pattern(pattern, least, most)
    assert re.fullmatch(pattern, text), text
    assert least <= len(text) <= most
    assert text == text_of_pattern(pattern, least, most)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\p{L}+", "is not understood"),
        ("(" * 5_000, "is not understood"),
        (r"(?:a{9999}){9999}", "more than"),
        (r"(?:(?:(?:a{1000}){1000}){1000}){1000}", "more than"),
        (r"[^\x00-\U0010ffff]", "is empty"),
        (r"a{3}", "0 to 2 characters"),
        ("(?:" + "|".join("a" * 3_000) + "){2}" + "b" * 3_000, "too large"),
    ],
)
def test_a_pattern_of_which_nothing_is_made_says_why(pattern: str, why: str) -> None:
    """Whatever stands in it, it takes no time and no memory."""
    with pytest.raises(NoTextError, match=why):
        text_of_pattern(pattern, 0, 2 if "{3}" in pattern else 10_000)
