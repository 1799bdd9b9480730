"""How errors quote values, places and lists: short, as JSON writes them, and with what differs visible.

Texts that differ may look the same: by a no-break space, a combining mark, a zero-width space, the line ends
of Windows, or letters of another alphabet.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import LONGEST_PLACE, mask, mask_part

SHOWN_CHARACTERS = 120
LISTED_ENTRIES = 50
_AROUND_CHARACTERS = 30
_ENOUGH = SHOWN_CHARACTERS + LONGEST_PLACE
"""Characters of a text that decide what is shown of it: a secret at the cut is seen whole."""
_CONSTANTS = {None: "null", True: "true", False: "false"}
_PLAIN_NAME = lazy_pattern(r"[^\W\d]\w*")


def as_text(value: Any) -> str:
    """Give a value as a feature file writes it: texts bare, all else as JSON does, numbers as the message."""
    return value if isinstance(value, str) else "".join(_written(value, quoted))


def shown(value: Any, *, only_ascii: bool = False) -> str:
    """Quote a value as JSON, cut after 120 characters; what cannot be seen is escaped.

    ``only_ascii`` escapes whatever is not ASCII, too: for texts that look alike.
    """

    def write(text: str) -> str:
        return quoted(text[:_ENOUGH], only_ascii=only_ascii)

    text = ""
    # Piece by piece: a value of 200 MB is not written out for the sake of its first 120 characters.
    for piece in _written(value, write):
        text += piece
        if len(text) > SHOWN_CHARACTERS:
            break
    return cut(text)


def quoted(text: str, *, only_ascii: bool = False) -> str:
    r"""Write a text as JSON does, with an escape for each character that cannot be seen: ``\u00a0``."""
    return visible(json.dumps(text, ensure_ascii=only_ascii))


def visible(text: str) -> str:
    """Replace each character that cannot be seen by its escape."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def _written(value: Any, write: Callable[[str], str]) -> Iterator[str]:
    """Write a value as ``json.dumps`` does, but each number in the form that it has in its message."""
    if isinstance(value, str):
        yield write(value)
    elif isinstance(value, dict):
        for number, (name, member) in enumerate(value.items()):
            yield f"{', ' if number else '{'}{write(name)}: "
            yield from _written(member, write)
        yield "}" if value else "{}"
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield ", " if number else "["
            yield from _written(item, write)
        yield "]" if value else "[]"
    else:
        yield _CONSTANTS[value] if value is None or isinstance(value, bool) else str(value)


def cut(text: str) -> str:
    """Shorten a text to 120 characters, masked before: half a secret would not be recognised."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{mask_part(text, 0, SHOWN_CHARACTERS)}…"


def excerpt(text: str, position: int) -> str:
    """Quote the text around a position, on one line."""
    start = max(position - _AROUND_CHARACTERS, 0)
    return one_line(mask_part(text, start, position + _AROUND_CHARACTERS))


def one_line(text: str) -> str:
    """Put a text on one line of at most 120 characters."""
    return cut(visible(" ".join(mask(text).split())))


def listed(entries: Sequence[str], more: int = 0) -> str:
    """Put each entry on a line of its own, at most 50 of them; ``more`` are not among them."""
    lines = [f"\n  {entry}" for entry in entries[:LISTED_ENTRIES]]
    if more := more + len(entries) - len(lines):
        lines.append(f"\n  and {more} more")
    return "".join(lines)


def json_path(keys: Iterable[str | int], start: str = "$") -> str:
    """Write member names and array indexes as a JSONPath (RFC 9535), behind the path ``start``."""
    steps = [start]
    for key in keys:
        if isinstance(key, int):
            steps.append(f"[{key}]")
        elif _PLAIN_NAME.fullmatch(key):
            steps.append(f".{key}")
        else:
            written = quoted(key, only_ascii=not unicodedata.is_normalized("NFC", key))[1:-1]
            steps.append("['{}']".format(written.replace('\\"', '"').replace("'", "\\'")))
    return "".join(steps)


_BESIDE_DIFFERENCE = 40
"""Characters that are shown on either side of a difference."""
_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Characters that select how the one before is drawn."""
_SEARCHED = 1_000_000
"""Characters of a body that are searched for a text that only looks like the expected one."""

_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο–—−‐‑‘’“”′″",  # noqa: RUF001, they are meant
    "ABESIJKMHOPCTXaeopcyxijsABEZHIKMNOPTYXo-----''\"\"'\"",
)
"""Letters of the Cyrillic and Greek alphabets, dashes and quotation marks, by what they are taken for."""


def tell_apart(expected: Any, found: Any) -> tuple[str, str]:
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


def twin_note(found: str, expected: Iterable[str], what: str = "name") -> str:
    """Say of a surplus name, or text, which of the expected ones it only looks like; empty where none is."""
    twin = next((each for each in expected if look_alike(each, found)), None)
    return (
        ""
        if twin is None
        else f"; it only looks like the expected {what}, it is {tell_apart(twin, found)[1]}"
    )


def spelling_note(text: str) -> str:
    r"""Say how a text is written that may look like another one: ``, written "e\u0301"``; else nothing."""
    is_plain = unicodedata.is_normalized("NFC", text) and text.translate(_TWINS) == text
    return "" if is_plain else f", written {shown(text, only_ascii=True)}"


def shown_end(text: str) -> str:
    """Quote the last 120 characters of a text."""
    start = max(len(text) - SHOWN_CHARACTERS, 0)
    written = quoted(mask_part(text, start, len(text)))
    return f"…{written[1:]}" if start else written


def _are_cut_alike(one: str, other: str) -> bool:
    """Whether both are cut before they differ."""
    if not (one.endswith("…") and other.endswith("…")):
        return False
    bare = [text.strip('"…') for text in (one, other)]
    return bare[0].startswith(bare[1]) or bare[1].startswith(bare[0])


def look_alike(expected: str, found: str) -> bool:
    """Tell whether two texts look the same and are not; of texts that are very long nobody asks that."""
    if max(len(expected), len(found)) > _SEARCHED:
        return False
    return expected != found and _fold(expected) == _fold(found)


def _around_difference(expected: str, found: str) -> tuple[str, str]:
    pairs = enumerate(zip_longest(expected, found))
    place = next((number for number, (one, other) in pairs if one != other), 0)
    start, end = max(place - _BESIDE_DIFFERENCE, 0), place + _BESIDE_DIFFERENCE
    one, other = (f"…{quoted(mask_part(text, start, end))[1:-1]}…" for text in (expected, found))
    return one, f"{other} (from character {start + 1})"


def similar(text: str, within: str) -> str:
    """Say where a text that only looks like ``text`` stands in another one; empty where none does."""
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
