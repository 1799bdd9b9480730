"""How long one step may judge: by regular expressions, and by the parts of a JSON Schema."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pytest_iflow.errors import CheckError

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


SECONDS_OF_A_SCHEMA = 30.0
"""How long a message may be judged by a JSON Schema: a ``$ref`` may lead to two others, and so on."""

_ENDS_AT: ContextVar[float] = ContextVar("iflow_schema_time", default=math.inf)


@contextmanager
def schema_time(seconds: float = SECONDS_OF_A_SCHEMA) -> Iterator[None]:
    """Let a message be judged by a JSON Schema for so many seconds, or those that are left of another one."""
    before = _ENDS_AT.set(min(time.monotonic() + seconds, _ENDS_AT.get()))
    try:
        yield
    finally:
        _ENDS_AT.reset(before)


def check_schema_time() -> None:
    """Raise CheckError where a message is judged by a schema for too long."""
    if time.monotonic() > _ENDS_AT.get():
        raise CheckError(
            f"the message could not be judged by the schema within {SECONDS_OF_A_SCHEMA:g} s",
            remedy="Look at the $ref of the schema: where each leads to several others, the time doubles and "
            "doubles. Else judge a part of the message.",
        )
