"""Texts that fit a regular expression: of choices the first one, and no more than has to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]  # private: tests/test_private_internals.py
from re import _parser  # type: ignore[attr-defined]  # private, as above
from typing import Any

LONGEST = 10_000
"""Characters of a text that is made; an example is to be read."""

_MOST_PARTS = 2_000
_TRIES = 20
"""How many repetitions less are tried, where what is repeated has several characters."""

_PLAIN = "A1a0.- /:@_"
"""Characters that are tried first where a class allows several."""
_LAST_OF_ASCII = 0x7E
_NO_CHARACTERS = frozenset({codes.AT, codes.ASSERT, codes.ASSERT_NOT})
_REPEATED = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})
_CLASSES = {
    codes.CATEGORY_DIGIT: r"[0-9]",
    codes.CATEGORY_NOT_DIGIT: r"[^0-9]",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


class NoTextError(Exception):
    """No text can be made of a pattern; the text of the error says why."""


def text_of_pattern(pattern: str, least: int = 0, most: int = LONGEST) -> str:
    """Return a text that fits a pattern in Python's notation, with ``least`` to ``most`` characters.

    Conditions such as ``(?=a)`` are passed over: whoever knows the dialect of the pattern has to check the
    text. Raises NoTextError.
    """
    try:
        parts = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise NoTextError(f"the pattern {pattern} is not understood: {error}") from None
    try:
        shortest = "".join(_text(parts, {}, _Bound(0), _Bound(_MOST_PARTS)))
        missing = max(least - len(shortest), 0)
        for extra in range(missing, max(missing - _TRIES, -1), -1):
            text = "".join(_text(parts, {}, _Bound(extra), _Bound(_MOST_PARTS)))
            if least <= len(text) <= most:
                return text
    except RecursionError:
        raise NoTextError(f"the pattern {pattern} is nested too deep") from None
    raise NoTextError(f"no text of {least} to {most} characters was found for the pattern {pattern}")


class _Bound:
    """How much may still be added."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, count: int) -> int:
        """Return so much, or what is left of it."""
        taken = min(count, self.left)
        self.left -= taken
        return taken


def _text(parts: Iterable[Any], groups: dict[int, str], extra: _Bound, work: _Bound) -> Iterator[str]:
    """Yield the pieces of a text; repetitions take more than they have to while there is ``extra``."""
    for code, value in parts:
        if not work.take(1):
            raise NoTextError("the pattern is too large")
        if code in _NO_CHARACTERS:
            continue
        if code is codes.BRANCH:
            yield from _text(value[1][0], groups, extra, work)
        elif code is codes.SUBPATTERN:
            groups[value[0]] = "".join(_text(value[3], groups, extra, work))
            yield groups[value[0]]
        elif code is codes.ATOMIC_GROUP:
            yield from _text(value, groups, extra, work)
        elif code in _REPEATED:
            yield from _repeated(value, groups, extra, work)
        elif code is codes.GROUPREF:
            yield groups.get(value, "")
        else:
            yield _character(code, value)


def _character(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.NOT_LITERAL:
        return _chosen([(codes.NEGATE, None), (codes.LITERAL, value)])
    if code is codes.ANY:
        return "A"
    if code is codes.IN:
        return _chosen(value)
    raise NoTextError(f"a part of the pattern is not understood: {code}")


def _repeated(value: Any, groups: dict[int, str], extra: _Bound, work: _Bound) -> Iterator[str]:
    low, high, parts = value
    count = low + (extra.take(high - low) if high > low else 0)
    if count > LONGEST:
        raise NoTextError(f"the pattern wants more than {LONGEST} characters")
    once = "".join(_text(parts, groups, _Bound(0), work)) if count else ""
    if len(once) * count > LONGEST:
        raise NoTextError(f"the pattern wants more than {LONGEST} characters")
    yield once * count


def _chosen(members: list[Any]) -> str:
    """Return a character of a class: a plain one if there is one, else the first that is allowed."""
    negated = bool(members) and members[0][0] is codes.NEGATE
    allowed = members[1:] if negated else members
    first: list[str] = [
        chr(value if code is codes.LITERAL else value[0]) for code, value in allowed if _is_plain(code)
    ]
    candidates = [*_PLAIN, *first, *map(chr, range(0x20, _LAST_OF_ASCII + 1))]
    found: str | None = next((one for one in candidates if _is_in(one, allowed) is not negated), None)
    if found is None:
        raise NoTextError("a class of characters in the pattern is empty")
    return found


def _is_plain(code: Any) -> bool:
    return code is codes.LITERAL or code is codes.RANGE


def _is_in(character: str, members: list[Any]) -> bool:
    for code, value in members:
        if code is codes.LITERAL and ord(character) == value:
            return True
        if code is codes.RANGE and value[0] <= ord(character) <= value[1]:
            return True
        if code is codes.CATEGORY and re.match(_CLASSES[value], character):
            return True
    return False
