"""When the process has to end: a signal, or the end of its standard input."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

CHUNK = 4096
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def stop_requested(until_stdin_closes: bool) -> Iterator[asyncio.Event]:
    """Give an event that is set on SIGINT, SIGTERM and, when the terminal ends, SIGHUP.

    On Windows Ctrl+Break sets it, too.
    With ``until_stdin_closes`` it is set at the end of standard input too: the end comes when the
    parent dies, however it dies, on every system.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def request() -> None:
        # Both the watcher and a signal may come after the loop has ended.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(request,), name="stdin", daemon=True).start()
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name) and not _outlived(name)]
    previous = {number: signal.signal(number, lambda _number, _frame: request()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _outlived(name: str) -> bool:
    # Under nohup a process is meant to go on without its terminal.
    return name == "SIGHUP" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def _watch_stdin(request: Callable[[], None]) -> None:
    # Unbuffered: a thread that waits within a buffered read keeps the interpreter from ending.
    descriptor = sys.stdin.fileno()
    with contextlib.suppress(OSError):
        while os.read(descriptor, CHUNK):
            pass
    request()
