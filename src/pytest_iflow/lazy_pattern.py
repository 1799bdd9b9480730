"""Regular expressions that are compiled when they are first used.

Most modules of a run have patterns that only a failure, or a suite that uses their subject, needs. To compile
all of them was a twentieth of the start.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_METHODS = (
    *("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"),
    *("groups", "groupindex"),
)


class _LazyPattern:
    """Stands for a pattern of ``re``; several threads may compile it at once, with the same result."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self.flags)
        for each in _METHODS:  # from now on they are found without this
            setattr(self, each, getattr(compiled, each))
        return getattr(compiled, name)


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what has the methods of ``re.compile(pattern, flags)``.

    A pattern that is none raises ``re.error`` when it is first used. Functions of ``re`` do not take it.
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(pattern, flags))
