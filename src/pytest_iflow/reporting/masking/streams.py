"""Standard output and error of this process, masked in whole lines.

The streams keep their identity, for pytest's terminal, its capturing and logging handlers hold on to them:
only what they do with a text is replaced. What goes past them stays as it is: bytes that are written to
``sys.stdout.buffer``, and what subprocesses and libraries in C write with ``--capture=no``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_iflow.secrets.registry import mask

MOST_HELD = 64 * 1024
"""Characters that wait for the end of their line."""


@contextmanager
def masked_streams() -> Iterator[None]:
    """Mask what is written to standard output and error."""
    streams = {id(each): each for each in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__) if each}
    held_back = [_HeldBack(stream) for stream in streams.values()]
    try:
        yield
    finally:
        for each in held_back:
            each.release()


class _HeldBack:
    """Holds back what a stream is given until its line is whole: a secret may come in pieces."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._write, self._flush = stream.write, stream.flush
        self._lock = threading.RLock()
        self._held = ""
        stream.write, stream.flush = self.write, self.flush

    def write(self, text: str) -> int:
        """Write, masked, once a line is whole; one that is to be written over is shown at once."""
        with self._lock:
            self._held += text
            if text.endswith("\n") or "\r" in text or len(self._held) > MOST_HELD:
                held, self._held = self._held, ""
                self._write(mask(held))
        return len(text)

    def flush(self) -> None:
        """Write what is held back, too."""
        with self._lock:
            if self._held:
                held, self._held = self._held, ""
                self._write(mask(held))
            self._flush()

    def release(self) -> None:
        """Leave the stream as it was found."""
        if not self._stream.closed:
            self.flush()
        for name in ("write", "flush"):
            if vars(self._stream).get(name) == getattr(self, name):
                delattr(self._stream, name)
