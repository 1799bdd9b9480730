"""Patterns are read as JavaScript reads them."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.ecma_pattern import check_pattern, find
from pytest_iflow.errors import ConfigurationError


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
    assert find(pattern, good)
    assert not find(pattern, bad)


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
