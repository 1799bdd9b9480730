"""How errors quote values, places and lists: short, and in the notation of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from unicodedata import is_normalized

from pytest_iflow.secrets.registry import LONGEST_PLACE, mask, mask_part

SHOWN_CHARACTERS = 120
LISTED_ENTRIES = 50
_AROUND_CHARACTERS = 30
_ENOUGH = SHOWN_CHARACTERS + LONGEST_PLACE
"""Characters of a text that decide what is shown of it: a secret at the cut is seen whole."""
_CONSTANTS = {None: "null", True: "true", False: "false"}
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


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


def listed(entries: Sequence[str]) -> str:
    """Put each entry on a line of its own, at most 50 of them."""
    lines = [f"\n  {entry}" for entry in entries[:LISTED_ENTRIES]]
    if len(entries) > LISTED_ENTRIES:
        lines.append(f"\n  and {len(entries) - LISTED_ENTRIES} more")
    return "".join(lines)


def json_path(keys: Iterable[str | int]) -> str:
    """Write member names and array indexes as a JSONPath (RFC 9535)."""
    steps = ["$"]
    for key in keys:
        if isinstance(key, int):
            steps.append(f"[{key}]")
        elif _PLAIN_NAME.fullmatch(key):
            steps.append(f".{key}")
        else:
            written = quoted(key, only_ascii=not is_normalized("NFC", key))[1:-1].replace('\\"', '"')
            steps.append("['{}']".format(written.replace("'", "\\'")))
    return "".join(steps)
