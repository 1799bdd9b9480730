"""On which line of a TOML file a key stands; tomllib keeps no positions."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Sequence
from typing import Any

_TABLE = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"\s*([^=#\[\]]+?)\s*=")


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Return the line (from 1) of a key, or of the nearest table around it; None if neither is found.

    ``text`` is TOML that tomllib accepts. Keys of inline tables are found as their table.
    """
    found = _lines(text)
    ends = range(len(path), 0, -1)
    return next((found[key] for end in ends if (key := tuple(path[:end])) in found), None)


@functools.lru_cache(maxsize=1)  # a file with many mistakes is searched once
def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the first line of each key and table."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.fullmatch(line):
            table = _parts(header[1])
            key = table
        elif entry := _KEY.match(line):
            key = (*table, *_parts(entry[1]))
        else:
            continue
        for length in range(1, len(key) + 1):
            found.setdefault(key[:length], number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    """Split a key such as ``environments."dev".clients``; a line inside a long text may be no key."""
    try:
        level: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(level, dict):
        (part, level), *_ = level.items()
        parts.append(part)
    return tuple(parts)
