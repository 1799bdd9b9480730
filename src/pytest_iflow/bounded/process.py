"""A process that calls functions for this one, and is ended when one takes too long or too much memory.

Neither libxml2 nor Saxon can be told to stop, and a library that fails may end its process. A frame is its
length in four bytes, the highest first, and a pickle.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

MEGABYTES = 2048
"""How much memory the functions may take, where the system can hold a process to it (Linux)."""

_LENGTH = struct.Struct(">I")
_GRACE = 5
"""Seconds after which the other process ends by itself, should this one not be there to end it."""


class CallError(Exception):
    """The function raised an exception: ``kind`` is the name of its class, the text is that one's."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text or kind)
        self.kind = kind


class TimeOverError(Exception):
    """The function took too long, and its process was ended."""


class EndedError(Exception):
    """The process ended within the call: there was not enough memory, or a library failed."""


class OtherProcess:
    """A process for one call after the other; it is started by the first one, and again after it was ended.

    Not for several threads at once.
    """

    def __init__(self) -> None:
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, function: Callable[..., Any], *arguments: Any, seconds: float) -> Any:
        """Return what a function of a module gives for arguments that can be pickled, as can its result.

        Raises CallError, TimeOverError and EndedError.
        """
        if self._running is None:
            self._running = _Running()
        try:
            succeeded, found = self._running.ask(function, arguments, seconds)
        except BaseException:
            self.close()
            raise
        if not succeeded:
            raise CallError(*found)
        return found

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running.end()
            self._running = None


class _Running:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pytest_iflow.bounded.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        self.end = weakref.finalize(self, _end, self._process)
        assert self._process.stdout is not None  # noqa: S101, it is a pipe
        threading.Thread(target=_read_all, args=(self._process.stdout, self._answers), daemon=True).start()

    def ask(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float
    ) -> tuple[bool, Any]:
        order = pickle.dumps((function.__module__, function.__qualname__, arguments, seconds))
        assert self._process.stdin is not None  # noqa: S101, it is a pipe
        with contextlib.suppress(OSError):  # the process has ended: there will be no answer
            self._process.stdin.write(_LENGTH.pack(len(order)) + order)
            self._process.stdin.flush()
        try:
            answer = self._answers.get(timeout=seconds)
        except Empty:
            raise TimeOverError from None
        if answer is None:
            raise EndedError
        found: tuple[bool, Any] = pickle.loads(answer)  # noqa: S301, from the process that was started here
        return found


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None  # noqa: S101, it is a pipe
            pipe.close()


def _read_all(source: IO[bytes], answers: SimpleQueue[bytes | None]) -> None:
    """Read answers until the process ends, which None stands for."""
    with contextlib.suppress(OSError, ValueError):
        while (answer := _frame(source)) is not None:
            answers.put(answer)
    answers.put(None)


def _frame(source: IO[bytes]) -> bytes | None:
    """Return the next frame, None at the end."""
    start = source.read(_LENGTH.size)
    if len(start) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(start)
    content = source.read(length)
    return content if len(content) == length else None


def main() -> None:
    """Call what standard input orders, and write what it gave, until standard input ends."""
    _forget_variables()
    _limit_memory()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes nowhere
    while (order := _frame(sys.stdin.buffer)) is not None:
        module, name, arguments, seconds = pickle.loads(order)  # noqa: S301, from the process that started this
        _end_after(seconds + _GRACE)
        try:
            function: Callable[..., Any] = getattr(importlib.import_module(module), name)
            answer = pickle.dumps((True, function(*arguments)))
        except Exception as error:  # noqa: BLE001, whatever it is, the other process says it
            answer = pickle.dumps((False, (type(error).__name__, str(error))))
        _end_after(0)
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _forget_variables() -> None:
    """Leave none of this process: stylesheets can ask for them, and some hold secrets."""
    for name in os.environ.keys() - {"SYSTEMROOT"}:  # without it Windows opens no library
        del os.environ[name]


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        most = MEGABYTES * 1024 * 1024
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        bounds = [each for each in (most, hard) if each != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))


def _end_after(seconds: float) -> None:
    """Let the system end this process after so many seconds, whatever it does by then; 0 for never."""
    if sys.platform != "win32":
        import signal

        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
