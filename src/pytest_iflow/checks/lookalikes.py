"""Texts that differ and look the same: how a message tells them apart.

A no-break space, a combining mark, a zero-width space, the line ends of Windows, letters of another alphabet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from pytest_iflow.checks.quoting import as_text, quoted, shown
from pytest_iflow.secrets.registry import mask_part

_AROUND = 40
_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Selectors of how the character before is drawn."""
_SEARCHED = 1_000_000
"""Characters of a body that are searched for a text that only looks like the expected one."""

_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο–—−‐‑‘’“”′″",  # noqa: RUF001, they are meant
    "ABESIJKMHOPCTXaeopcyxijsABEZHIKMNOPTYXo-----''\"\"'\"",
)
"""Letters of the Cyrillic and Greek alphabets, dashes and quotation marks, by what they are taken for."""


def distinguished(expected: Any, found: Any) -> tuple[str, str]:
    """Quote two values that differ so that a reader sees where.

    The second ends with the first character that differs, where both look the same.
    """
    one, other = shown(expected), shown(found)
    if _are_cut_alike(one, other):
        return _around_difference(as_text(expected), as_text(found))
    if not (isinstance(expected, str) and isinstance(found, str) and look_alike(expected, found)):
        return one, other
    one, other = shown(expected, only_ascii=True), shown(found, only_ascii=True)
    return one, f"{other}{_first_difference(expected, found)}"


def twin_note(name: str, others: Iterable[str]) -> str:
    """Say of a surplus name which of the expected ones it only looks like; empty where none is."""
    twin = next((each for each in others if look_alike(each, name)), None)
    return (
        ""
        if twin is None
        else f"; it only looks like the expected name, it is {distinguished(twin, name)[1]}"
    )


def _are_cut_alike(one: str, other: str) -> bool:
    """Whether both are cut before they differ."""
    if not (one.endswith("…") and other.endswith("…")):
        return False
    bare = [text.strip('"…') for text in (one, other)]
    return bare[0].startswith(bare[1]) or bare[1].startswith(bare[0])


def look_alike(expected: str, found: str) -> bool:
    """Tell whether two texts look the same and are not."""
    return expected != found and _fold(expected) == _fold(found)


def _around_difference(expected: str, found: str) -> tuple[str, str]:
    pairs = enumerate(zip_longest(expected, found))
    place = next((number for number, (one, other) in pairs if one != other), 0)
    start, end = max(place - _AROUND, 0), place + _AROUND
    one, other = (f"…{quoted(mask_part(text, start, end))[1:-1]}…" for text in (expected, found))
    return one, f"{other} (from character {start + 1})"


def similar(text: str, within: str) -> str:
    """Say where a text that looks like ``text`` stands in another that does not hold it; else empty."""
    wanted = _fold(text).strip()
    folded = list(_folded(within[:_SEARCHED]))
    start = "".join(character for _, character in folded).find(wanted) if wanted else -1
    if start < 0:
        return ""
    first, last = folded[start][0], folded[start + len(wanted) - 1][0]
    near = within[first : last + 1]
    where = f"; at character {first + 1} it has"
    if near == text.strip():
        return f"{where} {quoted(near)}, with other blanks around it"
    return (
        f"{where} what looks the same: {shown(near, only_ascii=True)}{_first_difference(text.strip(), near)}"
    )


def _first_difference(expected: str, found: str) -> str:
    for number, (one, other) in enumerate(zip_longest(expected, found), start=1):
        if one != other:
            return f" (character {number} is {_name(other)}, expected {_name(one)})"
    return ""


def _name(character: str | None) -> str:
    if character is None:
        return "missing"
    return f"U+{ord(character):04X} {unicodedata.name(character, _CONTROLS.get(character, ''))}".rstrip()


_CONTROLS = {"\n": "line feed", "\r": "carriage return", "\t": "tab"}


def _fold(text: str) -> str:
    return "".join(character for _, character in _folded(text))


def _folded(text: str) -> Iterator[tuple[int, str]]:
    """Yield each character that is seen, as it looks, with its place; runs of blanks are one blank."""
    blank = False
    for place, character in enumerate(text):
        if character.isspace():
            if not blank:
                yield place, " "
            blank = True
            continue
        for each in unicodedata.normalize("NFKD", character.translate(_TWINS)):
            if each.isspace() or (each.isprintable() and each not in _VARIATIONS):
                blank = each.isspace()
                yield place, each
