"""Patterns that people write, searched for in bounded time: texts come from anywhere."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Protocol

from pytest_iflow.lazy_pattern import lazy_pattern

SECONDS_OF_A_TEXT = 1.0
"""How long a pattern may take in one text."""
SECONDS_IN_ALL = 5.0
"""What a pattern may spend on searches that came to no end."""
_SECONDS_THEN = 0.002
"""How long it may take in a text once that is spent."""

_CHOICE = lazy_pattern(r"[*+?|]|\{\d*,")
"""Without any of these a pattern takes no longer than it takes to read the text."""


class Span(Protocol):
    """Where a pattern was found."""

    def span(self) -> tuple[int, int]:
        """Return start and end."""


class Finder(Protocol):
    """Whatever finds places in a text."""

    def finditer(self, text: str, /) -> Iterator[Span]:
        """Yield them, in order."""


class _WholeText:
    """A text that could not be searched to its end: all of it counts as found."""

    def __init__(self, text: str) -> None:
        self._length = len(text)

    def span(self) -> tuple[int, int]:
        return 0, self._length


class BoundedPattern:
    """A regular expression as ``re`` has them; what takes too long to be searched is found as a whole."""

    def __init__(self, pattern: str) -> None:
        import regex

        self._unspent = SECONDS_IN_ALL
        self._pattern = regex.compile(pattern, regex.VERSION0)

    def finditer(self, text: str, /) -> Iterator[Span]:
        """Yield where the pattern is found, or the whole text."""
        within = max(min(SECONDS_OF_A_TEXT, self._unspent), _SECONDS_THEN)
        began = time.monotonic()
        try:
            found = list(self._pattern.finditer(text, timeout=within))
        except (TimeoutError, MemoryError):
            self._unspent -= time.monotonic() - began
            yield _WholeText(text)
        else:
            yield from found


def bounded_pattern(pattern: str) -> Finder:
    """Return what searches for a pattern: ``re``, the quicker one, where it cannot take long."""
    if _CHOICE.search(pattern):
        import regex

        try:
            return BoundedPattern(pattern)
        except (regex.error, ValueError, OverflowError):  # ``re`` has understood it when the file was read
            pass
    return re.compile(pattern)
