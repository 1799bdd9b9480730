"""What is written beside reports, masked: log records by every handler, ``--debug``, pytest's cache."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.secrets.registry import mask, masked


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
        cache.set = lambda key, value: plain(key, masked(value))
        values = cache._cachedir / cache._CACHE_PREFIX_VALUES  # noqa: SLF001, there is no list of its keys
        for path in values.rglob("*"):
            key = path.relative_to(values).as_posix()
            if path.is_file() and (hidden := masked(kept := cache.get(key, None))) != kept:
                plain(key, hidden)
