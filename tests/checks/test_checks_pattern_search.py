"""Patterns of JSON Schema are judged in bounded time, and as the library for ECMA-262 judges them."""

from __future__ import annotations

import random
import time

import pytest

from pytest_iflow.checks.ecma_pattern import find
from pytest_iflow.checks.pattern_search import _in_words_of_regex, _may_take_long, search
from pytest_iflow.checks.time_limits import shared_pattern_time
from pytest_iflow.errors import CheckError


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
        (r"^(\S+\s?)+$", "Ünal\u00a0" * 9, "Ünal\u00a0" * 9 + "\ufeff\ufeff"),
        (r"^([\S\d]+\s?)+$", "Ünal " * 9, "Ünal " * 9 + "  "),
        (r"^(?<part>[^\S\d]*x+)+$", " x" * 20, " x" * 20 + "!"),
        (r"^(\bü?a+ )+$", "a " * 20, "a " * 20 + "!"),
        (r"^(?<part>a+){1,}$", "a" * 40, "a" * 40 + "!"),
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


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(.*.*.*.*.*.*.*)*z$", "1e1000000000"),
        ("^(.*){60}z$", "a" * 12),
        ("^(?:a{0,9}){12}b$", "a" * 19),
        ("^(((a*)*)*)*b$", "a" * 20),
        ("^(a|a|a|a|a|a|a|a)*b$", "a" * 19),
        ("(a|a)" * 40 + "b", "a" * 40),
        ("a?" * 40 + "a" * 40 + "b", "a" * 40),
    ],
)
def test_a_short_text_has_no_pattern_that_takes_for_ever(pattern: str, text: str) -> None:
    """Many repetitions, options or alternatives take as long in few characters as few do in many."""
    began = time.process_time()
    assert not search(pattern, text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "0f" * 18),
        (r"^\d{4}-\d\d-\d\dT\d{2}:\d{2}:\d{2}(\.\d+)?Z$", "2026-11-29T08:39:06.123Z"),
        (r"^\d+(\.\d+)*$", "1.12.3"),
        ("^(EUR|USD|CHF|GBP)$", "EUR"),
        (r"^[\w.+-]+@[\w-]+\.[\w.-]+$", "ada.lind@example.com"),
    ],
)
def test_a_usual_pattern_is_judged_at_once(pattern: str, text: str) -> None:
    """By the library for ECMA-262 itself, which is the quicker one."""
    assert not _may_take_long(pattern, len(text))


def test_what_only_ecma_262_has_is_given_up_as_well() -> None:
    """In a process of its own, which is ended."""
    assert _in_words_of_regex(r"^((a+)+)\1b$") is None
    assert _in_words_of_regex(r"^(a+)+\cJ$") is None
    began = time.monotonic()
    with shared_pattern_time(0.1), pytest.raises(CheckError, match="could not be compared with the pattern"):
        search(r"^(?<part>a+)+\k<part>b$", "a" * 60)
    assert time.monotonic() - began < 20


def test_a_process_of_its_own_finds_the_same() -> None:
    """It is asked wherever a pattern cannot be told to stop."""
    assert search(r"^(?:(\w+)-\1 ?)+$", "abc-abc " * 9)
    assert not search(r"^(?:(\w+)-\1 ?)+$", "abc-abd " * 9)


def test_a_long_text_takes_no_longer_than_a_short_one() -> None:
    """Three repetitions in a row take the third power of it."""
    began = time.monotonic()
    with (
        shared_pattern_time(0.2),
        pytest.raises(CheckError, match="could not be compared with the pattern"),
    ):
        search(r"(?=a*a*a*[bc])a", "a" * 100_000)
    assert time.monotonic() - began < 30


def test_all_texts_of_a_message_share_their_time() -> None:
    """A thousand texts do not take a thousand times as long."""
    began, refused = time.monotonic(), 0
    with shared_pattern_time(1.0):
        for number in range(1000):
            try:
                search(r"^(a+)+$", "a" * 50_000 + f"!{number}")
            except CheckError:
                refused += 1
    assert refused == 1000
    assert time.monotonic() - began < 40


def test_patterns_are_rewritten_without_a_difference() -> None:
    """Random patterns find in random texts what they find with the library for ECMA-262."""
    chance = random.Random(13)  # noqa: S311, no secret
    atoms = [
        *("a", "ä", "_", "1", " ", ".", "$", "^", r"\b", r"\B", "&&", "--", "~", r"\-", r"\/", r"\@", "-"),
        *(
            r"\d",
            r"\D",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            r"\p{Lu}",
            r"\P{L}",
            r"\u00a0",
            r"\u{1F600}",
            r"\x41",
            r"\n",
        ),
        *(
            r"[\s\d]",
            r"[^\s]",
            r"[\S1]",
            r"[^\Wa]",
            r"[a-c&|~]",
            r"[^-a]",
            "[a[]",
            r"[\]\^-]",
            r"[.$]",
            r"[\w-]",
            r"[|]",
        ),
        *("(?=a)", "(?!a)", "(?<=a)", "(?<!1)", "(?<n>a|1)", "(?:ä|_)"),
    ]
    letters = "aäÄ_1\u0661 \u00a0\ufeff\x1c\x85\u2028\r\nA\U0001f600-@&[]^|.~$/"
    rewritten = 0
    for _ in range(4000):
        parts = (
            chance.choice(atoms) + chance.choice(["", "", "*", "+", "?", "{1,2}", "*?"]) for _ in range(3)
        )
        pattern = "".join(parts)
        try:
            find(pattern, "")
        except ValueError:
            continue
        ours = _in_words_of_regex(pattern)
        if ours is None:
            continue
        rewritten += 1
        for _ in range(6):
            text = "".join(chance.choices(letters, k=chance.randint(0, 7)))
            assert (ours.search(text) is not None) is find(pattern, text), (pattern, text, ours.pattern)
    assert rewritten > 1000
