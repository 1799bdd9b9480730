"""How long regular expressions may search: in one text, and in all that one step judges."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SECONDS_OF_A_TEXT = 2.0
"""How long a pattern may search in one text."""

SECONDS_OF_A_STEP = 10.0
"""How long all patterns may search in all texts that a step judges."""

_SHORTEST = 0.001
"""What is left when the time is over: libraries take no zero."""

_LEFT: ContextVar[list[float] | None] = ContextVar("iflow_pattern_time", default=None)
"""The seconds that are left of those that all texts share."""


@contextmanager
def shared_pattern_time(seconds: float = SECONDS_OF_A_STEP) -> Iterator[None]:
    """Let all patterns share so many seconds while the context lasts.

    Within another such context they share the seconds of that one.
    """
    if _LEFT.get() is not None:
        yield
        return
    before = _LEFT.set([seconds])
    try:
        yield
    finally:
        _LEFT.reset(before)


@contextmanager
def pattern_time() -> Iterator[float]:
    """Give the seconds that a pattern may search in a text, and take what it took from what is left."""
    shared = _LEFT.get()
    if shared is None:
        yield SECONDS_OF_A_TEXT
        return
    began = time.monotonic()
    try:
        yield min(max(shared[0], _SHORTEST), SECONDS_OF_A_TEXT)
    finally:
        shared[0] -= time.monotonic() - began
