"""Patterns of masking rules end, whatever the text."""

from __future__ import annotations

import re
import time

import pytest

from pytest_iflow.secrets.bounded_pattern import SECONDS_IN_ALL, bounded_pattern
from pytest_iflow.secrets.registry import SecretRegistry

ENDLESS = "^(a|aa)+$"


@pytest.mark.parametrize(
    "pattern",
    [r"\bDE\d{20}\b", r"[A-Z]+-\d{2,4}", r"(?i)iban: ?(?P<iban>\w+)", r"Frau|Herr", "^b$", r"(?<=x)y*"],
)
def test_a_pattern_finds_what_re_finds(pattern: str) -> None:
    """Whichever library searches."""
    text = "DE12345678901234567890 of Frau AB-123, IBAN: DE12, xyyy\nb\n"
    found = [each.span() for each in bounded_pattern(pattern).finditer(text)]
    assert found == [each.span() for each in re.finditer(pattern, text)]


def test_a_pattern_without_choices_is_left_to_re() -> None:
    """It is the quicker one, and is imported anyway."""
    assert isinstance(bounded_pattern(r"\bDE\d{20}\b"), re.Pattern)


def test_a_text_that_takes_too_long_is_masked_as_a_whole() -> None:
    """It may hold what the pattern is for; other texts are shown."""
    registry = SecretRegistry()
    registry.set_patterns([bounded_pattern(ENDLESS)])
    assert registry.mask("a" * 39 + "!") == "***"
    assert registry.mask("b") == "b"


def test_many_texts_together_end_as_well() -> None:
    """Once a pattern has spent its time in vain, each text has hardly any."""
    pattern = bounded_pattern(ENDLESS)
    began = time.process_time()
    for _ in range(100):
        assert [each.span() for each in pattern.finditer("a" * 39 + "!")] == [(0, 40)]
    assert time.process_time() - began < SECONDS_IN_ALL + 10
