"""What this process writes beside reports, masked: its output in whole lines, log records, files of pytest.

The streams keep their identity, for pytest's terminal, its capturing and logging handlers hold on to them:
only what they do with a text is replaced. What goes past them stays as it is: bytes that are written to
``sys.stdout.buffer``, and what subprocesses and libraries in C write with ``--capture=no``.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from pytest_iflow.reporting.console_text import escape_missing_characters, harmless
from pytest_iflow.secrets.registry import LONGEST_SECRET, REGISTRY, mask, mask_part, masked

MOST_HELD = 64 * 1024
"""Characters that wait for the end of their line."""
SHORTEST_BEGINNING = 4
"""Characters; fewer would keep back many a word, and tell little of a secret."""


@contextmanager
def masked_streams() -> Iterator[None]:
    """Mask what is written to standard output and error; no character keeps a line from being written."""
    streams = {id(each): each for each in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__) if each}
    escape_missing_characters(*streams.values())
    held_back = [_HeldBack(stream) for stream in streams.values()]
    try:
        yield
    finally:
        for each in held_back:
            each.release()


class _Beginnings:
    """How the known secrets begin: what is flushed amidst a line may end amidst one of them."""

    def __init__(self) -> None:
        self._version = -1
        self._count = 0
        self._secrets: dict[str, list[str]] = {}

    def held_of(self, line: str) -> int:
        """Return how many characters at the end of a line may begin a secret, and have to wait."""
        if len(line) < SHORTEST_BEGINNING:
            return 0
        self._learn()
        for start in range(max(len(line) - LONGEST_SECRET, 0), len(line) - SHORTEST_BEGINNING + 1):
            alike = self._secrets.get(line[start : start + SHORTEST_BEGINNING])
            if alike and any(secret.startswith(line[start:]) for secret in alike):
                return len(line) - start
        return 0

    def _learn(self) -> None:
        """Take in what was registered since the last time."""
        if self._version != REGISTRY.version:
            self._version = REGISTRY.version
            known = REGISTRY.export()
            for secret, _ in known[self._count :]:
                self._secrets.setdefault(secret[:SHORTEST_BEGINNING], []).append(secret)
            self._count = len(known)


class _HeldBack:
    """Holds back what a stream is given until its line is whole: a secret may come in pieces."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._write, self._flush = stream.write, stream.flush
        self._lock = threading.RLock()
        self._held = ""
        self._shown = ""
        self._beginnings = _Beginnings()
        stream.write, stream.flush = self.write, self.flush

    def write(self, text: str) -> int:
        """Write, masked, once a line is whole; one that is to be written over is shown at once."""
        with self._lock:
            self._held += text
            if text.endswith("\n") or "\r" in text or len(self._held) > MOST_HELD:
                self._show(len(self._held))
                self._shown = ""
        return len(text)

    def flush(self) -> None:
        """Write what is held back, too, but for what may go on as a secret."""
        with self._lock:
            if self._held:
                self._show(len(self._held) - self._beginnings.held_of(self._shown + self._held))
            self._flush()

    def _show(self, count: int) -> None:
        """Write so many of the characters that are held back, masked together with their line."""
        if count > 0:
            line, start = self._shown + self._held, len(self._shown)
            piece, self._held = self._held[:count], self._held[count:]
            self._shown = line[: start + count][-LONGEST_SECRET:]
            if count == 1 and not piece.isalnum():  # pytest's dot for a test that passed
                self._write(piece)
            else:
                self._write(mask_part(line, start, start + count) if start else mask(piece))

    def release(self) -> None:
        """Leave the stream as it was found."""
        if not self._stream.closed:
            self._show(len(self._held))
            self._flush()
        for name in ("write", "flush"):
            if vars(self._stream).get(name) == getattr(self, name):
                delattr(self._stream, name)


@contextmanager
def masked_logs() -> Iterator[None]:
    """Mask what handlers of ``logging`` make of a record, harmless for a terminal.

    The record itself stays as it is, and so do colours, which pytest's formatter adds.
    """
    handler: Any = logging.Handler
    plain = handler.format
    handler.format = lambda self, record: harmless(mask(plain(self, record)), colours=True)
    try:
        yield
    finally:
        handler.format = plain


class PytestsOwnFiles:
    """Masks what pytest keeps for itself: the trace of ``--debug``, and its cache, which holds node ids."""

    def __init__(self, config: pytest.Config) -> None:
        root = config.trace.root
        writer: Any = root._writer  # noqa: SLF001, pytest has opened the file, and tells nobody else
        if writer is not None:
            flush = getattr(getattr(writer, "__self__", None), "flush", lambda: None)

            def write(text: str) -> None:
                writer(mask(text))
                flush()  # the gate reads the file before pytest closes it

            root.setwriter(write)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Mask what goes into the cache from now on, and what an earlier run left there that knew less."""
        cache: Any = getattr(session.config, "cache", None)
        if cache is None:
            return
        plain = cache.set

        def keep(key: str, value: object) -> None:
            # Where warnings are errors, that of a checkout that is read-only would end the run.
            with suppress(pytest.PytestCacheWarning):
                plain(key, masked(value))

        cache.set = keep
        values = cache._cachedir / cache._CACHE_PREFIX_VALUES  # noqa: SLF001, there is no list of its keys
        for path in values.rglob("*"):
            key = path.relative_to(values).as_posix()
            if path.is_file() and (hidden := masked(kept := cache.get(key, None))) != kept:
                plain(key, hidden)
