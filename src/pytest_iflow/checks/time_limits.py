"""How long one step may judge: by regular expressions, and by the parts of a JSON Schema."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import wraps
from typing import Any, TypeVar

from pytest_iflow.errors import CheckError

_F = TypeVar("_F", bound=Callable[..., Any])

SECONDS_OF_A_TEXT = 2.0
"""How long a pattern may search in one text."""

SECONDS_OF_A_STEP = 10.0
"""How long all patterns may search in all texts that a step judges."""

_SHORTEST = 0.001
"""What is left when the time is over: libraries take no zero."""

_LEFT: ContextVar[list[float] | None] = ContextVar("iflow_pattern_time", default=None)
"""The seconds that are left of those that all texts share."""


class _Limit:
    """A context with a limit of time, which also decorates a function, as it does for each check of a run.

    ``contextlib`` would make a generator for each call.
    """

    _before: Token[Any] | None

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def begin(self) -> Token[Any] | None:
        """Begin the context; what it returns ends it."""
        raise NotImplementedError

    def end(self, before: Token[Any] | None) -> None:
        """End the context."""
        if before is not None:
            before.var.reset(before)

    def __enter__(self) -> None:
        self._before = self.begin()

    def __exit__(self, *_: object) -> None:
        self.end(self._before)

    def __call__(self, function: _F) -> _F:
        begin, end = self.begin, self.end

        @wraps(function)
        def limited(*args: Any, **more: Any) -> Any:
            before = begin()
            try:
                return function(*args, **more)
            finally:
                end(before)

        return limited  # type: ignore[return-value]  # it takes and returns the same


class _SharedPatternTime(_Limit):
    def begin(self) -> Token[Any] | None:
        return _LEFT.set([self._seconds]) if _LEFT.get() is None else None


def shared_pattern_time(seconds: float = SECONDS_OF_A_STEP) -> _Limit:
    """Let all patterns share so many seconds while the context lasts.

    Within another such context they share the seconds of that one.
    """
    return _SharedPatternTime(seconds)


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


class _SchemaTime(_Limit):
    def begin(self) -> Token[Any]:
        return _ENDS_AT.set(min(time.monotonic() + self._seconds, _ENDS_AT.get()))


def schema_time(seconds: float = SECONDS_OF_A_SCHEMA) -> _Limit:
    """Let a message be judged by a JSON Schema for so many seconds, or those that are left of another one."""
    return _SchemaTime(seconds)


def check_schema_time() -> None:
    """Raise CheckError where a message is judged by a schema for too long."""
    if time.monotonic() > _ENDS_AT.get():
        raise CheckError(
            f"the message could not be judged by the schema within {SECONDS_OF_A_SCHEMA:g} s",
            remedy="Look at the $ref of the schema: where each leads to several others, the time doubles and "
            "doubles. Else judge a part of the message.",
        )
