"""Patterns are read as JavaScript reads them."""

from __future__ import annotations

import time

import pytest

from pytest_iflow.checks.ecma_pattern import check_pattern, search
from pytest_iflow.errors import CheckError, ConfigurationError


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^\p{Lu}{3}$", "ÄBC", "äbc"),
        (r"^\p{Script=Greek}+$", "λόγος", "logos"),
        (r"^(?<a>x)\k<a>$", "xx", "xy"),
        (r"^\d+$", "12", "\u0661\u0662"),
        (r"^\w$", "a", "ä"),
        (r"^a$", "a", "a\n"),
        (r"^.$", "\U0001f600", "ab"),
        (r"^\u{1F600}$", "\U0001f600", "a"),
        (r"^\s$", "\ufeff", "\x1c"),
        (r"(?<=€)5", "€5", "$5"),
        (r"^[\w.\-]+\@[\w\-]+\.de$", "a-b@c-d.de", "a b@c.de"),
        (r"^[\w-.]+$", "a-.", "a b"),
        (r"^\_\'\"\:\ \%$", "_'\": %", "_"),
        (r"^{a}$", "{a}", "a"),
        (r"^\/\^\$$", "/^$", "/"),
        (r"^\\-$", "\\-", "-"),
        (r"^\cJ$", "\n", "J"),
        (r"^[^]$", "\n", ""),
        ("^ä$", "ä", "\ud800"),
        (r"^\uFFFD$", "\ud800", "a"),
    ],
)
def test_patterns_of_ecma_262_are_understood(pattern: str, good: str, bad: str) -> None:
    """With the flag u, and with the needless escapes that it forbids and schemas have."""
    check_pattern(pattern, "a.json", "$")
    assert search(pattern, good)
    assert not search(pattern, bad)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[a",
        "a{2,1}",
        r"(?P<a>b)",
        r"(?i)a",
        r"\Aa\Z",
        r"(?>a)",
        "a++",
        r"\p{Nope}",
        r"\p{L}{",
        r"\i\c*",
        "\\",
    ],
)
def test_others_are_refused_with_their_place(pattern: str) -> None:
    """Rather than read as something else."""
    with pytest.raises(ConfigurationError, match=r"is no regular expression of ECMA-262") as caught:
        check_pattern(pattern, "a.json", "$.x.pattern")
    assert caught.value.where == "a.json, at $.x.pattern"


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^(a+)+$", "a" * 50, "a" * 30 + "!"),
        (r"^([\w.-]+@)+x$", "a.b-c@" * 9 + "x", "a.b-c@" * 9),
        (r"^(\d{1,3}\.)+$", "1.22." * 9, "1.2222." * 9),
        (r"^(.|b)+$", "a" * 30, "a" * 30 + "\r"),
        (r"^(a|b)+$", "ab" * 20, "ab" * 20 + "\n"),
        (r"^(ä+)+$", "ä" * 50, "ä" * 50 + "!"),
        (r"^(\p{L}+)+$", "é" * 50, "é" * 50 + "!"),
    ],
)
def test_a_repetition_within_another_is_judged_as_any_pattern(pattern: str, good: str, bad: str) -> None:
    """And takes no time."""
    assert search(pattern, good)
    assert not search(pattern, bad)


def test_a_pattern_that_would_take_for_ever_is_told() -> None:
    """In seconds, though the library for ECMA-262 cannot be stopped."""
    began = time.process_time()
    with pytest.raises(CheckError, match="could not be compared with the pattern"):
        search("^(a+)+$", "a" * 50_000 + "!")
    assert time.process_time() - began < 10
