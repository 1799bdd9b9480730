"""What a mistyped name was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known names that are like ``word``, whatever their case, the most like it first."""
    by_folded = {name.casefold(): name for name in known}
    return [by_folded[name] for name in difflib.get_close_matches(word.casefold(), by_folded, n=count)]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``word``, whatever its case; None if none is like it."""
    return next(iter(closest(word, known, 1)), None)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Name the nearest known name as a question, else all of them, for the end of an error's remedy."""
    names = sorted(known)
    if match := nearest(word, names):
        return f'Did you mean "{match}"? Known: {", ".join(names)}.'
    return f"Known: {', '.join(names) or 'none'}."
