"""What a mistyped name was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``word``, whatever its case; None if none is like it."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Name the nearest known name as a question, else all of them, for the end of an error's remedy."""
    names = sorted(known)
    if match := nearest(word, names):
        return f'Did you mean "{match}"? Known: {", ".join(names)}.'
    return f"Known: {', '.join(names) or 'none'}."
