"""What scenarios in threads print and log: kept with each, until pytest captures it in the scenario's turn.

pytest would take it for output of the scenario whose turn it is.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

_HANDLERS = ("caplog_handler", "report_handler", "log_cli_handler")
"""Handlers of pytest's logging plugin that keep or show records of the running test."""


class Output:
    """What one scenario printed and logged, in its order."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, str] | logging.LogRecord] = []

    def begin(self) -> None:
        """Keep what this thread, whose context is its own, prints and logs from now on."""
        _OUTPUT.set(self)

    def print(self, stream: str, text: str) -> None:
        """Keep a text for ``stdout`` or ``stderr``."""
        self._parts.append((stream, text))

    def log(self, record: logging.LogRecord) -> None:
        """Keep a log record."""
        self._parts.append(record)

    def replay(self, handlers: list[logging.Handler]) -> None:
        """Print and log all of it again, in the main thread."""
        for part in self._parts:
            if isinstance(part, tuple):
                getattr(sys, part[0]).write(part[1])
                continue
            for handler in handlers:
                if part.levelno >= handler.level:
                    handler.handle(part)


_OUTPUT: ContextVar[Output | None] = ContextVar("iflow_output", default=None)


class OutputOfThreads(logging.Handler):
    """Keeps the output of threads apart from that of the main thread; a handler of all their log records."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        self._config = config
        self._handlers: list[logging.Handler] = []
        self._kept = ExitStack()
        self._routed: set[int] = set()

    @contextmanager
    def kept_apart(self) -> Iterator[None]:
        """Do so while the context lasts."""
        plugin: Any = self._config.pluginmanager.get_plugin("logging-plugin")
        root = logging.getLogger()
        with ExitStack() as self._kept:
            if plugin:
                self._handlers = [getattr(plugin, name) for name in _HANDLERS]
                self._kept.callback(root.setLevel, root.level)
                root.setLevel(min(root.level, root.level if plugin.log_level is None else plugin.log_level))
                root.addHandler(self)
                self._kept.callback(root.removeHandler, self)
            for handler in self._handlers:
                handler.addFilter(_is_of_main_thread)
                self._kept.callback(handler.removeFilter, _is_of_main_thread)
            self.route_streams()
            yield

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of a thread."""
        if (output := _OUTPUT.get()) is not None:
            output.log(record)

    def route_streams(self) -> None:
        """Keep apart what goes to the streams of now: pytest has others while a test runs than between."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and id(stream) not in self._routed:
                self._routed.add(id(stream))
                self._kept.enter_context(_routed(name, stream))

    def replay(self, output: Output) -> None:
        """Hand the output of a scenario to pytest, in its turn."""
        output.replay(self._handlers)


def _is_of_main_thread(_record: logging.LogRecord) -> bool:
    return _OUTPUT.get() is None


@contextmanager
def _routed(name: str, stream: Any) -> Iterator[None]:
    """Keep what threads write to a stream with their scenarios."""
    had_own = "write" in vars(stream)
    write: Callable[[str], int] = stream.write

    def route(text: str) -> int:
        output = _OUTPUT.get()
        if output is None:
            return write(text)
        output.print(name, text)
        return len(text)

    stream.write = route
    try:
        yield
    finally:
        if had_own:
            stream.write = write
        else:
            del stream.write
